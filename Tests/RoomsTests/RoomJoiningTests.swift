import ICE
import MediaControl
import Primitives
import RTP
import SDP
import TestSupport
import Testing

@testable import Rooms

@Suite(.timeLimit(.minutes(10)))
struct RoomJoiningTests {
    @Test func aHostIsOnStageAndAViewerInTheAudience() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        #expect(host.participant.standing == .onStage)
        #expect(viewer.participant.standing == .audience)
        #expect(viewer.stage.members.map(\.participant) == [host.participant.id])
        #expect(viewer.stage.members.map(\.tracks) == [[]])
        #expect(viewer.stage.members.map(\.name) == ["ANN"])
        #expect(viewer.audience == 1)
        #expect(viewer.slots.count == 17 && viewer.slots.allSatisfy { $0.status == .empty })
        #expect(viewer.room.videoCodecs == [.vp8, .h264, .vp9, .av1])
        #expect(host.session.resumeToken != viewer.session.resumeToken && host.session.resumeToken.count == 32)
    }

    @Test func theAnswerAndTheWorkerAgree() async throws {
        let house = try House()
        let joined = try await house.join("ann", .host)
        let opened = try #require(house.plane.opened.first)
        #expect(house.plane.sendings.count == 1)
        #expect(opened.publications.map(\.receive.mid) == ["0", "1", "2", "3"])
        #expect(opened.publications.map(\.isOpen) == [false, false, false, false])
        #expect(opened.slots.map(\.mid) == (4...20).map { String($0) })
        #expect(joined.slots.map(\.mid) == opened.slots.map(\.mid))
        #expect(joined.slots[12].use == .screen && joined.slots[14].use == .audio)
        let answer = try #require(joined.answer)
        #expect(answer.contains("a=ice-ufrag:\(opened.localCredentials.usernameFragment)\r\n"))
        #expect(answer.contains("a=ice-pwd:\(opened.localCredentials.password)\r\n"))
        #expect(answer.contains("a=fingerprint:sha-256 07:07"))
        #expect(answer.contains(" 192.0.2.1 40000 typ host"))
        for slot in opened.slots { #expect(answer.contains("a=ssrc:\(slot.ssrc) cname:\(slot.cname)\r\n")) }
        // Slots of one seat are played in step, other seats apart from it.
        #expect(opened.slots[0].cname == opened.slots[1].cname)
        #expect(Set(opened.slots.map(\.cname)).count == 6 + 1 + 3)
    }

    @Test func credentialsAndIdentifiersAreUnique() async throws {
        let house = try House()
        for number in 0..<20 { _ = try await house.join("viewer\(number)", room: "room\(number % 3)") }
        let opened = house.plane.opened
        #expect(Set(opened.map(\.id)).count == 20)
        #expect(Set(opened.map(\.localCredentials.usernameFragment)).count == 20)
        #expect(Set(opened.map(\.localCredentials.password)).count == 20)
        #expect(Set(opened.flatMap { $0.publications.map(\.track) }).count == 80)
        for parameters in opened {
            #expect(parameters.localCredentials.usernameFragment.count >= 8)
            #expect(parameters.localCredentials.password.count >= 22)
        }
    }

    @Test func everyBrowsersOffersCanJoin() async throws {
        let house = try House()
        for name in try Fixture.names(in: "sdp") {
            let joined = try await house.join(name, .host, offer: try Fixture.text("sdp/\(name)"))
            #expect(joined.answer?.hasPrefix("v=0\r\n") == true, "\(name)")
        }
    }

    @Test func simpleClientsPublishAndArePairedWithoutSayingAnything() async throws {
        let house = try House()
        let publisher = try await house.join(
            "encoder", .costreamer, offer: try Fixture.text("sdp/chromium_simulcast_VP8_only.sdp"), autoPublish: true)
        let viewer = try await house.join("player", offer: try Fixture.text("sdp/chromium_recvonly_av.sdp"))
        let opened = try #require(house.plane.opened.first)
        #expect(!opened.publications.isEmpty && opened.publications.allSatisfy(\.isOpen))
        let shown = viewer.slots.compactMap(\.content)
        #expect(!shown.isEmpty && shown.allSatisfy { $0.participant == publisher.participant.id })
        #expect(viewer.stage.members.first?.tracks.isEmpty == false)
        // The transport opens before its slots are filled, in one sending.
        let sending = try #require(house.plane.sendings.last)
        #expect(sending.commands.count == 1 + shown.count)
        #expect(sending.commands[0].text.hasPrefix("open"))
    }

    @Test func aRoomIsMadeOnlyWhereThatIsAllowed() async throws {
        let house = try House { $0.createsRoomsOnDemand = false }
        let error = await #expect(throws: JoinError.self) { try await house.join("ann", .host) }
        #expect(error?.code == .noSuchRoom)
        _ = try await house.join("ann", .host, createsRoom: true)
        _ = try await house.join("bob")
        #expect(await house.registry.snapshot().participants == 2)
    }

    @Test func limitsOfTheConfigurationHold() async throws {
        let house = try House {
            $0.maximumRooms = 2
            $0.settings.maximumParticipants = 2
            $0.maximumAttributes = 1
            $0.maximumAttributeOctets = 8
        }
        func code(_ request: JoinRequest) async -> JoinError.Code? {
            await #expect(throws: JoinError.self) { try await house.registry.join(request) }?.code
        }
        let offer = try Fixture.text("sdp/chromium_recvonly_av.sdp")
        _ = try await house.join("one", room: "a", offer: offer)
        _ = try await house.join("two", room: "a", offer: offer)
        _ = try await house.join("one", room: "b", offer: offer)
        var request = JoinRequest(room: "a", identity: "three", name: "Three", role: .viewer, media: .text(offer))
        #expect(await code(request) == .roomFull)
        request.room = "c"
        #expect(await code(request) == .serverFull)
        request.room = "b"
        for wrong in ["", String(repeating: "r", count: 65), "äöü", ".."] {
            request.room = wrong
            #expect(await code(request) == .badRequest)
        }
        request.room = "b"
        request.identity = ""
        #expect(await code(request) == .badRequest)
        request.identity = String(repeating: "i", count: 257)
        #expect(await code(request) == .badRequest)
        request.identity = "three"
        for wrong in [String(repeating: "n", count: 129), "", " ", "a\u{0}", "\u{202E}abc"] {
            request.name = wrong
            #expect(await code(request) == .badRequest)
        }
        request.name = "ok"
        request.attributes = ["a": "12345678"]
        #expect(await code(request) == .badRequest)
        request.attributes = ["a": "1", "b": "2"]
        #expect(await code(request) == .badRequest)
        request.attributes = ["a": "1234567"]
        _ = try await house.registry.join(request)
        // The same identity again takes no further place.
        _ = try await house.join("two", room: "a", offer: offer)
    }

    @Test func whoMakesARoomDecidesWhetherItIsEncrypted() async throws {
        let house = try House { $0.settings.preferRedundantAudio() }
        let secret = try await house.join("ann", .host, room: "secret", isEncrypted: true)
        let plain = try await house.join("ann", .host, room: "plain")
        #expect(secret.room.isEncrypted && !plain.room.isEncrypted)
        #expect(house.plane.opened.map { $0.publications.allSatisfy(\.isOpaque) } == [true, false])
        #expect(secret.room.audioCodecs == [.opus], "what cannot be unwrapped is not offered")
        #expect(plain.room.audioCodecs == [.red, .opus])
        // Whoever says nothing takes the room as it is.
        #expect(try await house.join("bob", room: "secret").room.isEncrypted)
        #expect(try await house.join("cat", room: "secret", isEncrypted: true).room.isEncrypted)
        for (room, says) in [("secret", false), ("plain", true)] {
            let error = await #expect(throws: JoinError.self) {
                try await house.join("dan", room: room, isEncrypted: says)
            }
            #expect(error?.code == .encryptionDiffers)
        }
    }

    @Test func theServersSettingHoldsWhereNobodySays() async throws {
        let house = try House { $0.settings.hasEncryptedPayloads = true }
        #expect(try await house.join("ann", .host, room: "secret").room.isEncrypted)
        #expect(try await house.join("ann", .host, room: "plain", isEncrypted: false).room.isEncrypted == false)
    }

    @Test func ofTwoThatMakeARoomAtOnceOneDecides() async throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            let house = try House(seed: seed)
            async let encrypted = house.join("ann", .host, isEncrypted: true)
            async let plain = house.join("bob", .host, isEncrypted: false)
            let outcomes = (try? await encrypted, try? await plain)
            #expect((outcomes.0 == nil) != (outcomes.1 == nil), "one of them, and not both, comes in")
        }
    }

    @Test func badOffersAndBadPlansAreRefusedWithTheReason() async throws {
        let house = try House()
        var request = JoinRequest(room: "r", identity: "i", name: "n", role: .viewer, media: .text("nonsense"))
        func error() async -> JoinError? {
            await #expect(throws: JoinError.self) { try await house.registry.join(request) }
        }
        #expect(await error()?.code == .badOffer)
        let offer = try Fixture.text("sdp/chromium_recvonly_av.sdp")
        request.media = .text(offer, slots: [SlotRequest(mid: "none", use: .seat)])
        #expect(await error()?.code == .badRequest)
        request.media = .text(offer, publish: [PublishRequest(mid: "0", source: .microphone)])
        #expect(await error()?.message.contains("no sending section") == true)
        #expect(house.plane.sendings.isEmpty)
        #expect(await house.registry.snapshot().rooms.isEmpty, "no room is made for an offer that cannot be answered")
    }

    @Test func theNewerOfOneIdentityReplacesTheOlder() async throws {
        let house = try House()
        let viewer = try await house.join("bob")
        let old = try await house.join("ann", .host)
        try await old.session.publish(.camera)
        house.plane.forget()
        let new = try await house.join("ann", .host)
        #expect(new.participant.id != old.participant.id)
        #expect(house.plane.sendings.count == 2, "the new transport, then the seats and the end of the old one")
        let texts = house.plane.commands.map(\.text)
        #expect(texts.first?.hasPrefix("open") == true && texts.last?.hasPrefix("close") == true)
        await #expect(throws: RoomError.self) { try await old.session.publish(.camera) }
        #expect(await house.registry.snapshot().participants == 2)

        let events = await house.history(of: viewer)
        let changes = events.compactMap(\.stageDelta).flatMap(\.changes).map { "\($0.participant) \($0.standing)" }
        #expect(changes == ["p2 onStage", "p2 onStage", "p2 audience", "p3 onStage"])
        #expect(events.compactMap(\.audienceCount) == [], "the audience was one all the time")
        var last: RoomEvent?
        for await event in old.events { last = event }
        #expect(last == .closed(.replaced))
    }

    @Test func aLockedRoomTakesNobodyNewButThoseWhoManageIt() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        await #expect(throws: RoomError.self) { try await viewer.session.lockRoom(true) }
        try await host.session.lockRoom(true)
        let error = await #expect(throws: JoinError.self) { try await house.join("eve") }
        #expect(error?.code == .roomLocked)
        let again = try await house.join("bob")
        #expect(again.room.status.isLocked)
        _ = try await house.join("second", .host)
        try await host.session.lockRoom(false)
        _ = try await house.join("eve")
        #expect(await house.history(of: host).contains(.room(RoomStatus(isLocked: true, hosts: 1))))
    }

    @Test func roomsGoToTheWorkerWithFewestTransports() async throws {
        let house = try House(workers: 2)
        _ = try await house.join("a", room: "one")
        _ = try await house.join("b", room: "one")
        _ = try await house.join("c", room: "two")
        _ = try await house.join("d", room: "three")
        _ = try await house.join("e", room: "one")
        #expect(house.plane.sendings.map(\.worker.rawValue) == [0, 0, 1, 1, 0])
        let three = try #require(await house.registry.snapshot().rooms.first { $0.info.name == "three" })
        #expect(three.worker.rawValue == 1)
    }

    @Test func aFurtherOfferKeepsTracksSlotsAndCredentials() async throws {
        let house = try House()
        let offer = try Fixture.text("sdp/chromium_seats_vp8_opus.sdp")
        let joined = try await house.join("ann", .host)
        try await joined.session.publish(.camera)
        let first = try #require(house.plane.opened.first)
        house.plane.forget()
        let answered = try await joined.session.offer(
            MediaOffer(offer, publish: House.publish, slots: House.slots))
        guard case .updateTransport(let second)? = house.plane.commands.first else {
            Issue.record("no update")
            return
        }
        #expect(house.plane.commands.count == 1)
        #expect(second.id == first.id)
        #expect(second.localCredentials == first.localCredentials)
        #expect(second.publications.map(\.track) == first.publications.map(\.track))
        #expect(second.publications.map(\.isOpen) == [false, true, false, false])
        #expect(second.slots == first.slots)
        #expect(answered.answer != joined.answer && answered.slots == joined.slots)

        let credentials = first.remoteCredentials
        let restart = offer.replacing(credentials.usernameFragment, with: "wxyz")
            .replacing(credentials.password, with: "abcdefghijklmnopqrstuvwx")
        _ = try await joined.session.offer(
            MediaOffer(restart, publish: House.publish, slots: House.slots))
        guard case .updateTransport(let third)? = house.plane.commands.last else {
            Issue.record("no update")
            return
        }
        #expect(third.remoteCredentials.usernameFragment == "wxyz")
        #expect(third.localCredentials != first.localCredentials)
        #expect(third.slots == first.slots)
        let named = MediaOffer(try Offer(parsing: offer), slots: [SlotRequest(mid: "none", use: .seat)])
        let error = await #expect(throws: RoomError.self) { try await joined.session.offer(named) }
        #expect(error?.code == .badRequest)
    }

    @Test func aFurtherOfferThatChangesOrLosesSectionsIsRefused() async throws {
        let house = try House()
        let offer = try Fixture.text("sdp/chromium_seats_vp8_opus.sdp")
        let joined = try await house.join("ann", .host)
        house.plane.forget()
        let slots = [SlotRequest(mid: "4", use: .screen, number: 0)]
        let changed = MediaOffer(try Offer(parsing: offer), publish: House.publish, slots: slots)
        let error = await #expect(throws: RoomError.self) { try await joined.session.offer(changed) }
        #expect(
            error?.code == .badRequest && error?.message.contains("but it is for seat 0") == true,
            "\(error?.message ?? "")")

        let last = try #require(offer.ranges(of: "m=audio").last)
        let fewer = try MediaOffer(
            String(offer[..<last.lowerBound]).replacing(/a=group:BUNDLE( \d+)* \d+\r\n/) { match in
                "a=group:BUNDLE\(match.0.split(separator: " ").dropFirst().dropLast().map { " \($0)" }.joined())\r\n"
            }, publish: House.publish, slots: House.slots.dropLast())
        let missing = await #expect(throws: RoomError.self) { try await joined.session.offer(fewer) }
        #expect(missing?.code == .badOffer)
        #expect(
            missing?.message.contains("has 20 m-sections, but the one before had 22") == true,
            "\(missing?.message ?? "")")
        #expect(house.plane.commands.isEmpty)
        _ = try await joined.session.offer(MediaOffer(offer, publish: House.publish, slots: House.slots))
    }

    @Test func aDrainingServerTakesNobodyAndSaysSo() async throws {
        let house = try House()
        let joined = try await house.join("ann", .host)
        await house.registry.drain(within: .seconds(10))
        let error = await #expect(throws: JoinError.self) { try await house.join("bob") }
        #expect(error?.code == .draining)
        let history = await house.history(of: joined)
        #expect(history == [.draining(within: .seconds(10)), .closed(.serverStopping)])
    }
}
