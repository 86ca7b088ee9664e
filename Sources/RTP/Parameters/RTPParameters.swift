import Primitives

/// The parameters for receiving one media section from a peer (a publish section).
package struct ReceiveParameters: Hashable, Sendable {
    /// One encoding that the peer may send: a simulcast layer, or the only one.
    package struct Encoding: Hashable, Sendable {
        /// The RID (RFC 8851), `nil` without simulcast.
        package var rid: String?
        /// The SSRC, if the offer states it.
        package var ssrc: SSRC?
        /// The SSRC of the retransmissions, if the offer states it.
        package var rtxSSRC: SSRC?

        package init(rid: String? = nil, ssrc: SSRC? = nil, rtxSSRC: SSRC? = nil) {
            self.rid = rid
            self.ssrc = ssrc
            self.rtxSSRC = rtxSSRC
        }
    }

    package var mid: String
    package var kind: MediaKind
    /// In the order of the answer; the peer is expected to send the first.
    package var payloads: [PayloadMapping]
    package var extensions: HeaderExtensionMap
    /// At least one. The order is independent of the pictures' sizes.
    package var encodings: [Encoding]

    package init(
        mid: String, kind: MediaKind, payloads: [PayloadMapping], extensions: HeaderExtensionMap, encodings: [Encoding]
    ) {
        self.mid = mid
        self.kind = kind
        self.payloads = payloads
        self.extensions = extensions
        self.encodings = encodings
    }
}

/// The parameters for sending one media section to a peer (a slot).
package struct SendParameters: Hashable, Sendable {
    package var mid: String
    package var kind: MediaKind
    /// All payload types that the peer accepts in this section, in its order of preference.
    package var payloads: [PayloadMapping]
    package var extensions: HeaderExtensionMap
    package var ssrc: SSRC
    /// The SSRC of retransmissions, if RTX is negotiated.
    package var rtxSSRC: SSRC?
    /// The CNAME of the seat (RFC 3550 section 6.5.1): players synchronize slots that share it.
    package var cname: String

    package init(
        mid: String, kind: MediaKind, payloads: [PayloadMapping], extensions: HeaderExtensionMap, ssrc: SSRC,
        rtxSSRC: SSRC? = nil, cname: String
    ) {
        self.mid = mid
        self.kind = kind
        self.payloads = payloads
        self.extensions = extensions
        self.ssrc = ssrc
        self.rtxSSRC = rtxSSRC
        self.cname = cname
    }
}
