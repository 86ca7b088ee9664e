/// The RTP header extensions that the server knows.
package enum HeaderExtension: UInt8, Hashable, Sendable, CaseIterable {
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464)
    case audioLevel
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`
    case absoluteSendTime
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`
    case transportSequenceNumber
    /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 9143 section 15.2)
    case mid
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id` (RFC 8852)
    case rid
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id` (RFC 8852)
    case repairedRid
    /// `urn:3gpp:video-orientation`
    case videoOrientation
    /// `http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`
    case playoutDelay
    /// `urn:ietf:params:rtp-hdrext:toffset` (RFC 5450)
    case transmissionOffset
    /// `https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension`
    case dependencyDescriptor

    /// The URI of the extension in `a=extmap`.
    package var uri: String {
        switch self {
        case .audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
        case .absoluteSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
        case .transportSequenceNumber:
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
        case .mid: "urn:ietf:params:rtp-hdrext:sdes:mid"
        case .rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
        case .repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
        case .videoOrientation: "urn:3gpp:video-orientation"
        case .playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
        case .transmissionOffset: "urn:ietf:params:rtp-hdrext:toffset"
        case .dependencyDescriptor:
            "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
        }
    }

    /// The extension with this URI; `nil` if it is unknown.
    package init?(uri: some StringProtocol) {
        guard let known = Self.allCases.first(where: { $0.uri == uri }) else { return nil }
        self = known
    }
}

/// The local identifiers (RFC 8285 section 4.1) of the known header extensions in one media section.
package struct HeaderExtensionMap: Hashable, Sendable {
    /// Indexed by `HeaderExtension.rawValue`; 0 if the extension is not negotiated.
    private var identifiers: InlineArray<10, UInt8>

    package init() { identifiers = .init(repeating: 0) }

    /// The identifier of `extension`, 1 to 255; `nil` if it is not negotiated.
    package subscript(_ extension: HeaderExtension) -> UInt8? {
        get {
            let identifier = identifiers[Int(`extension`.rawValue)]
            return identifier == 0 ? nil : identifier
        }
        set { identifiers[Int(`extension`.rawValue)] = newValue ?? 0 }
    }

    package static func == (a: HeaderExtensionMap, b: HeaderExtensionMap) -> Bool {
        HeaderExtension.allCases.allSatisfy { a[$0] == b[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for known in HeaderExtension.allCases { hasher.combine(self[known]) }
    }
}
