/// Why a section of an offer is answered with port 0, while others are accepted.
package enum SectionRejection: Hashable, Sendable, CustomStringConvertible {
    case disabledByOfferer
    case noCommonCodec(offered: [String])
    case tooManyPublishSections(limit: Int)
    case tooManySlots(limit: Int)
    case dataNotAccepted
    case unsupportedMedia(String)

    package var description: String {
        switch self {
        case .disabledByOfferer: "disabled by the offer"
        case .noCommonCodec(let offered):
            "no codec of the room among " + (offered.isEmpty ? "none" : offered.joined(separator: ", "))
        case .tooManyPublishSections(let limit): "more than \(limit) sections to publish in"
        case .tooManySlots(let limit): "more than \(limit) slots"
        case .dataNotAccepted: "data channels are not served"
        case .unsupportedMedia(let media): "unsupported media \(media.quoted)"
        }
    }
}
