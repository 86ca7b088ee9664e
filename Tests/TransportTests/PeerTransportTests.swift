import Client
import DTLS
import ICE
import MediaControl
import Primitives
import RTP
import SRTP
import Testing
import Transport

@Suite struct PeerTransportTests {
    @Test func iceThenDTLSThenKeysThatFitTheClients() throws {
        let pair = try TransportPair()
        #expect(pair.transport.selectedPath == nil && pair.transport.sealingKey == nil)
        pair.run(.seconds(1))
        #expect(pair.transport.isEstablished && pair.client.isEstablished && pair.transport.ending == nil)
        #expect(pair.transport.selectedPath == TransportPair.serverPath)
        #expect(pair.transport.validatedPaths == [TransportPair.serverPath])

        // Media down.
        var got: [UInt8] = []
        pair.client.mediaHandler = { _, payload in
            for index in payload.indices { got.append(payload[index]) }
        }
        let key = try #require(pair.transport.sealingKey)
        var packet = RTPPacketBuilder(payloadType: 96, sequenceNumber: 1, timestamp: 2, ssrc: SSRC(77)).octets
        let payload: [UInt8] = [0x10, 1, 2, 3, 4]
        packet += Array(repeating: 0, count: payload.count + 16)
        let total = unsafe packet.withUnsafeMutableBufferPointer { room in
            unsafe payload.withUnsafeBufferPointer { clear -> Int? in
                guard let base = room.baseAddress, let source = clear.baseAddress else { return nil }
                return unsafe pair.engine.seal(
                    key, index: 1, ssrc: 77, packet: base, headerCount: 12, payload: source,
                    payloadCount: clear.count)
            }
        }
        pair.engine.flush()
        #expect(total == packet.count)
        pair.deliver(packet)
        #expect(got == payload)

        // RTCP up.
        pair.client.requestKeyframe(slot: 0)
        pair.run(.milliseconds(10))
        var rtcp = try #require(pair.received.last)
        let outcome = unsafe rtcp.withUnsafeMutableBytes { bytes in
            unsafe pair.transport.receiver?.unprotectRTCP(bytes)
        }
        #expect(outcome == .ok(count: 12))
    }

    @Test func dtlsFromAPathWithoutAValidCheckDoesNothing() throws {
        let pair = try TransportPair()
        pair.run(.seconds(1))
        let other = try TransportPair()
        other.carriesSTUN = false
        other.transport.receiveDTLS([22, 254, 253, 0, 0].span, on: TransportPair.serverPath, now: .zero)
        #expect(other.transport.nextHandshakeDatagram() == nil && other.transport.handshakePath == nil)
        other.run(.seconds(2))
        #expect(!other.transport.isEstablished)
    }

    @Test func anotherCertificateThanTheOffersEndsTheTransportWithoutKeys() throws {
        let pair = try TransportPair(namesOtherFingerprint: true)
        pair.run(.seconds(1))
        #expect(pair.transport.ending == .fingerprintMismatch)
        #expect(pair.transport.sealingKey == nil && pair.transport.receiver == nil)
        #expect(pair.client.isClosed)
    }

    @Test func withoutAnyCheckTheTransportEnds() throws {
        let pair = try TransportPair()
        pair.carriesSTUN = false
        pair.run(.seconds(31))
        #expect(pair.transport.ending == .connectTimeout)
    }

    @Test func whenChecksStopConsentExpires() throws {
        let pair = try TransportPair()
        pair.run(.seconds(8))
        pair.carriesSTUN = false
        pair.run(.seconds(20))
        #expect(pair.transport.ending == nil)
        pair.run(.seconds(11))
        #expect(pair.transport.ending == .consentExpired)
        #expect(pair.transport.selectedPath == nil)
    }

    @Test func goodbyesAreHeardOnBothSides() throws {
        let pair = try TransportPair()
        pair.run(.seconds(1))
        pair.transport.close()
        pair.run(.milliseconds(10))
        guard case .closed(.closedByServer) = pair.client.state else {
            Issue.record("\(pair.client.state)")
            return
        }

        // Where SCTP may run, the session is kept, and the client's goodbye is read.
        let kept = try TransportPair(hasDataSection: true)
        kept.run(.seconds(1))
        kept.client.close()
        kept.run(.milliseconds(20))
        #expect(kept.transport.ending == .closedByPeer)
    }

    @Test func furtherSectionsAreNoRestartAndNewCredentialsAre() throws {
        let pair = try TransportPair()
        pair.run(.seconds(1))
        pair.parameters.slots.append(pair.parameters.slots[0])
        pair.transport.update(pair.parameters, now: pair.now)
        #expect(pair.transport.parameters.slots.count == 2)
        pair.run(.seconds(10))
        #expect(pair.transport.ending == nil && pair.client.isEstablished)

        let local = ICECredentials(usernameFragment: "clientB", password: "anotherPasswordOfTheClient")
        let server = ICECredentials(usernameFragment: "serverB", password: "anotherPasswordOfTheServer")
        pair.parameters.localCredentials = server
        pair.parameters.remoteCredentials = local
        pair.transport.update(pair.parameters, now: pair.now)
        #expect(pair.transport.selectedPath == TransportPair.serverPath, "media stays until the new check")
        pair.client.restart(
            local: local, remote: server, remoteCandidates: [TransportPair.serverPath.local], now: pair.now)
        pair.run(.seconds(40))
        #expect(pair.transport.ending == nil && pair.client.isEstablished)
    }
}
