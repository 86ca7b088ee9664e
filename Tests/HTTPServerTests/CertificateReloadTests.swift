import Foundation
import Logging
import TestSupport
import Testing

@testable import HTTPServer

/// When the certificate's files are read again, and what becomes of files that cannot be used.
struct CertificateReloadTests {
    // MARK: When

    @Test func filesAreReadOnceTheyRest() {
        var watch = CertificateWatch(read: 1)
        #expect([1, 1, 2, 2, 2].map { watch.looked($0) } == [.nothing, .nothing, .nothing, .read, .nothing])
    }

    @Test func filesThatKeepChangingAreWaitedFor() {
        var watch = CertificateWatch(read: 1)
        #expect([2, 3, 4, 4, 4].map { watch.looked($0) } == [.nothing, .nothing, .nothing, .read, .nothing])
    }

    @Test func filesThatChangeBackAreReadToo() {
        // Nobody knows what was read in between.
        var watch = CertificateWatch(read: 1)
        #expect([2, 1, 1, 1].map { watch.looked($0) } == [.nothing, .nothing, .read, .nothing])
        #expect([3, 3, 1, 1].map { watch.looked($0) } == [.nothing, .read, .nothing, .read])
    }

    @Test func whoAsksIsNotKeptWaiting() {
        var watch = CertificateWatch(read: 1)
        #expect(watch.asked(1) == .read)
        #expect(watch.looked(2) == .nothing)
        #expect(watch.asked(2) == .read)
        #expect(watch.looked(2) == .nothing)
    }

    @Test func aLinkThatIsTurnedToAnotherFileIsAChange() throws {
        try withFolder { folder in
            let link = folder + "/link"
            for name in ["a", "b"] {
                #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data()))
            }
            #expect(FileStamp(of: link) == nil)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "a")
            let first = FileStamp(of: link)
            #expect(first != nil && first == FileStamp(of: link))
            try FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "b")
            #expect(FileStamp(of: link) != first)
        }
    }

    // MARK: What

    private func withFolder<Result>(_ body: (String) async throws -> Result) async rethrows -> Result {
        let folder = NSTemporaryDirectory() + "/forestage-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func withFolder<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        let folder = NSTemporaryDirectory() + "/forestage-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    /// Puts a fixture at the path as a whole, as `mv` does.
    private func put(_ fixture: String, at path: String) throws {
        try Fixture.data("tls/\(fixture)").write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    @Test func newFilesAreServedAndBrokenOnesChangeNothing() async throws {
        try await withFolder { folder in
            let files = CertificateFiles(certificate: folder + "/a.pem", key: folder + "/a.key")
            try put("first.pem", at: files.certificate)
            try put("first.key", at: files.key)
            let reloader = try CertificateReloader(
                files, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                secondsSince1970: { 1_800_000_000 })
            let clock = ManualClock()
            let (requests, asking) = AsyncStream.makeStream(of: String.self)
            let running = Task { await reloader.run(clock: clock, requests: requests) }
            func served(_ name: String) async {
                while !reloader.store.current.summary.hasPrefix("/CN=\(name).example,") {
                    clock.advance(by: CertificateReloader.interval)
                    await Task.yield()
                }
            }
            #expect(reloader.store.current.summary.hasPrefix("/CN=first.example,"))
            try put("second.pem", at: files.certificate)
            try put("second.key", at: files.key)
            await served("second")
            // A certificate without its key is refused; the next change brings both.
            try put("issued.pem", at: files.certificate)
            for _ in 0..<100 {
                clock.advance(by: CertificateReloader.interval)
                await Task.yield()
            }
            #expect(reloader.store.current.summary.hasPrefix("/CN=second.example,"))
            try put("issued.key", at: files.key)
            await served("issued")
            // Asked for, without a look of the clock.
            try put("first.pem", at: files.certificate)
            try put("first.key", at: files.key)
            asking.yield("SIGHUP")
            while !reloader.store.current.summary.hasPrefix("/CN=first.example,") { await Task.yield() }
            running.cancel()
            await running.value
        }
    }

    // MARK: The server's own

    @Test func theCertificateOfADevelopmentServerIsKeptWhileItIsGood() async throws {
        try withFolder { folder in
            func certificate(_ addresses: [String], required: String, now: Int64) throws -> ServerCertificate {
                try DevelopmentCertificate(
                    folder: folder + "/state", names: ["localhost", "bad name,IP:1.2.3.4", "desk"],
                    addresses: addresses,
                    required: ["localhost", required]
                ).certificate(now: now)
            }
            let file = folder + "/state/development-certificate.pem"
            func contents() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file)) }
            let now: Int64 = 1_800_000_000
            let first = try certificate(["192.0.2.1", "::1"], required: "192.0.2.1", now: now)
            #expect(first.warnings == [])
            let made = try contents()
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // A new address of the machine alone is no reason; the one that people open is.
            _ = try certificate(["192.0.2.1", "192.0.2.2"], required: "192.0.2.1", now: now + 86_400)
            #expect(try contents() == made)
            _ = try certificate(["192.0.2.2"], required: "192.0.2.2", now: now + 86_400)
            let second = try contents()
            #expect(second != made)
            // Thirty days before its end.
            _ = try certificate(["192.0.2.2"], required: "192.0.2.2", now: now + (1 + 365 - 30) * 86_400)
            #expect(try contents() == second)
            _ = try certificate(["192.0.2.2"], required: "192.0.2.2", now: now + (1 + 365 - 30) * 86_400 + 1)
            let third = try contents()
            #expect(third != second)
            // A file that is none is made anew, not refused.
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: file))
            _ = try certificate(["192.0.2.2"], required: "192.0.2.2", now: now)
            #expect(try contents().count > 500)
        }
        #expect(throws: CertificateError.self) {
            try DevelopmentCertificate(folder: "/proc/none", names: ["localhost"], addresses: [], required: [])
                .certificate(now: 0)
        }
    }

    @Test func theStateFolderIsThatOfXDG() {
        #expect(DevelopmentCertificate.stateFolder(environment: ["XDG_STATE_HOME": "/state"]) == "/state/forestage")
        // The specification has relative paths ignored.
        #expect(
            DevelopmentCertificate.stateFolder(environment: ["XDG_STATE_HOME": "state"]).hasSuffix(
                "/.local/state/forestage"))
    }
}
