import Primitives
import RTP

/// An event of a client, for its driver.
package enum ClientEvent: Sendable {
    /// ICE has nominated a path, the first or another.
    case pathSelected(NetworkPath)
    /// The DTLS handshake is complete: media can flow.
    case established(SRTPProfile)
    case closed(ClientCloseReason)
    /// The server requests a keyframe of an encoding of a publication (both are indices of the parameters).
    case keyframeRequested(publication: Int, encoding: Int)
    /// The server's feedback on this client's packets.
    case transportFeedback(TransportFeedback)
    /// The bitrate that the server allows (REMB).
    case rateAllowed(Bitrate)
    /// A report on an encoding that this client sends.
    case reported(publication: Int, encoding: Int, ReportBlock)
    /// A sender report of a slot.
    case senderReport(slot: Int, SenderReport)
}
