import DatagramIO
import Primitives
import RTP
import SRTP

extension Egress {
    /// Protects RTCP packets and sends them as one datagram.
    ///
    /// - Returns: whether it was sent; what could not be sealed, or is too long for a datagram, is counted.
    @discardableResult
    func sendRTCP(_ packets: [RTCPPacket], protectedBy protection: SRTCPProtector, to route: borrowing Route) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        for packet in packets { packet.append(to: &scratch) }
        guard scratch.count + SRTPProfile.maximumRTCPOverhead <= SendBatch.maximumDatagram else {
            counters.drops.count(.sendFailed)
            return false
        }
        let destination = unsafe reserve()
        unsafe scratch.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { unsafe destination.update(from: base, count: bytes.count) }
        }
        let whole = unsafe UnsafeMutableRawBufferPointer(start: destination, count: SendBatch.maximumDatagram)
        guard let total = unsafe protection.protect(whole, count: scratch.count) else {
            counters.drops.count(.sendFailed)
            return false
        }
        commit(octets: total, to: route)
        return true
    }
}

extension SRTPProfile {
    /// The most that protection adds to an RTCP packet, in octets.
    static var maximumRTCPOverhead: Int { allCases.map(\.rtcpOverhead).max() ?? 0 }
}
