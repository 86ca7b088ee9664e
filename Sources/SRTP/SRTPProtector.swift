import CSRTP
import Primitives

/// Protects sent packets with libsrtp2, which keeps the roll-over counters itself. For the client role, and for
/// comparison with ``SealingEngine`` and ``SRTCPProtector`` in tests.
package final class SRTPProtector {
    private let profile: SRTPProfile
    private let context: LibSRTPContext

    package init(profile: SRTPProfile, key: SRTPMasterKey) throws(SRTPError) {
        self.profile = profile
        context = try LibSRTPContext(profile: profile, key: key, direction: .outbound)
    }

    /// Protects the RTP packet in the first `count` octets in place and returns its new length.
    ///
    /// `nil` if `buffer` is too short for the profile's `rtpOverhead`, for a malformed header, or for a repeated
    /// sequence number.
    package func protectRTP(_ buffer: UnsafeMutableRawBufferPointer, count: Int) -> Int? {
        guard count >= SRTPLimits.minimumRTPHeaderOctets, count <= buffer.count &- profile.rtpOverhead else {
            return nil
        }
        return unsafe try? context.run({ unsafe srtp_protect($0, $1, $2) }, buffer, count: count).get()
    }

    /// Protects the compound RTCP packet in the first `count` octets in place and returns its new length.
    ///
    /// `nil` if `buffer` is too short for the profile's `rtcpOverhead`.
    package func protectRTCP(_ buffer: UnsafeMutableRawBufferPointer, count: Int) -> Int? {
        guard count >= SRTPLimits.rtcpHeaderOctets, count <= buffer.count &- profile.rtcpOverhead else {
            return nil
        }
        return unsafe try? context.run({ unsafe srtp_protect_rtcp($0, $1, $2) }, buffer, count: count).get()
    }
}
