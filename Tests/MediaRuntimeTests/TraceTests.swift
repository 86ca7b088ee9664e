import CongestionBed
import CongestionControl
import Foundation
import MediaControl
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import MediaRuntime

/// What a worker writes of its estimators can be run again, and gives the same.
@Suite struct TraceTests {
    /// Keeps the traces in memory, up to a size.
    private final class Memory: TraceSink {
        let traces = Mutex<[TransportID: [UInt8]]>([:])
        let maximum: Int

        init(maximum: Int = .max) { self.maximum = maximum }

        func append(_ part: [UInt8], of viewer: TransportID) -> Bool {
            traces.withLock { traces in
                guard traces[viewer, default: []].count + part.count <= maximum else { return false }
                traces[viewer, default: []] += part
                return true
            }
        }

        func text(of viewer: Participant) -> String {
            traces.withLock { String(decoding: $0[viewer.id] ?? [], as: UTF8.self) }
        }
    }

    /// A viewer on a path that becomes narrow, loses packets, and falls silent.
    private func watch(_ memory: Memory, seed: UInt64 = 1) throws -> (VirtualRoom, Participant) {
        let (room, viewer) = try VirtualRoom.watching(kilobits: 3_000, for: .seconds(6), seed: seed, traces: memory)
        room.setLink(to: viewer, kilobits: 600)
        room.run(.seconds(6))
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(30), loss: 0.1), from: VirtualRoom.serverV4, to: viewer.address)
        room.run(.seconds(4))
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(30), loss: 1), from: viewer.address, to: VirtualRoom.serverV4)
        room.run(.seconds(3))
        room.setLink(to: viewer, kilobits: 3_000)
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(30)), from: viewer.address, to: VirtualRoom.serverV4)
        room.run(.seconds(6))
        return (room, viewer)
    }

    @Test func whatWasDecidedIsDecidedAgain() throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let memory = Memory()
            let (room, viewer) = try watch(memory, seed: seed)
            room.command(.closeTransport(viewer.id))
            let replay = try TraceReplay(memory.text(of: viewer))
            #expect(replay.firstDifference == nil)
            #expect(replay.compared > 200 && replay.packets > 2_000 && replay.lost > 50)
            let limits = Set(replay.samples.map(\.limit))
            #expect(limits.isSuperset(of: [.delay, .silence]))
            #expect(try #require(replay.samples.last).at > 20)
        }
    }

    /// The comparison finds what differs: the same trace with another capacity acknowledged.
    @Test func aTraceThatWasChangedIsToldFromTheOriginal() throws {
        let memory = Memory()
        let (_, viewer) = try watch(memory)
        let text = memory.text(of: viewer)
        let lines = text.split(separator: "\n")
        let line = try #require(lines.dropFirst(lines.count / 2).first { $0.hasPrefix("e") })
        var words = line.split(separator: " ").map(String.init)
        words[1] = "1"
        let changed = text.replacingOccurrences(of: String(line), with: words.joined(separator: " "))
        #expect(try TraceReplay(changed).firstDifference != nil)
    }

    @Test func aTraceThatFindsNoRoomEndsAndIsCounted() throws {
        let memory = Memory(maximum: 40_000)
        let (room, viewer) = try watch(memory)
        #expect(room.worker.statistics.traceOctetsDropped > 0)
        let replay = try TraceReplay(memory.text(of: viewer))
        #expect(replay.firstDifference == nil && replay.compared > 20)
        let last = try #require(replay.samples.last)
        #expect(last.at < 20)
    }

    @Test func aBrokenTraceSaysWhereItIsBroken() throws {
        let memory = Memory()
        let (_, viewer) = try watch(memory)
        let text = memory.text(of: viewer)
        // Cut anywhere, it is read up to there: a server that is killed writes no last line.
        for length in stride(from: 200, to: text.utf8.count, by: text.utf8.count / 20) {
            #expect(throws: Never.self) { try TraceReplay(String(decoding: text.utf8.prefix(length), as: UTF8.self)) }
        }
        for wrong in ["", "hello", "forestage-trace 2 0 1 2 3 1 1\n", "\(text.prefix(2_000))\nz 1\n\n"] {
            #expect(throws: TraceReplay.Problem.self) { try TraceReplay(wrong) }
        }
    }

    @Test func aFolderHasOneFileForEachViewerAndItsBounds() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("traces-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = try TraceFolder(path, run: 77)
        for part in ["one", "two"] { #expect(folder.append(Array(part.utf8), of: TransportID(rawValue: 255))) }
        #expect(folder.append(Array("three".utf8), of: TransportID(rawValue: 1)))
        #expect(
            !folder.append(Array(repeating: 0, count: TraceFolder.maximumWaiting + 1), of: TransportID(rawValue: 2)))
        folder.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["77-1.trace", "77-ff.trace"])
        #expect(try String(contentsOfFile: path + "/77-ff.trace", encoding: .utf8) == "onetwo")
        #expect(throws: TraceFolderError.self) { try TraceFolder("/proc/nothing/here", run: 1) }
    }
}
