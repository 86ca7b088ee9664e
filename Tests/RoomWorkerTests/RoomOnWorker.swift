import Client
import ICE
import MediaControl
import Primitives
import RTP
import Rooms
import SDP
import Synchronization
import TestSupport

@testable import MediaRuntime
@testable import Rooms

/// A registry of rooms whose media plane is a real worker in virtual time, with real clients on an emulated network.
///
/// What rooms command reaches the worker when it was commanded; what the worker tells reaches the rooms after each
/// millisecond of virtual time.
final class RoomOnWorker {
    let virtual: VirtualRoom
    let registry: RoomRegistry
    private let clock = ManualClock()
    private let plane: CommandQueue
    private let start: MonotonicInstant
    private var lastNumber: UInt64 = 0

    /// One who is in the room by signaling and on the network by its peer connection.
    struct Person {
        let joined: Joined
        let offer: OfferBuilder
        let peer: Participant
    }

    init(seed: UInt64, conditions: LinkConditions = LinkConditions(latency: .milliseconds(10))) throws {
        virtual = try VirtualRoom(seed: seed, conditions: conditions)
        plane = CommandQueue(fingerprint: virtual.serverFingerprint)
        start = virtual.now
        var configuration = RoomsConfiguration()
        configuration.createsRoomsOnDemand = true
        let generator = Mutex(SeededGenerator(seed: seed &+ 1_000))
        registry = RoomRegistry(
            configuration: configuration, media: plane, clock: clock,
            randomness: Randomness { generator.withLock { $0.next() } }, secondsSince1970: { 1_800_000_000 })
    }

    var now: MonotonicInstant { virtual.now }

    // MARK: What people do

    /// Joins with sections for a microphone and a camera and with two seats, and connects.
    func join(_ identity: String, _ role: Role = .viewer) async throws -> Person {
        lastNumber += 1
        let offer = offer(by: lastNumber)
        let joined = try await registry.join(
            JoinRequest(
                room: "stage", identity: identity, name: identity, role: role,
                media: .offer(MediaOffer(try Offer(parsing: offer.offer())))))
        let parameters = try plane.takeOpened()
        let peer = try virtual.connect(parameters, number: lastNumber)
        carryOut()
        virtual.reschedule(peer)
        return Person(joined: joined, offer: offer, peer: peer)
    }

    /// Offers again, with the camera in a new section, and sends it there from now on.
    func moveCamera(of person: Person, to mid: String) async throws {
        var offer = person.offer
        offer.version += 1
        offer.sections[1].direction = .inactive
        var section = offer.sections[1]
        section.mid = mid
        section.direction = .sendonly
        section.ssrc = SSRC(0x0123_4567)
        section.rtxSSRC = SSRC(0x0123_4568)
        offer.sections.append(section)
        _ = try await person.joined.session.offer(
            MediaOffer(
                try Offer(parsing: offer.offer()),
                publish: [.init(mid: "m", source: .microphone), .init(mid: mid, source: .camera)]))
        guard let moved = plane.lastParameters?.publications.first(where: { $0.receive.mid == mid }) else {
            throw MissingSection(mid: mid)
        }
        carryOut()
        person.peer.client.move(publication: 1, to: moved.receive)
        person.peer.publisher?.layers[0].wantsKeyframe = true
    }

    /// Carries out what the rooms have commanded.
    func carryOut() {
        for command in plane.take() { virtual.command(command) }
    }

    private func offer(by number: UInt64) -> OfferBuilder {
        let audio = OfferBuilder.browserPayloads([.opus])
        let video = OfferBuilder.browserPayloads([.vp8])
        var sections = [
            OfferBuilder.Section(mid: "m", kind: .audio, direction: .sendonly, payloads: audio),
            OfferBuilder.Section(mid: "c", kind: .video, direction: .sendonly, payloads: video),
        ]
        for seat in 0..<2 {
            sections.append(.init(mid: "a\(seat)", kind: .audio, direction: .recvonly, payloads: audio))
            sections.append(.init(mid: "v\(seat)", kind: .video, direction: .recvonly, payloads: video))
        }
        return OfferBuilder(
            credentials: ICECredentials(
                usernameFragment: "client\(number)", password: "client-password-with-128-bits-\(number)"),
            fingerprint: virtual.clientFingerprint, sessionID: number, cname: "client\(number)", sections: sections)
    }

    // MARK: Time

    /// Lets time pass until `condition` holds, `limit` at most; `false` where it never held.
    @discardableResult
    func run(atMost limit: Duration, until condition: () -> Bool = { false }) async -> Bool {
        let end = now + limit
        while now < end, !condition() {
            virtual.run(atMost: .milliseconds(1), until: condition)
            let told = virtual.takeNewEvents()
            clock.advance(by: now - start - (clock.now.offset))
            if !told.isEmpty { await registry.handle(told, from: WorkerID(rawValue: 0)) }
            await registry.handleTimeouts()
            carryOut()
        }
        return condition()
    }
}

struct MissingSection: Error { var mid: String }

/// Keeps what rooms command until it is carried out.
private final class CommandQueue: MediaPlane {
    let workers = [WorkerInfo(id: WorkerID(rawValue: 0), addresses: [VirtualRoom.serverV4])]
    let fingerprint: CertificateFingerprint
    private let commands = Mutex<[MediaCommand]>([])

    init(fingerprint: CertificateFingerprint) { self.fingerprint = fingerprint }

    func send(_ commands: [MediaCommand], to worker: WorkerID) { self.commands.withLock { $0 += commands } }

    func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]> { AsyncStream { $0.finish() } }

    func snapshots(of transports: [TransportID], on worker: WorkerID) async -> [TransportSnapshot] { [] }

    func take() -> [MediaCommand] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }

    /// Of the latest transport that was opened or updated.
    var lastParameters: TransportParameters? {
        commands.withLock { commands in
            commands.reversed().lazy.compactMap { command in
                switch command {
                case .openTransport(let parameters), .updateTransport(let parameters): parameters
                default: nil
                }
            }.first
        }
    }

    func takeOpened() throws -> TransportParameters {
        guard let parameters = lastParameters else { throw MissingSection(mid: "") }
        return parameters
    }
}
