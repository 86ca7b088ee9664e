import CSRTP
import Primitives

/// libsrtp2 with the functions of ``SRTPReceiver``: an independent implementation for comparison in tests.
package final class LibSRTPReceiver {
    private let context: LibSRTPContext

    package init(profile: SRTPProfile, key: SRTPMasterKey) throws(SRTPError) {
        context = try LibSRTPContext(profile: profile, key: key, direction: .inbound)
    }

    /// Checks and decrypts an SRTP packet in place.
    package func unprotectRTP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        unsafe outcome(of: context.run({ unsafe srtp_unprotect($0, $1, $2) }, packet, count: packet.count))
    }

    /// Checks and decrypts an SRTCP packet in place.
    package func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        unsafe outcome(of: context.run({ unsafe srtp_unprotect_rtcp($0, $1, $2) }, packet, count: packet.count))
    }

    private func outcome(of result: Result<Int, LibSRTPStatus>) -> SRTPUnprotected {
        switch result {
        case .success(let count): .ok(count: count)
        case .failure(let status): status.outcome
        }
    }
}
