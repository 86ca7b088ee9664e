import DatagramIO
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

@Suite struct EngineStartTests {
    private struct NoMemory: Error, CustomStringConvertible {
        var description: String { "no memory is left" }
    }

    private func configuration(_ ports: ClosedRange<UInt16>) -> MediaConfiguration {
        MediaConfiguration(ports: ports, workers: 2, addresses: [TransportAddress(v4: 127, 0, 0, 1, port: 0)])
    }

    private func loop(_ parts: MediaEngine.WorkerParts) throws -> WorkerLoop {
        try WorkerLoop(
            id: parts.id, socket: parts.socket, mailbox: parts.mailbox, events: parts.events,
            certificate: parts.certificate, usesSegmentationOffload: true, seed: 1)
    }

    @Test func aWorkerThatCannotStartEndsTheStartInOneLine() throws {
        let ports: ClosedRange<UInt16> = 27_400...27_401
        var told = ""
        do {
            _ = try MediaEngine(configuration(ports)) { parts in
                // The first of the two runs by then, and must not go on.
                if parts.id.rawValue == 1 { throw NoMemory() }
                return try loop(parts)
            }
        } catch {
            told = "\(error)"
        }
        #expect(told == "media worker-1 cannot start: no memory is left")
        // The worker that ran has ended and its port is free again.
        _ = try OpenedSocket(firstFreeOf: CollectionOfOne(27_400))
    }

    @Test func whoAsksAnEngineThatHasStoppedIsAnswered() async throws {
        let engine = try MediaEngine(configuration(27_402...27_403), makeLoop: loop)
        #expect(engine.workers.count == 2)
        let ids = [TransportID(rawValue: 1)]
        #expect(await engine.snapshots(of: ids, on: engine.workers[1].id) == [])
        engine.stop()
        #expect(await engine.snapshots(of: ids, on: engine.workers[1].id) == [])
    }
}
