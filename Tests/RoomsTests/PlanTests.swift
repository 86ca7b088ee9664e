import RTP
import Testing

@testable import Rooms

struct PlanTests {
    private typealias Sections = [(mid: String, kind: MediaKind)]
    private let simple: Sections = [("a", .audio), ("v", .video)]
    private let seats: Sections = [("0", .audio), ("1", .video), ("2", .audio), ("3", .video), ("4", .audio)]

    private func plan(_ sections: Sections, _ requests: [SlotRequest]) throws(InvalidPlan) -> [String] {
        try SlotPlan(sections: sections, requests: requests, maximum: 8).slots.map {
            "\($0.mid) \($0.use.rawValue) \($0.number)"
        }
    }

    @Test func sectionsWithoutRequestsArePairedToSeats() throws {
        #expect(try plan(simple, []) == ["a seat 0", "v seat 0"])
        #expect(try plan(seats, []) == ["0 seat 0", "1 seat 0", "2 seat 1", "3 seat 1", "4 audio 0"])
        #expect(try plan([("a", .audio), ("b", .audio)], []) == ["a seat 0", "b seat 1"])
        #expect(try plan([], []) == [])
    }

    @Test func requestsSayWhatSectionsAreForAndMayLeaveNumbersOut() throws {
        let requests = [
            SlotRequest(mid: "3", use: .screen), SlotRequest(mid: "1", use: .seat, number: 5),
            SlotRequest(mid: "0", use: .seat, number: 5), SlotRequest(mid: "4", use: .audio),
        ]
        #expect(try plan(seats, requests) == ["0 seat 5", "1 seat 5", "3 screen 0", "4 audio 0"])
    }

    @Test func wrongRequestsAreRefusedWithTheReason() {
        let wrong: [(SlotRequest, String)] = [
            (SlotRequest(mid: "9", use: .seat), "no receiving section"),
            (SlotRequest(mid: "1", use: .audio), "video section"),
            (SlotRequest(mid: "1", use: .seat, number: 8), "not 0 to 7"),
            (SlotRequest(mid: "1", use: .seat, number: -1), "not 0 to 7"),
            (SlotRequest(mid: "0", use: .seat), "twice"),
        ]
        for (request, reason) in wrong {
            let error = #expect(throws: InvalidPlan.self) {
                try plan(seats, [SlotRequest(mid: "0", use: .seat), request])
            }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
        let error = #expect(throws: InvalidPlan.self) {
            try plan(
                seats, [SlotRequest(mid: "0", use: .seat, number: 1), SlotRequest(mid: "2", use: .seat, number: 1)])
        }
        #expect(error?.message.contains("two audio sections") == true)
    }

    @Test func aFurtherOfferKeepsWhatItsSectionsAreFor() throws {
        let first = try SlotPlan(
            sections: seats,
            requests: [
                SlotRequest(mid: "0", use: .seat, number: 5), SlotRequest(mid: "1", use: .seat, number: 5),
                SlotRequest(mid: "3", use: .screen), SlotRequest(mid: "4", use: .audio),
            ], maximum: 8
        ).slots
        func next(_ sections: Sections, _ requests: [SlotRequest]) throws(InvalidPlan) -> [String] {
            try SlotPlan(sections: sections, requests: requests, maximum: 8, known: first).slots.map {
                "\($0.mid) \($0.use.rawValue) \($0.number)"
            }
        }
        #expect(
            try next(seats + [("5", .video), ("6", .audio)], [])
                == ["0 seat 5", "1 seat 5", "2 seat 0", "3 screen 0", "4 audio 0", "5 seat 0", "6 audio 1"])
        #expect(try next([("0", .audio), ("1", .video)], []) == ["0 seat 5", "1 seat 5"])
        for (mid, use, number, told) in [
            ("3", SlotUse.seat, 0, "\"3\" to seat 0, but it is for screen 0"),
            ("1", .screen, 1, "\"1\" to screen 1, but it is for seat 5"),
            ("0", .seat, 4, "\"0\" to seat 4, but it is for seat 5"),
        ] {
            let error = #expect(throws: InvalidPlan.self) {
                try next(seats, [SlotRequest(mid: mid, use: use, number: number)])
            }
            #expect(error?.message.contains(told) == true, "\(error?.message ?? "")")
        }
    }

    @Test func tooManySlotsAreRefused() {
        let sections: Sections = (0..<9).map { ("\($0)", .video) }
        #expect(throws: InvalidPlan.self) { try plan(sections, []) }
        #expect(throws: Never.self) { try plan(Array(sections.dropLast()), []) }
    }

    @Test func publishingSectionsWithoutRequestsGoByTheirOrder() throws {
        let sections: Sections = [
            ("v1", .video), ("a1", .audio), ("v2", .video), ("a2", .audio), ("v3", .video), ("a3", .audio),
        ]
        #expect(
            try PublicationPlan.sources(of: sections, requests: [])
                == ["v1": .camera, "a1": .microphone, "v2": .screen, "a2": .screenAudio])
    }

    @Test func aSourceMovesToTheSectionThatALaterOfferNamesForIt() throws {
        let known: [String: TrackSource] = ["a": .microphone, "v": .camera]
        let sections: Sections = [("a", .audio), ("v", .video), ("w", .video)]
        #expect(
            try PublicationPlan.sources(of: sections, requests: [.init(mid: "w", source: .camera)], known: known)
                == ["a": .microphone, "w": .camera])
        let error = #expect(throws: InvalidPlan.self) {
            try PublicationPlan.sources(of: sections, requests: [.init(mid: "v", source: .screen)], known: known)
        }
        #expect(
            error?.message == "publish names the section \"v\" for screen, but it is for camera: offer another section")
    }

    @Test func withoutRequestsOnlyNewSectionsGetWhatNoSectionSendsNow() throws {
        let known: [String: TrackSource] = ["a": .microphone, "v": .camera]
        let more: Sections = [("a", .audio), ("v", .video), ("w", .video)]
        #expect(
            try PublicationPlan.sources(of: more, requests: [], known: known)
                == ["a": .microphone, "v": .camera, "w": .screen])
        let other: Sections = [("a", .audio), ("w", .video)]
        #expect(
            try PublicationPlan.sources(of: other, requests: [], known: known) == ["a": .microphone, "w": .camera])
        let fewer: Sections = [("a", .audio)]
        #expect(try PublicationPlan.sources(of: fewer, requests: [], known: known) == known)
    }

    @Test func wrongPublishRequestsAreRefused() {
        let wrong: [[PublishRequest]] = [
            [.init(mid: "x", source: .camera)],
            [.init(mid: "a", source: .camera)],
            [.init(mid: "v", source: .camera), .init(mid: "v", source: .screen)],
            [.init(mid: "v", source: .camera), .init(mid: "v", source: .camera)],
        ]
        for requests in wrong {
            #expect(throws: InvalidPlan.self) { try PublicationPlan.sources(of: simple, requests: requests) }
        }
        #expect(
            (try? PublicationPlan.sources(of: simple, requests: [.init(mid: "v", source: .screen)])) == ["v": .screen])
    }
}
