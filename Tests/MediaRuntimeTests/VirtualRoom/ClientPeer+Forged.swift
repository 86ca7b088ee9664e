import Client
import Primitives
import RTP

extension ClientPeer {
    /// Sends a packet that no honest client would, protected with this client's own key.
    func sendForged(
        ssrc: SSRC, payloadType: UInt8, sequence: UInt16, timestamp: UInt32 = 0,
        mid: (identifier: UInt8, name: String)? = nil, rid: (identifier: UInt8, name: String)? = nil,
        payload: [UInt8] = Array(repeating: 0xF8, count: 60)
    ) {
        var packet = RTPPacketBuilder(
            payloadType: payloadType, sequenceNumber: sequence, timestamp: timestamp, ssrc: ssrc, payload: payload)
        if let mid { packet.extensions.append(.init(identifier: mid.identifier, data: Array(mid.name.utf8))) }
        if let rid { packet.extensions.append(.init(identifier: rid.identifier, data: Array(rid.name.utf8))) }
        send(packet)
    }
}
