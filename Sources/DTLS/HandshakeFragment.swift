import Primitives

/// The header of a handshake message's fragment (RFC 6347 section 4.2.2), readable in epoch 0 only.
struct HandshakeFragment: Equatable {
    /// The plaintext messages of a DTLS-SRTP handshake (RFC 5246 section 7.4, RFC 6347 section 4.3.2).
    enum MessageType: UInt8 {
        case clientHello = 1
        case serverHello = 2
        case helloVerifyRequest = 3
        case certificate = 11
        case serverKeyExchange = 12
        case certificateRequest = 13
        case serverHelloDone = 14
        case certificateVerify = 15
        case clientKeyExchange = 16

        /// Whether the end with this role may send the message.
        func isSent(by role: DTLSEndpoint.Role) -> Bool {
            switch self {
            case .clientHello, .certificateVerify, .clientKeyExchange: role == .client
            case .serverHello, .helloVerifyRequest, .serverKeyExchange, .certificateRequest, .serverHelloDone:
                role == .server
            case .certificate: true
            }
        }
    }

    static let headerOctets = 12

    var type: MessageType
    /// Octets of the whole message.
    var messageOctets: Int
    /// The message's number in the handshake, from 0.
    var messageSequence: UInt16
    /// The range of the message that this fragment carries.
    var part: Range<Int>

    /// Reads the header at `offset` of `octets`; the fragment must lie before `end`.
    init(parsing octets: Span<UInt8>, at offset: Int, before end: Int) throws(HandshakeFragmentError) {
        let type: UInt8
        let start: Int
        let count: Int
        guard end - offset >= Self.headerOctets else {
            throw .short(ShortRead(needed: offset + Self.headerOctets, available: end))
        }
        do {
            type = try octets.uint8(at: offset)
            messageOctets = Int(try octets.uint24(at: offset + 1))
            messageSequence = try octets.uint16(at: offset + 4)
            start = Int(try octets.uint24(at: offset + 6))
            count = Int(try octets.uint24(at: offset + 9))
        } catch {
            throw .short(error)
        }
        guard let type = MessageType(rawValue: type) else { throw .unknownType(type) }
        self.type = type
        part = start..<start + count
        guard end - offset - Self.headerOctets >= count else {
            throw .short(ShortRead(needed: offset + Self.headerOctets + count, available: end))
        }
        // An empty fragment is valid only for an empty message.
        guard part.upperBound <= messageOctets, count > 0 || messageOctets == 0 else {
            throw .partOutsideMessage(part, messageOctets: messageOctets)
        }
    }

    /// The fragments that fill `payload` of `octets`.
    static func all(in octets: Span<UInt8>, _ payload: Range<Int>) throws(HandshakeFragmentError) -> [HandshakeFragment]
    {
        var fragments: [HandshakeFragment] = []
        var offset = payload.lowerBound
        while offset < payload.upperBound {
            let fragment = try HandshakeFragment(parsing: octets, at: offset, before: payload.upperBound)
            fragments.append(fragment)
            offset += headerOctets + fragment.part.count
        }
        return fragments
    }
}

/// Why octets are not a fragment of a handshake message.
enum HandshakeFragmentError: Error, Equatable {
    case short(ShortRead)
    /// A message type that is never in plaintext in a DTLS-SRTP handshake.
    case unknownType(UInt8)
    /// The fragment's range exceeds its message, or is empty although the message is not.
    case partOutsideMessage(Range<Int>, messageOctets: Int)
}
