import Client
import DatagramIO
import Foundation
import Primitives
import SignalingClient
import Synchronization
import TestMedia

/// The thread on which all media of a run flows: every client of the process, driven by one loop.
///
/// The commands go in through a mailbox; what has become of it is read as snapshots.
package final class LoadThread: Sendable {
    /// A command to the thread.
    package enum Command: Sendable {
        case add(PeerPlan)
        case remove(Int)
        /// The participant may send now; it was approved for the stage at the given time, where it was.
        case publish(Int, approvedAt: MonotonicInstant?)
        case stopPublishing(Int)
        /// The publisher sends these of its encodings, the smallest first.
        case send(Int, encodings: [Bool])
        /// The viewer's tiles are as large as this encoding from now on.
        case expect(Int, encoding: Int)
        /// Counts from now on; connections count from the start.
        case beginCounting
        case endCounting
        case takeSnapshot(@Sendable (LoadSnapshot) -> Void)
        case stop
    }

    private let waker: Waker
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - clip: what publishers without live pictures send.
    ///   - pacing: how many times the clip's bitrate a picture's packets leave at; 0: all at once.
    ///   - links: those that participants' plans name by their place.
    ///   - midnightOffset: milliseconds to add to the monotonic clock to get the local time since midnight.
    /// - Throws: `SocketError` where the process may not open more files.
    package init(
        identity: ClientIdentity, clip: MediaClip?, pacing: Double, links: [ViewerLink.Settings] = [],
        midnightOffset: Int = 0
    ) throws {
        // Sockets belong to their thread; only the waker is shared.
        let handover = Mutex<Waker?>(nil)
        let failure = Mutex<(any Error)?>(nil)
        let ready = DispatchSemaphore(value: 0)
        let ended = ended
        let box = CommandSource()
        let thread = Thread {
            do {
                let sockets = try ClientSockets(usesSegmentationOffload: true)
                let context = try identity.context()
                handover.withLock { $0 = sockets.waker }
                let loop = LoadLoop(
                    sockets: sockets, context: context, clip: clip, pacing: pacing, links: links,
                    midnightOffset: midnightOffset)
                ready.signal()
                loop.run { box.takeCommands() }
            } catch {
                failure.withLock { $0 = error }
                ready.signal()
            }
            ended.signal()
        }
        thread.name = "load"
        thread.stackSize = 4 * 1_024 * 1_024
        thread.start()
        ready.wait()
        if let error = failure.withLock({ $0 }) { throw error }
        guard let waker = handover.withLock({ $0 }) else { throw DoorError.closed("the media thread ended") }
        self.waker = waker
        source = box
    }

    private let source: CommandSource

    /// Asks for something.
    package func post(_ command: Command) {
        source.post(command)
        waker.wake()
    }

    /// The figures as they are now.
    package func snapshot() async -> LoadSnapshot {
        await withCheckedContinuation { continuation in
            post(.takeSnapshot { continuation.resume(returning: $0) })
        }
    }

    /// Ends every connection with a goodbye, and the thread.
    package func stop() {
        post(.stop)
        ended.wait()
    }
}

/// Commands on their way to the thread.
final class CommandSource: Sendable {
    private let commands = Mutex<[LoadThread.Command]>([])

    func post(_ command: LoadThread.Command) { commands.withLock { $0.append(command) } }

    func takeCommands() -> [LoadThread.Command] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }
}
