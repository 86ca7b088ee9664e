import CongestionControl
import Testing

@Suite struct ArrivalGroupsTests {
    private func add(_ groups: inout ArrivalGroups, sent: Double, arrived: Double) -> ArrivalGroups.OnPacket {
        groups.add(sentAt: at(sent), arrival: at(arrived), octets: 1_000, selfQueue: 0)
    }

    @Test func packetsSentWithinFiveMillisecondsAreOneGroup() {
        var groups = ArrivalGroups()
        for sent in [0.0, 3, 5] {
            let answer22 = add(&groups, sent: sent, arrived: 100 + sent * 4); #expect(answer22 == .joined)
        }
        guard case .completed(let group) = add(&groups, sent: 33, arrived: 140) else {
            Issue.record("no group")
            return
        }
        #expect(group.packets == 3 && group.octets == 3_000)
        #expect(group.lastSentAt == at(5) && group.lastArrival == at(120))
        #expect(group.delay == 115)
    }

    @Test func aBurstMadeByThePathIsOneGroup() {
        var groups = ArrivalGroups()
        let answer23 = add(&groups, sent: 0, arrived: 200)
        #expect(answer23 == .joined)
        // Sent 20 ms apart, they arrive 1 ms apart: a radio held them.
        let answer24 = add(&groups, sent: 20, arrived: 201)
        #expect(answer24 == .joined)
        let answer25 = add(&groups, sent: 40, arrived: 202)
        #expect(answer25 == .joined)
    }

    @Test func aPacketSentBeforeTheGroupIsSkipped() {
        var groups = ArrivalGroups()
        let answer26 = add(&groups, sent: 50, arrived: 100)
        #expect(answer26 == .joined)
        let answer27 = add(&groups, sent: 20, arrived: 110)
        #expect(answer27 == .joined)
        guard case .completed(let group) = add(&groups, sent: 80, arrived: 130) else {
            Issue.record("no group")
            return
        }
        #expect(group.packets == 1)
    }

    @Test func aSilenceStartsAnew() {
        var groups = ArrivalGroups()
        let answer28 = add(&groups, sent: 0, arrived: 100)
        #expect(answer28 == .joined)
        let answer29 = add(&groups, sent: 2_200, arrived: 2_300)
        #expect(answer29 == .reset)
    }
}
