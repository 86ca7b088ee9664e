import Primitives
import Testing

@testable import DTLS

struct HandshakeAdmissionTests {
    private func message(_ type: UInt8, octets: Int, sequence: UInt16, part: Range<Int> = 0..<8) -> [UInt8] {
        ForgeryTests.record(
            type: 22, ForgeryTests.fragment(type: type, octets: octets, sequence: sequence, part: part))
    }

    /// GCM's explicit nonce and tag.
    private let overhead = 24
    private let changeCipherSpec = ForgeryTests.record(type: 20, [1])
    private func finished(_ mark: UInt8, octets: Int = 48) -> [UInt8] {
        ForgeryTests.record(type: 22, epoch: 1, [UInt8](repeating: mark, count: octets))
    }

    private func admit(
        _ datagram: [UInt8], to admission: inout HandshakeAdmission, hasSent: Bool = true
    ) -> HandshakeAdmission.Admitted {
        var admitted = admission.admit(datagram.span, hasSent: hasSent)
        // The records' numbers have a test of their own.
        admitted.records = unnumbered(admitted.records)
        return admitted
    }

    private func takeEncrypted(from admission: inout HandshakeAdmission) -> (record: [UInt8]?, dropped: Int) {
        var dropped = 0
        let record = admission.takeEncrypted(overhead: overhead, dropped: &dropped)
        return (record, dropped)
    }

    @Test func messagesOfMoreThanTheirLimitTogetherAreDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let half = HandshakeAdmission.maximumMessageOctets / 2
        let first = message(11, octets: half, sequence: 1)
        #expect(admit(first, to: &admission).records == unnumbered(first))
        let second = message(16, octets: half, sequence: 2)
        #expect(admit(second, to: &admission).records == unnumbered(second))
        let third = admit(message(15, octets: 8, sequence: 3), to: &admission)
        #expect(third == HandshakeAdmission.Admitted(dropped: 1))
        // More of a message that has been announced is no more.
        let rest = message(11, octets: half, sequence: 1, part: 8..<30)
        #expect(admit(rest, to: &admission).records == unnumbered(rest))
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
            #expect(admit(message, to: &admission).records == (sentByPeer.contains(type) ? unnumbered(message) : []))
        }
    }

    @Test func encryptedRecordsAndTheChangeCipherSpecAreHeldUntilTheyAreWaitedFor() {
        var admission = HandshakeAdmission(peer: .client)
        #expect(admit(finished(1) + changeCipherSpec, to: &admission) == HandshakeAdmission.Admitted())
        #expect(admission.takeChangeCipherSpec().map(unnumbered) == unnumbered(changeCipherSpec))
        #expect(admission.takeChangeCipherSpec() == nil)
        #expect(takeEncrypted(from: &admission).record == finished(1))
        #expect(takeEncrypted(from: &admission).record == nil)
    }

    @Test func encryptedRecordsOfLengthsThatTheCipherCannotHaveAreDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let shortest = overhead + HandshakeFragment.headerOctets + 1
        for octets in [0, 1, 23, 24, shortest - 1, shortest] {
            _ = admit(finished(1, octets: octets), to: &admission)
            let taken = takeEncrypted(from: &admission)
            #expect(taken.record == (octets == shortest ? finished(1, octets: octets) : nil))
            #expect(taken.dropped == (octets == shortest ? 0 : 1))
        }
    }

    @Test func plaintextRecordsAreNumberedAnew() {
        var admission = HandshakeAdmission(peer: .client)
        let far = ForgeryTests.record(
            type: 22, sequence: .max, ForgeryTests.fragment(type: 11, octets: 20, sequence: 1, part: 0..<8))
        let twice = admission.admit((far + far).span, hasSent: true).records
        _ = admission.admit(changeCipherSpec.span, hasSent: true)
        let third = admission.takeChangeCipherSpec() ?? []
        #expect(recordNumbers(in: twice + third) == [0, 1, 2])
    }

    @Test func theNewestHeldRecordsAreKeptAndLongOnesAreNot() {
        var admission = HandshakeAdmission(peer: .client)
        for mark in UInt8(0)..<10 { _ = admit(finished(mark), to: &admission) }
        let longest = HandshakeAdmission.maximumHeldRecordOctets - DTLSRecord.headerOctets
        #expect(admit(finished(10, octets: longest), to: &admission).dropped == 0)
        #expect(admit(finished(11, octets: longest + 1), to: &admission).dropped == 1)
        var held: [UInt8] = []
        while let record = takeEncrypted(from: &admission).record { held.append(record[DTLSRecord.headerOctets]) }
        #expect(held == [7, 8, 9, 10])
    }

    @Test func whatFollowsAnInvalidRecordIsDropped() {
        var admission = HandshakeAdmission(peer: .client)
        let message = message(16, octets: 8, sequence: 1)
        let outcome = admit(message + [22, 3, 3] + changeCipherSpec, to: &admission)
        #expect(outcome == HandshakeAdmission.Admitted(records: unnumbered(message), dropped: 1))
        #expect(admission.takeChangeCipherSpec() == nil)
    }

    @Test func aHelloIsTheFirstMessageOrNone() {
        var admission = HandshakeAdmission(peer: .client)
        #expect(admit(message(1, octets: 90, sequence: 1), to: &admission, hasSent: false).records.isEmpty)
        let hello = message(1, octets: 90, sequence: 0)
        #expect(admit(hello, to: &admission, hasSent: false).records == unnumbered(hello))
        #expect(admit(hello, to: &admission) == HandshakeAdmission.Admitted(repeatsClientHello: true))
    }
}
