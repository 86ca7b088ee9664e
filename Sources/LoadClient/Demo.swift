import Client
import DatagramIO
import Foundation
import NIOCore
import NIOPosix
import Primitives
import SignalingClient
import SignalingProtocol
import TestMedia

/// Puts a few synthetic participants with moving pictures and sound on the stage of a room.
package struct Demo: Sendable {
    /// Between two tries to come in.
    static let retry = Duration.seconds(1)
    /// Participants at most: those that a stage has room for.
    package static let maximumPeople = 12
    private static let names = [
        "Ada", "Bela", "Cleo", "Dario", "Enya", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca",
    ]

    package var url: String
    package var room: String
    package var people: Int
    package var token: String?

    package init(url: String, room: String, people: Int, token: String? = nil) {
        self.url = url
        self.room = room
        self.people = people
        self.token = token
    }

    /// Runs until the task is cancelled; a participant whose connection ends comes in again.
    ///
    /// - Parameter log: called with one line per event.
    /// - Throws: where the URL cannot be used or no socket can be opened, and `DoorError` where the server lets nobody in,
    ///   however often it is asked.
    package func run(log: @escaping @Sendable (String) -> Void) async throws {
        let identity = try ClientIdentity(madeAt: Int64(Date().timeIntervalSince1970))
        let door = try SignalingDoor(
            url: url, token: token, identity: identity, group: MultiThreadedEventLoopGroup.singleton)
        let thread = try LoadThread(
            identity: identity, clip: nil, pacing: 0, midnightOffset: Self.midnightOffset())
        defer { thread.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<min(people, Self.maximumPeople) {
                group.addTask { try await keepOneThere(number, door, thread, log) }
            }
            // The first who is refused for good ends the others too: they ask for the same.
            try await group.waitForAll()
        }
    }

    private func keepOneThere(
        _ number: Int, _ door: SignalingDoor, _ thread: LoadThread, _ log: @Sendable (String) -> Void
    ) async throws {
        let name = Self.names[number % Self.names.count]
        var lastProblem = ""
        var connection = number
        while !Task.isCancelled {
            do {
                let wish = Wish(room: room, name: name, role: "costreamer", publishes: true)
                let admission = try await door.enter(wish)
                var settings = MediaClip.Settings()
                settings.identity = UInt16(number + 1)
                settings.framesPerSecond = 25
                settings.kilobitsPerSecond = 800
                // The participant's connection is another each time.
                connection += Self.maximumPeople
                thread.post(
                    .add(
                        PeerPlan(
                            id: connection, parameters: admission.parameters, began: ClientSockets.now,
                            publishes: true, live: settings)))
                log("\(name) is in room \(room)")
                lastProblem = ""
                await withTaskCancellationHandler {
                    guard let session = admission.session else { return }
                    for await event in session.events {
                        await follow(event, of: name, connection, session, thread, log)
                    }
                } onCancel: {
                    Task { await admission.leave() }
                }
                thread.post(.remove(connection))
                if !Task.isCancelled { log("\(name) lost the server and comes back") }
            } catch let error as DoorError where error.isPermanent {
                throw error
            } catch {
                if "\(error)" != lastProblem, !Task.isCancelled { log("\(name) waits for \(url): \(error)") }
                lastProblem = "\(error)"
            }
            try? await Task.sleep(for: Self.retry)
        }
    }

    /// Sends nothing from the moment in which a host sends the participant back, and comes again when invited.
    ///
    /// Packets of a participant in the audience are dropped at the closed gate, so sending them is useless.
    private func follow(
        _ event: ServerEvent, of name: String, _ connection: Int, _ session: ClientSession, _ thread: LoadThread,
        _ log: @Sendable (String) -> Void
    ) async {
        guard case .stageState(let state, _, _) = event else { return }
        switch state {
        case .audience:
            thread.post(.stopPublishing(connection))
            log("\(name) was sent back and watches until a host invites")
        case .requested: break
        case .invited:
            // A refusal comes where the invitation has just expired; the next one is taken again.
            _ = try? await session.request(.stage(.accept))
        case .onStage:
            // The server has forgotten what was published before.
            for source in [MediaSource.microphone, .camera] { _ = try? await session.request(.publish(source)) }
            thread.post(.publish(connection, approvedAt: nil))
            log("\(name) is on stage again")
        }
    }

    /// Milliseconds to add to the monotonic clock to get the local time since midnight.
    private static func midnightOffset() -> Int {
        let now = Date()
        let midnight = Calendar.current.startOfDay(for: now)
        let sinceMidnight = Int(now.timeIntervalSince(midnight) * 1_000)
        return sinceMidnight - Int(ClientSockets.now.nanoseconds / 1_000_000)
    }
}
