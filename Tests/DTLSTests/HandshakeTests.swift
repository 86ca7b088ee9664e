import Cryptography
import Primitives
import Testing

@testable import DTLS

struct HandshakeTests {
    @Test func bothEndsGetMirroredKeysAndTheCheaperProfile() throws {
        let pair = try HandshakePair()
        pair.run()
        #expect(pair.haveMirroredKeys)
        #expect(pair.server.state.keys?.profile == .aeadAES128GCM)
        #expect(pair.client.nextTimeout == nil)
        #expect(pair.server.nextTimeout == nil)
        // Four flights on a path of 20 ms, no repetition.
        #expect(pair.now == .milliseconds(80))
    }

    @Test(arguments: 0..<12)
    func aHandshakeSurvivesTheLossOfAnyOneDatagram(lost: Int) throws {
        let pair = try HandshakePair()
        pair.fate = { number, _ in number == lost ? .lost : .delivered }
        pair.run()
        #expect(pair.haveMirroredKeys)
        #expect(pair.now < .milliseconds(500))
    }

    @Test(arguments: 0..<12)
    func aHandshakeSurvivesTheDelayOfAnyOneDatagram(delayed: Int) throws {
        let pair = try HandshakePair()
        pair.fate = { number, _ in number == delayed ? .delayed(.milliseconds(250)) : .delivered }
        pair.run()
        #expect(pair.haveMirroredKeys)
    }

    @Test(arguments: UInt64(0)..<80)
    func aHandshakeSurvivesThirtyPercentLossReorderingAndDuplication(seed: UInt64) throws {
        let pair = try HandshakePair()
        var random = SeededGenerator(seed: seed)
        pair.fate = { _, _ in
            switch UInt.random(in: 0..<100, using: &random) {
            case 0..<30: .lost
            case 30..<45: .doubled(.milliseconds(Int64.random(in: 0..<60, using: &random)))
            case 45..<65: .delayed(.milliseconds(Int64.random(in: 0..<150, using: &random)))
            default: .delivered
            }
        }
        // The server lets go of OpenSSL at once, as it does where no data section was negotiated.
        pair.afterStep = { [unowned pair] in pair.server.releaseSession() }
        pair.run()
        #expect(pair.haveMirroredKeys)
    }

    @Test(arguments: 1...8)
    func theLastServerFlightIsSentAgainAfterTheSessionWasReleased(losses: Int) throws {
        let pair = try HandshakePair()
        var lost = 0
        pair.fate = { _, transit in
            let records = DTLSRecord.all(in: transit.octets.span)
            guard transit.to == .client, records.first?.type == .changeCipherSpec, lost < losses else {
                return .delivered
            }
            lost += 1
            return .lost
        }
        pair.afterStep = { [unowned pair] in pair.server.releaseSession() }
        pair.run()
        #expect(lost == losses)
        #expect(pair.server.session == nil)
        #expect(pair.haveMirroredKeys)
    }

    @Test func aReleasedSessionIsFreed() throws {
        let pair = try HandshakePair()
        pair.run()
        weak let session = pair.server.session
        #expect(session != nil)
        pair.server.releaseSession()
        #expect(session == nil)
        #expect(pair.haveMirroredKeys)
    }

    @Test func releasingBeforeTheHandshakeIsThroughDoesNothing() throws {
        let pair = try HandshakePair()
        pair.server.releaseSession()
        pair.run()
        #expect(pair.haveMirroredKeys)
    }

    @Test(arguments: [
        ([SRTPProfile.aes128CMHMACSHA1_80, .aeadAES128GCM], SRTPProfile.aeadAES128GCM),
        ([.aes128CMHMACSHA1_80], .aes128CMHMACSHA1_80),
        ([.aeadAES128GCM], .aeadAES128GCM),
    ])
    func theServersPreferenceDecidesOverTheProfile(offered: [SRTPProfile], chosen: SRTPProfile) throws {
        let context = try DTLSContext(certificate: Credentials.client, profiles: offered)
        let pair = try HandshakePair(clientContext: context)
        pair.run()
        #expect(pair.haveMirroredKeys)
        #expect(pair.server.state.keys?.profile == chosen)
    }

    @Test func withoutACommonProfileBothEndsFail() throws {
        let pair = try HandshakePair(
            clientContext: DTLSContext(certificate: Credentials.client, profiles: [.aes128CMHMACSHA1_80]),
            serverContext: DTLSContext(certificate: Credentials.server, profiles: [.aeadAES128GCM]))
        pair.run()
        #expect(pair.server.state.failure == .noCommonSRTPProfile)
        #expect(pair.client.state.failure == .noCommonSRTPProfile)
    }

    @Test func aPeerWithoutTheExtendedMasterSecretIsTurnedAway() throws {
        let old = try DTLSContext(
            certificate: Credentials.client, profiles: DTLSContext.preferredProfiles,
            withoutExtendedMasterSecret: true)
        let pair = try HandshakePair(clientContext: old)
        pair.run()
        #expect(pair.server.state.failure == .noExtendedMasterSecret)
    }

    @Test func threadsMayShareACertificate() async throws {
        let mirrored = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5 {
                        guard let pair = try? HandshakePair() else { return false }
                        pair.run()
                        guard pair.haveMirroredKeys else { return false }
                    }
                    return true
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(mirrored)
    }
}
