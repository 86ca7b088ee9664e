import LinkModel
import Primitives
import Testing

@testable import LoadClient

@Suite struct ViewerLinkTests {
    @Test func aLinkIsReadFromTheCommandLine() throws {
        let link = try ViewerLink.Settings("rate=700,delay=30,queue=200,loss=1.5")
        #expect(link.kilobitsPerSecond == 700 && link.delay == 30 && link.queue == 200 && link.loss == 1.5)
        #expect(link.down.queueOctets == 17_500 && link.down.latency == .milliseconds(30))
        #expect(link.up.rate == nil && link.up.loss == 0.015)
        let noLimit = try ViewerLink.Settings("delay=100")
        #expect(noLimit.down.rate == nil)
    }

    @Test(arguments: [
        ("rate", "NAME=NUMBER"), ("rate=", "NAME=NUMBER"), ("speed=3", "the names rate, delay"),
        ("rate=fast", "from 10 to"),
        ("rate=0", "from 10 to"), ("delay=-1", "from 0 to"), ("loss=51", "a percentage"),
        ("rate=700;delay=3", "from 10 to"),
    ])
    func whatIsWrongIsToldWithWhatWasExpected(text: String, expected: String) {
        let error = #expect(throws: LinkError.self) { try ViewerLink.Settings(text) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    /// 1,222 octets and their headers take 100 ms at 100 kbit/s; the queue holds three of them.
    @Test func datagramsArriveAtTheRateOfTheLinkAndThoseThatFindTheQueueFullDoNot() throws {
        var generator = SeededGenerator(seed: 1)
        var link = ViewerLink(try .init("rate=100,delay=30,queue=300"), generator: &generator)
        let path = NetworkPath(local: LoadLoop.anyAddress, remote: LoadLoop.anyAddress)
        let start = MonotonicInstant.zero
        var datagram = [UInt8](repeating: 7, count: 1_222)
        for _ in 0..<5 { unsafe datagram.withUnsafeMutableBytes { unsafe link.receive($0, on: path, now: start) } }
        var arrivals: [Duration] = []
        while let next = link.next {
            while let arrived = link.takeArrived(now: next) {
                arrivals.append(arrived.at - start)
                #expect(arrived.octets == datagram)
            }
        }
        #expect(arrivals == [.milliseconds(130), .milliseconds(230), .milliseconds(330)])
        #expect(link.figures.dropped == 2 && link.figures.octets == 3_750)
        #expect(link.figures.waits.maximum == .milliseconds(300))
    }

    @Test func whatTheViewerSendsIsLateAndInOrder() throws {
        var generator = SeededGenerator(seed: 1)
        var link = ViewerLink(try .init("rate=100,delay=30"), generator: &generator)
        let path = NetworkPath(local: LoadLoop.anyAddress, remote: LoadLoop.anyAddress)
        for number in 0..<3 as Range<UInt8> {
            let datagram = [number]
            unsafe datagram.withUnsafeBytes { unsafe link.send($0, on: path, now: .zero) }
        }
        let early = link.takeLeft(now: .zero + .milliseconds(29))
        #expect(early == nil)
        var left: [UInt8] = []
        while let datagram = link.takeLeft(now: .zero + .milliseconds(30)) { left += datagram.octets }
        #expect(left == [0, 1, 2] && link.next == nil)
    }
}
