import TestSupport
import Testing

@testable import SDP

struct SessionDescriptionTests {
    static let fixtures = (try? Fixture.names(in: "sdp")) ?? []

    @Test func allRealOffersAreThere() { #expect(Self.fixtures.count == 13) }

    @Test(arguments: fixtures)
    func whatIsWrittenReadsBackEqual(_ name: String) throws {
        let text = try Fixture.text("sdp/\(name)")
        let first = try SessionDescription(parsing: text)
        #expect(try SessionDescription(parsing: first.serialized) == first)
        #expect(!first.media.isEmpty)
        // Nothing is lost but lines of no use: every a-line of the file is there.
        let lines = first.serialized.components("\r\n")
        #expect(lines.filter { $0.hasPrefix("a=") } == text.components("\r\n").filter { $0.hasPrefix("a=") })
        #expect(lines.filter { $0.hasPrefix("m=") } == text.components("\r\n").filter { $0.hasPrefix("m=") })
    }

    @Test func bareLineFeedsAndEmptyLinesAreTaken() throws {
        let text = SampleOffer().text
        let loose = "\n" + text.components("\r\n").joined(separator: "\n\n")
        #expect(try SessionDescription(parsing: loose) == SessionDescription(parsing: text))
    }

    @Test func unknownLineTypesAreSkipped() throws {
        let description = try SessionDescription(parsing: "v=0\ni=x\nb=AS:1\nz=0\nm=audio 9 X 0\ni=t\nb=AS:2\na=y:1\n")
        #expect(description.attributes.isEmpty)
        #expect(description.media.first?.attributes == [SDPAttribute("y", "1")])
    }

    @Test(arguments: ["", "\r\n", "hello", "{\"sdp\":\"v=0\"}", "v=1\r\n", "a=x\r\nv=0\r\n"])
    func otherTextIsNoSDP(_ text: String) {
        #expect(throws: SDPError.self) { try SessionDescription(parsing: text) }
        do {
            _ = try SessionDescription(parsing: text)
        } catch {
            #expect("\(error)".contains("v=0"))
        }
    }

    @Test(arguments: [
        "audio", "m", "=x", "ab=c", "a=x\u{0}y", "a=x\ra=y", "m=audio", "m=audio 9 UDP", "m=audio x UDP 0",
        "m=audio 70000 UDP 0", "m=audio +9 UDP 0",
    ])
    func malformedLinesAreNamed(_ line: String) {
        #expect(throws: SDPError.malformedLine(line: 3, text: line)) {
            try SessionDescription(parsing: "v=0\r\ns=-\r\n\(line)\r\n")
        }
    }

    @Test func aCombiningMarkHidesNoSeparator() throws {
        let description = try SessionDescription(parsing: "v=0\r\na=mid:\u{301}x\r\n")
        #expect(description.attributes == [SDPAttribute("mid", "\u{301}x")])
    }

    @Test func eachLimitIsKept() throws {
        var limits = SessionDescriptionLimits()
        limits.octets = 200
        limits.lines = 10
        limits.sections = 2
        limits.lineOctets = 40
        limits.attributes = 3
        limits.formats = 2
        func error(_ text: String) -> SDPError? {
            do {
                _ = try SessionDescription(parsing: text, limits: limits)
                return nil
            } catch { return error }
        }
        let section = "m=audio 9 X 0\n"
        #expect(error("v=0\n" + String(repeating: "x", count: 197)) == .tooLarge(octets: 201, limit: 200))
        #expect(error("v=0\n" + String(repeating: "s=\n", count: 9)) == nil)
        #expect(error("v=0\n" + String(repeating: "s=\n", count: 10)) == .tooManyLines(limit: 10))
        #expect(error("v=0\n" + section + section) == nil)
        #expect(error("v=0\n" + section + section + section) == .tooManySections(limit: 2))
        #expect(error("v=0\na=" + String(repeating: "x", count: 38)) == nil)
        #expect(
            error("v=0\na=" + String(repeating: "x", count: 39)) == .lineTooLong(line: 2, octets: 41, limit: 40))
        #expect(error("v=0\na=\na=\na=\n") == nil)
        #expect(error("v=0\na=\na=\na=\na=\n") == .tooManyAttributes(section: nil, limit: 3))
        #expect(error("v=0\n" + section + "a=\na=\na=\na=\n") == .tooManyAttributes(section: 0, limit: 3))
        #expect(error("v=0\nm=audio 9 X 0 1\n") == nil)
        #expect(error("v=0\nm=audio 9 X 0 1 2\n") == .tooManyFormats(section: 0, limit: 2))
    }
}

extension String {
    func components(_ separator: String) -> [String] {
        utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            let line = String(decoding: $0, as: UTF8.self)
            return separator == "\r\n" && line.utf8.last == 13
                ? String(decoding: line.utf8.dropLast(), as: UTF8.self) : line
        }
    }
}
