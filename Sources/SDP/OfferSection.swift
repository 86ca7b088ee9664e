import ICE
import Primitives
import RTP

/// One m-section of an offer, understood.
package struct OfferSection: Sendable {
    /// What an m-section is for.
    package enum Kind: Hashable, Sendable {
        case audio
        case video
        /// A data section: SCTP over DTLS (RFC 8841).
        case application
        /// Anything else (`text`, `image`, other `application` protocols): always rejected.
        case unsupported

        /// The kind of media, for sections that carry RTP.
        package var mediaKind: MediaKind? {
            switch self {
            case .audio: .audio
            case .video: .video
            case .application, .unsupported: nil
            }
        }
    }

    /// Octets of a mid, as on every other door. One of more than 16 needs two-byte header extensions where packets carry
    /// it (RFC 8285 section 4.3).
    package static let maximumMidOctets = 32
    /// The mid of the only section of an offer that names none.
    static let impliedMid = "0"

    /// Counts m-lines from 0.
    package let index: Int
    /// `nil` only in a section that the offerer itself has disabled.
    package private(set) var mid: String?
    /// Whether the offer has an `a=mid` here, so that the answer has one.
    package let statesMid: Bool
    package let kind: Kind
    /// Seen from the offerer; `recvonly` for `sendrecv` where the offer was read as one that only receives.
    package let direction: MediaDirection
    /// Whether the offerer has disabled the section: port 0 without `a=bundle-only` (RFC 9143 section 6).
    package let isZeroPort: Bool
    /// Payload types whose codec the server knows, in the order of the m-line.
    package let payloads: [PayloadMapping]
    /// The payload types that each RED payload type carries (RFC 2198 section 5).
    package let redundancy: [UInt8: [UInt8]]
    /// The known header extensions that may be used in the direction of the section.
    package let extensions: HeaderExtensionMap
    /// What the offerer wants to send, by RID.
    package let simulcast: SimulcastDescription
    package let sources: SourceAttributes
    package let msid: MediaStreamIdentification?
    /// RFC 8841 section 5.
    package let sctpPort: UInt16?
    /// Octets; 0 means no limit, the default is 65,536 (RFC 8841 section 6).
    package let maxMessageSize: UInt64?

    /// The m-line, for the answer and for checks.
    let media: String
    let transportProtocol: String
    let formats: [String]
    let parameters: [UInt8: FormatParameters]
    /// Names of all codecs that the section lists, known or not.
    let codecNames: [String]
    let extensionTable: ExtensionTable
    /// Whether this section says `a=extmap-allow-mixed` by itself.
    let allowsMixedHere: Bool
    let hasRTCPMux: Bool
    let hasReducedSizeRTCP: Bool
    let hasSDES: Bool
    /// Whether the section names ICE credentials itself, as sections that only ride in a bundle need not.
    let statesTransport: Bool
    /// What the section says itself, or takes from session level.
    let transport: TransportDescription

    /// Understands a section; nothing in it can fail, what must not be is refused by `Offer`.
    init(_ section: MediaDescription, index: Int, session: SessionAttributes, receivesOnly: Bool = false) {
        let attributes = AttributeIndex(section.attributes)
        self.index = index
        mid = attributes.first("mid")
        statesMid = mid != nil
        kind = Self.kind(of: section)
        let stated = MediaDirection(attributes) ?? session.direction ?? .sendrecv
        direction = receivesOnly && stated == .sendrecv ? .recvonly : stated
        isZeroPort = section.port == 0 && !attributes.contains("bundle-only")
        media = section.media
        transportProtocol = section.transportProtocol
        formats = section.formats
        allowsMixedHere = attributes.contains("extmap-allow-mixed")
        // RFC 8858 section 4.2: whoever asks for `rtcp-mux-only` has asked for more.
        hasRTCPMux = attributes.contains("rtcp-mux") || attributes.contains("rtcp-mux-only")
        hasReducedSizeRTCP = attributes.contains("rtcp-rsize")
        hasSDES = attributes.contains("crypto")
        statesTransport = attributes.contains("ice-ufrag")
        transport = TransportDescription(attributes).inheriting(session.transport)

        let table =
            kind.mediaKind == nil
            ? PayloadTable(formats: [], attributes: AttributeIndex([]))
            : PayloadTable(formats: section.formats, attributes: attributes)
        payloads = table.payloads.filter { $0.format.codec.kind == Self.kind(of: section).mediaKind }
        redundancy = table.redundancy
        parameters = table.parameters
        codecNames = table.codecNames
        extensionTable = ExtensionTable(
            attributes.all("extmap") + session.extmaps, direction: direction,
            allowsTwoByte: allowsMixedHere || session.allowsMixed || direction.sends)
        extensions = extensionTable.map
        simulcast = SimulcastDescription(attributes, direction: "send")
        sources = SourceAttributes(attributes)
        msid = attributes.first("msid").flatMap { MediaStreamIdentification($0) }
        sctpPort = attributes.first("sctp-port").flatMap { UInt16(decimal: $0) }
        maxMessageSize = attributes.first("max-message-size").flatMap { UInt64(decimal: $0) }
    }

    /// Gives the section a mid where it has none.
    mutating func nameForAnswer() { mid = mid ?? Self.impliedMid }

    private static func kind(of section: MediaDescription) -> Kind {
        switch section.media {
        case "audio": .audio
        case "video": .video
        case "application" where section.transportProtocol.hasSuffix("DTLS/SCTP"): .application
        default: .unsupported
        }
    }

    /// How errors name the section.
    var label: String { "m-section \(index) (\(media.quoted)" + (mid.map { ", mid \($0.quoted)" } ?? "") + ")" }
}
