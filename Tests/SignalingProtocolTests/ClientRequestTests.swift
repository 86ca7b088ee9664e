import Foundation
import SignalingProtocol
import Testing

struct ClientRequestTests {
    func error(_ text: String) -> MessageError? {
        do {
            _ = try ClientRequest(parsing: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func errorNamesTheFieldAndCarriesTheId() {
        #expect(
            error(#"{"type":"mute","id":6,"source":"camera"}"#)
                == MessageError(.badMessage, "`muted` is missing", id: 6))
        #expect(
            error(#"{"type":"mute","id":6,"source":"camera","muted":"yes"}"#)
                == MessageError(.badMessage, "`muted` must be a boolean", id: 6))
        #expect(
            error(#"{"type":"publish","id":6,"source":"window"}"#)
                == MessageError(
                    .badMessage,
                    "`source`: must be one of microphone, camera, screen, screenAudio, not \"window\"", id: 6))
        #expect(
            error(#"{"type":"view","id":6,"slots":[{"mid":"1"},{"width":1}]}"#)
                == MessageError(.badMessage, "`slots[1].mid` is missing", id: 6))
    }

    @Test func idIsAnIntegerThatJavaScriptHoldsExactly() {
        #expect(error(#"{"type":"ping","id":0}"#) == nil)
        #expect(error(#"{"type":"ping","id":9007199254740991}"#) == nil)
        #expect(error(#"{"type":"ping"}"#) == MessageError(.badMessage, "`id` is missing"))
        for id in ["-1", "9007199254740992", "1e400", "1.5", "\"1\"", "null", "99999999999999999999999999", "[]"] {
            let error = error("{\"type\":\"ping\",\"id\":\(id)}")
            #expect(error?.code == .badMessage, "\(id)")
            #expect(
                error.map { $0.message.contains("`id`") || $0.message.contains("number") } == true,
                "\(id): \(error?.message ?? "")")
        }
    }

    @Test(arguments: [
        (#"{"type":"view","id":6,"slots":[{"mid":"1","width":-1}]}"#, "`slots[0].width`", "0 to 65535, not -1"),
        (
            #"{"type":"view","id":6,"slots":[{"mid":"1"},{"mid":"2","height":65536}]}"#, "`slots[1].height`",
            "0 to 65535, not 65536"
        ),
        (#"{"type":"view","id":6,"slots":[{"mid":"1","priority":256}]}"#, "`slots[0].priority`", "0 to 255, not 256"),
        (#"{"type":"view","id":6,"slots":[{"mid":"1","width":1.5}]}"#, "`slots[0].width`", "0 to 65535, not 1.5"),
        (#"{"type":"view","id":6,"slots":[{"mid":"1","width":1e30}]}"#, "`slots[0].width`", "0 to 65535, not 1e+30"),
        (
            #"{"type":"view","id":6,"slots":[{"mid":"1","width":1e400}]}"#, "`slots[0].width`",
            "0 to 65535; the number that came cannot be read"
        ),
        (
            #"{"type":"offer","id":6,"offer":"v=0","publish":[],"slots":[{"mid":"1","use":"seat","seat":-1}]}"#,
            "`slots[0].seat`", "0 to 255, not -1"
        ),
        (
            #"{"type":"join","id":6,"offer":"v=0","publish":[],"slots":[{"mid":"1","use":"seat","seat":9007199254740992}]}"#,
            "`slots[0].seat`", "0 to 255, not 9007199254740992"
        ),
        (#"{"type":"stage.approve","id":6,"participant":"p","version":-1}"#, "`version`", "0 to 2^53 - 1, not -1"),
        (#"{"type":"stage.approve","id":6,"participant":"p","version":1e99}"#, "`version`", "0 to 2^53 - 1, not 1e+99"),
        (#"{"type":"invitation.create","id":6,"role":"viewer","minutes":0.5}"#, "`minutes`", "1 to 43200, not 0.5"),
    ])
    func aNumberOutOfRangeIsToldWithItsFieldRangeAndValue(text: String, field: String, rest: String) {
        #expect(error(text) == MessageError(.badMessage, "\(field) must be an integer from \(rest)", id: 6))
    }

    @Test func aLimitOfInvitationsIsToldLikewise() {
        #expect(
            error(#"{"type":"invitation.create","id":6,"role":"viewer","uses":1000001}"#)
                == MessageError(.limitExceeded, "`uses` must be an integer from 1 to 1000000, not 1000001", id: 6))
        #expect(
            error(#"{"type":"telemetry","id":6,"measurements":{"joinMs":1e400}}"#)
                == MessageError(.badMessage, "`measurements` must hold numbers of at most 64 bits", id: 6))
    }

    @Test(arguments: ["", " ", "a\\u0000", "a\\nb", "\\u202eevil", "\\u2066x"])
    func namesThatCannotBeShownAreRefused(name: String) {
        for field in ["name", "identity"] {
            let error = error(#"{"type":"join","id":1,"room":"a",""# + field + #"":""# + name + #""}"#)
            #expect(
                error?.code == .badMessage && error?.message.hasPrefix("`\(field)` must") == true, "\(field) \(name)")
        }
    }

    @Test func sectionsOfAJoinNeedItsOffer() throws {
        #expect(error(#"{"type":"join","id":1,"room":"a"}"#) == nil)
        #expect(error(#"{"type":"join","id":1,"room":"a","offer":null,"slots":[],"publish":null}"#) == nil)
        #expect(
            error(#"{"type":"join","id":1,"room":"a","publish":[{"mid":"0","source":"camera"}]}"#)
                == MessageError(.badMessage, "`publish` names sections, but `offer` is missing", id: 1))
        #expect(
            error(#"{"type":"join","id":1,"room":"a","offer":"v=0"}"#)
                == MessageError(.badMessage, "`slots` is missing", id: 1))
    }

    @Test func unknownTypeIsNamed() {
        #expect(error(#"{"type":"chat","id":3,"text":"hi"}"#)?.code == .unknownType)
        #expect(error(#"{"type":"chat","id":3,"text":"hi"}"#)?.id == 3)
        #expect(error(#"{"type":7,"id":3}"#) == MessageError(.badMessage, "`type` must be a string", id: 3))
    }

    @Test(arguments: [
        "", " ", "nul", "[]", "7", "\"join\"", "{", "{\"type\":", "\u{0}", "{\"type\":\"ping\",\"id\":1}x",
        "{'type':'ping'}", "{\"type\":\"ping\",\"id\":01}", "{\"type\":\"\\ud800\",\"id\":1}",
        "{\"type\":\"telemetry\",\"id\":1,\"measurements\":{\"joinMs\":1e400}}",
        "{\"type\":\"telemetry\",\"id\":1,\"measurements\":{\"joinMs\":NaN}}",
    ])
    func whatIsNoMessageIsRefused(text: String) {
        #expect(error(text)?.code == .badMessage)
    }

    @Test func deepNestingIsRefusedBeforeItIsDecoded() {
        func nested(_ depth: Int) -> String {
            #"{"type":"ping","id":1,"later":"# + String(repeating: "[", count: depth - 1)
                + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(error(nested(ProtocolLimits.depth)) == nil)
        #expect(error(nested(ProtocolLimits.depth + 1))?.code == .tooDeep)
        #expect(error(String(repeating: "[", count: 100_000))?.code == .tooDeep)
        #expect(error(String(repeating: #"{"a":"#, count: 100_000))?.code == .tooDeep)
        // Brackets in a string do not nest.
        #expect(error(#"{"type":"ping","id":1,"later":"\"[[[[[[[[[[[[[[[[[[[[[[[["}"#) == nil)
    }

    @Test func everyLimitHoldsExactly() {
        func join(_ field: String, _ value: String, slots: Int = 0) -> String {
            let slots = (0..<slots).map { #"{"mid":"\#($0)","use":"audio","seat":\#($0)}"# }.joined(separator: ",")
            var fields = ["offer": "\"v=0\"", "slots": "[\(slots)]", "publish": "[]"]
            if !field.isEmpty { fields[field] = value }
            return #"{"type":"join","id":1,"# + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        }
        func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }
        let limits = [
            ("token", ProtocolLimits.tokenSize), ("offer", ProtocolLimits.offerSize),
            ("room", ProtocolLimits.roomNameLength), ("name", ProtocolLimits.nameSize),
            ("role", ProtocolLimits.roleSize), ("identity", ProtocolLimits.identitySize),
        ]
        for (field, limit) in limits {
            #expect(error(join(field, text(limit))) == nil)
            #expect(error(join(field, text(limit + 1)))?.code == .limitExceeded)
        }
        #expect(error(join("", "", slots: ProtocolLimits.slots)) == nil)
        #expect(error(join("", "", slots: ProtocolLimits.slots + 1))?.code == .limitExceeded)
        #expect(error(join("room", "\"a/b\""))?.code == .badMessage)
        #expect(
            error(join("publish", #"[{"mid":"0","source":"camera"},{"mid":"1","source":"camera"}]"#))?.code
                == .badMessage)
        #expect(error(join("slots", #"[{"mid":"0","use":"seat","seat":256}]"#))?.code == .badMessage)
    }

    @Test func nullIsTheSameAsAbsent() throws {
        let text = #"{"type":"stage.approve","id":1,"participant":"p","version":null}"#
        #expect(
            try ClientRequest(parsing: Array(text.utf8))
                == ClientRequest(id: 1, .stageOf(participant: "p", .approve, version: nil)))
    }
}
