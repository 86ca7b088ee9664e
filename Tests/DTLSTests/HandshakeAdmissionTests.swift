import Primitives
import Testing

@testable import DTLS

struct HandshakeAdmissionTests {
    private func message(_ type: UInt8, octets: Int, sequence: UInt16, part: Range<Int> = 0..<8) -> [UInt8] {
        ForgeryTests.record(
            type: 22, ForgeryTests.fragment(type: type, octets: octets, sequence: sequence, part: part))
    }

    private let changeCipherSpec = ForgeryTests.record(type: 20, [1])
    private func finished(_ mark: UInt8, octets: Int = 48) -> [UInt8] {
        ForgeryTests.record(type: 22, epoch: 1, [UInt8](repeating: mark, count: octets))
    }

    private func admit(
        _ datagram: [UInt8], to admission: inout HandshakeAdmission, hasSent: Bool = true, awaitsFinished: Bool = false
    ) -> HandshakeAdmission.Admitted {
        admission.admit(datagram.span, hasSent: hasSent, awaitsFinished: awaitsFinished)
    }

    @Test func messagesOfMoreThanTheirLimitTogetherAreDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let half = HandshakeAdmission.maximumMessageOctets / 2
        let first = message(11, octets: half, sequence: 1)
        #expect(admit(first, to: &admission).records == first)
        let second = message(16, octets: half, sequence: 2)
        #expect(admit(second, to: &admission).records == second)
        let third = admit(message(15, octets: 8, sequence: 3), to: &admission)
        #expect(third == HandshakeAdmission.Admitted(dropped: 1))
        // More of a message that has been announced is no more.
        let rest = message(11, octets: half, sequence: 1, part: 8..<30)
        #expect(admit(rest, to: &admission).records == rest)
    }

    @Test func aMessageThatContradictsAnEarlierFragmentIsDropped() {
        var admission = HandshakeAdmission(peer: .client)
        _ = admit(message(11, octets: 20, sequence: 1), to: &admission)
        #expect(admit(message(11, octets: 21, sequence: 1), to: &admission).records.isEmpty)
        #expect(admit(message(16, octets: 20, sequence: 1), to: &admission).records.isEmpty)
    }

    @Test func messagesTooFarAheadAreDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let last = HandshakeAdmission.maximumMessageSequence
        #expect(!admit(message(11, octets: 20, sequence: last), to: &admission).records.isEmpty)
        #expect(admit(message(11, octets: 20, sequence: last + 1), to: &admission).records.isEmpty)
    }

    @Test(arguments: [UInt8(1), 2, 3, 11, 12, 13, 14, 15, 16])
    func messagesOfOnesOwnRoleAreDropped(type: UInt8) {
        let octets = type == 14 ? 0 : 8
        let message = message(type, octets: octets, sequence: 1, part: 0..<octets)
        for peer in [DTLSEndpoint.Role.client, .server] {
            var admission = HandshakeAdmission(peer: peer)
            let sentByPeer: [UInt8] = peer == .client ? [11, 15, 16] : [2, 3, 11, 12, 13, 14]
            #expect(admit(message, to: &admission).records == (sentByPeer.contains(type) ? message : []))
        }
    }

    @Test func encryptedRecordsAreHeldUntilTheyCanBeRead() {
        var admission = HandshakeAdmission(peer: .client)
        let held = admit(finished(1) + changeCipherSpec, to: &admission)
        #expect(held == HandshakeAdmission.Admitted(records: changeCipherSpec))
        #expect(admission.takeHeld() == finished(1))
        #expect(admission.takeHeld() == nil)
        #expect(admit(finished(2), to: &admission, awaitsFinished: true).records == finished(2))
    }

    @Test func theNewestHeldRecordsAreKeptAndLongOnesAreNot() {
        var admission = HandshakeAdmission(peer: .client)
        for mark in UInt8(0)..<10 { _ = admit(finished(mark), to: &admission) }
        let longest = HandshakeAdmission.maximumHeldRecordOctets - DTLSRecord.headerOctets
        #expect(admit(finished(10, octets: longest), to: &admission).dropped == 0)
        #expect(admit(finished(11, octets: longest + 1), to: &admission).dropped == 1)
        var held: [UInt8] = []
        while let record = admission.takeHeld() { held.append(record[DTLSRecord.headerOctets]) }
        #expect(held == [7, 8, 9, 10])
    }

    @Test func whatFollowsAnInvalidRecordIsDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let outcome = admit(changeCipherSpec + [22, 3, 3] + changeCipherSpec, to: &admission)
        #expect(outcome == HandshakeAdmission.Admitted(records: changeCipherSpec, dropped: 1))
    }

    @Test func aHelloIsTheFirstMessageOrNone() {
        var admission = HandshakeAdmission(peer: .client)
        #expect(admit(message(1, octets: 90, sequence: 1), to: &admission, hasSent: false).records.isEmpty)
        let hello = message(1, octets: 90, sequence: 0)
        #expect(admit(hello, to: &admission, hasSent: false).records == hello)
        #expect(admit(hello, to: &admission) == HandshakeAdmission.Admitted(repeatsClientHello: true))
    }
}
