import Primitives

/// The position of one record in a datagram, and the fields of its header (RFC 6347 section 4.1). The header is not
/// encrypted, so it is readable in every epoch. It is not authenticated before decryption, so its fields are never
/// trustworthy here.
struct DTLSRecord: Equatable {
    /// The content type of a record (RFC 5246 section 6.2.1).
    enum ContentType: UInt8 {
        case changeCipherSpec = 20
        case alert = 21
        case handshake = 22
        case applicationData = 23
    }

    static let headerOctets = 13
    /// The offset of the 48-bit record number in a record, after type, version and epoch.
    static let numberOffset = 5
    static let version10: UInt16 = 0xFEFF
    static let version12: UInt16 = 0xFEFD

    var type: ContentType
    /// 0 before the ChangeCipherSpec, 1 after it; more would be a renegotiation.
    var epoch: UInt16
    /// The record with its header.
    var range: Range<Int>

    /// The record without its header.
    var payload: Range<Int> { range.lowerBound + Self.headerOctets..<range.upperBound }

    /// Reads the header at `offset` of `datagram`, in which the whole record must lie.
    init(parsing datagram: Span<UInt8>, at offset: Int) throws(DTLSRecordError) {
        let (typeNumber, version, epoch, length) = try Self.readHeader(datagram, at: offset)
        // A ClientHello may come in records of version 1.0 (RFC 6347 section 4.2.1).
        guard version == Self.version12 || version == Self.version10 else { throw .unknownVersion(version) }
        let end = offset + Self.headerOctets + Int(length)
        guard end <= datagram.count else { throw .short(ShortRead(needed: end, available: datagram.count)) }
        guard let type = ContentType(rawValue: typeNumber) else { throw .unknownType(typeNumber) }
        self.type = type
        self.epoch = epoch
        self.range = offset..<end
    }

    /// Whether a cipher that adds `overhead` octets can produce a record of this length in epoch 1.
    ///
    /// OpenSSL 3.0.19 and others before 3.0.22 end a session over an encrypted record that is too short for nonce and
    /// tag, although nothing in it is authenticated.
    func canBeEncrypted(overhead: Int) -> Bool {
        let content = payload.count - overhead
        return switch type {
        case .changeCipherSpec: false
        case .alert: content == Self.alertOctets
        case .handshake: content > HandshakeFragment.headerOctets
        case .applicationData: content >= 0
        }
    }

    /// Level and description (RFC 5246 section 7.2).
    static let alertOctets = 2

    private static func readHeader(
        _ datagram: Span<UInt8>, at offset: Int
    ) throws(DTLSRecordError) -> (type: UInt8, version: UInt16, epoch: UInt16, length: UInt16) {
        do {
            try datagram.require(headerOctets, at: offset)
            return (
                try datagram.uint8(at: offset), try datagram.uint16(at: offset + 1),
                try datagram.uint16(at: offset + 3), try datagram.uint16(at: offset + 11)
            )
        } catch {
            throw .short(error)
        }
    }

    /// The records of `datagram` from its start to the first invalid record; records after that cannot be located.
    static func all(in datagram: Span<UInt8>) -> [DTLSRecord] {
        var records: [DTLSRecord] = []
        var offset = 0
        while offset < datagram.count, let record = try? DTLSRecord(parsing: datagram, at: offset) {
            records.append(record)
            offset = record.range.upperBound
        }
        return records
    }
}

/// Why octets are not a record of DTLS 1.2.
enum DTLSRecordError: Error, Equatable {
    case short(ShortRead)
    /// A content type other than 20 to 23; DTLS 1.3's unified headers (RFC 9147 section 4) end here, too.
    case unknownType(UInt8)
    /// A version other than 0xFEFF and 0xFEFD.
    case unknownVersion(UInt16)
}
