import CSRTP
import Primitives

/// A libsrtp2 session of one direction, for any SSRC. Takes about 18 KB (AEAD) or 28 KB (AES-CM) with Debian's build on
/// NSS.
///
/// libsrtp2 creates the state of a new inbound SSRC only after its first packet was authenticated.
@safe struct LibSRTPContext: ~Copyable {
    enum Direction {
        case inbound
        case outbound
    }

    private let session: srtp_t

    /// `srtp_init` sets up one state for the process, so it runs once for the process.
    private static let initialization = srtp_init()

    init(profile: SRTPProfile, key: SRTPMasterKey, direction: Direction) throws(SRTPError) {
        try key.require(lengthsOf: profile)
        guard Self.initialization == srtp_err_status_ok else {
            throw .library(call: "srtp_init", code: Int(Self.initialization.rawValue))
        }
        var policy = unsafe srtp_policy_t()
        unsafe policy.ssrc.type =
            switch direction {
            case .inbound: ssrc_any_inbound
            case .outbound: ssrc_any_outbound
            }
        switch profile {
        case .aes128CMHMACSHA1_80:
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aeadAES128GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        }
        unsafe policy.window_size = UInt(SRTPLimits.replayWindowPackets)
        var material = key.key + key.salt
        var session: srtp_t?
        let status = unsafe material.withUnsafeMutableBufferPointer { octets in
            unsafe policy.key = octets.baseAddress
            return unsafe srtp_create(&session, &policy)
        }
        guard status == srtp_err_status_ok, let session = unsafe session else {
            throw .library(call: "srtp_create", code: Int(status.rawValue))
        }
        unsafe self.session = session
    }

    deinit { _ = unsafe srtp_dealloc(session) }

    typealias Transform = (srtp_t?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> srtp_err_status_t

    /// Runs `transform` in place over the first `count` octets of `buffer`; the new count, or libsrtp2's status.
    borrowing func run(
        _ transform: Transform, _ buffer: UnsafeMutableRawBufferPointer, count: Int
    ) -> Result<Int, LibSRTPStatus> {
        guard count <= buffer.count, var length = Int32(exactly: count), let base = buffer.baseAddress else {
            return .failure(LibSRTPStatus(srtp_err_status_bad_param))
        }
        let status = unsafe transform(session, base, &length)
        return status == srtp_err_status_ok ? .success(Int(length)) : .failure(LibSRTPStatus(status))
    }
}

/// A status of libsrtp2 that is not success.
struct LibSRTPStatus: Error {
    let code: srtp_err_status_t

    init(_ code: srtp_err_status_t) { self.code = code }

    /// The corresponding `SRTPUnprotected`.
    var outcome: SRTPUnprotected {
        switch code {
        case srtp_err_status_replay_fail, srtp_err_status_replay_old: .replayed
        case srtp_err_status_bad_param, srtp_err_status_parse_err, srtp_err_status_cant_check: .malformed
        default: .authenticationFailed
        }
    }
}
