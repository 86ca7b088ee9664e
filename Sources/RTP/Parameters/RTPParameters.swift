import Primitives

/// What a peer sends us in one m-section: what the publish side of a transport must know to receive it.
package struct ReceiveParameters: Hashable, Sendable {
    /// One encoding that the peer may send: a simulcast layer, or the only one.
    package struct Encoding: Hashable, Sendable {
        /// The RID (RFC 8851), `nil` without simulcast.
        package var rid: String?
        /// The SSRC, where the offer told it.
        package var ssrc: SSRC?
        /// The SSRC of the retransmissions, where the offer told it.
        package var rtxSSRC: SSRC?

        package init(rid: String? = nil, ssrc: SSRC? = nil, rtxSSRC: SSRC? = nil) {
            self.rid = rid
            self.ssrc = ssrc
            self.rtxSSRC = rtxSSRC
        }
    }

    package var mid: String
    package var kind: MediaKind
    /// In the order of the answer: the first is what the peer will send.
    package var payloads: [PayloadMapping]
    package var extensions: HeaderExtensionMap
    /// At least one. The order says nothing of the pictures' sizes.
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

/// What we send a peer in one m-section: a slot, as its transport must know it.
package struct SendParameters: Hashable, Sendable {
    package var mid: String
    package var kind: MediaKind
    /// Every payload type the peer accepts here, in its order of preference.
    package var payloads: [PayloadMapping]
    package var extensions: HeaderExtensionMap
    package var ssrc: SSRC
    /// The SSRC of retransmissions, where RTX is negotiated.
    package var rtxSSRC: SSRC?
    /// The CNAME of the seat (RFC 3550 section 6.5.1): slots that share it are played in step.
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
