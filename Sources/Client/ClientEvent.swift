import Primitives
import RTP

/// What a client tells its driver.
package enum ClientEvent: Sendable {
    /// ICE has nominated a path, the first or another.
    case pathSelected(NetworkPath)
    /// DTLS is through: media can flow.
    case established(SRTPProfile)
    case closed(ClientCloseReason)
    /// The server wants a keyframe of an encoding of a publication (both indices of the parameters).
    case keyframeRequested(publication: Int, encoding: Int)
    /// The server tells what came of our packets.
    case transportFeedback(TransportFeedback)
    /// The server names the rate that may be sent (REMB).
    case rateAllowed(Bitrate)
    /// A report on an encoding that this client sends.
    case reported(publication: Int, encoding: Int, ReportBlock)
    /// A sender report of a slot.
    case senderReport(slot: Int, SenderReport)
}
