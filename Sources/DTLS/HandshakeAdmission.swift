import Primitives

/// Decides which records of a received datagram reach OpenSSL while the handshake is under way.
///
/// Plaintext records are not authenticated, and OpenSSL ends a handshake over one plaintext alert, one octet of
/// application data or one handshake message out of order. An attacker who can forge a source address must not be able
/// to end a handshake with such a record. So only records that the handshake needs pass; the rest is dropped, as RFC
/// 6347 section 4.1.2.7 recommends for invalid records. This also limits OpenSSL's memory for reassembly.
///
/// Plaintext records get new record numbers (`RecordNumbers`). A ChangeCipherSpec and encrypted records are held until
/// the handshake waits for them, because OpenSSL drops a ChangeCipherSpec that overtakes the messages before it.
struct HandshakeAdmission {
    /// The largest sum of handshake message lengths that a peer may announce in a handshake, in octets, and so the
    /// limit of reassembly. Browsers need about 2,500.
    static let maximumMessageOctets = 16_384
    /// The highest accepted message number of a handshake; full handshakes end at 7.
    static let maximumMessageSequence: UInt16 = 15
    /// The largest number of encrypted handshake records held for the ChangeCipherSpec; beyond it the oldest is
    /// dropped.
    static let maximumHeldRecords = 4
    /// The longest such record in octets. A Finished has 61.
    static let maximumHeldRecordOctets = 256

    /// The admitted parts of a datagram.
    struct Admitted: Equatable {
        /// The records with plaintext messages for OpenSSL, concatenated; empty if there are none.
        var records: [UInt8] = []
        /// Whether the datagram repeats an answered ClientHello, because the answer was probably lost.
        var repeatsClientHello = false
        /// A plaintext alert that would end the handshake if it were authentic.
        var alert: UInt8?
        /// The number of dropped records; octets after an invalid record count as one.
        var dropped = 0
    }

    private struct Message: Equatable {
        var type: HandshakeFragment.MessageType
        var octets: Int
    }

    /// The peer's role.
    private let peer: DTLSEndpoint.Role
    private var messages: [UInt16: Message] = [:]
    private var announcedOctets = 0
    private var numbers = RecordNumbers()
    private var holdsChangeCipherSpec = false
    private var held: [[UInt8]] = []

    init(peer: DTLSEndpoint.Role) { self.peer = peer }

    /// Sorts the records of `datagram`. Held records are taken later, when the handshake waits for them.
    ///
    /// - Parameter hasSent: Whether this end has sent a flight. Before that a server accepts only a ClientHello,
    ///   afterwards none.
    mutating func admit(_ datagram: Span<UInt8>, hasSent: Bool) -> Admitted {
        var admitted = Admitted()
        let records = DTLSRecord.all(in: datagram)
        if records.last?.range.upperBound ?? 0 < datagram.count { admitted.dropped += 1 }
        for record in records {
            switch (record.type, record.epoch) {
            case (.handshake, 0):
                switch classify(record, of: datagram, hasSent: hasSent) {
                case .needed: append(record, of: datagram, to: &admitted)
                case .repeatedClientHello: admitted.repeatsClientHello = true
                case .unwanted: admitted.dropped += 1
                }
            // A ChangeCipherSpec is one octet of value 1 (RFC 5246 section 7.1).
            case (.changeCipherSpec, 0)
            where hasSent && record.payload.count == 1 && datagram[record.payload.lowerBound] == 1:
                holdsChangeCipherSpec = true
            case (.handshake, 1) where hasSent && record.range.count <= Self.maximumHeldRecordOctets:
                hold(record, of: datagram)
            case (.alert, 0) where hasSent:
                admitted.alert = Self.endingAlert(record, of: datagram) ?? admitted.alert
            case (.handshake, _), (.changeCipherSpec, _), (.alert, _), (.applicationData, _):
                admitted.dropped += 1
            }
        }
        return admitted
    }

    /// The held ChangeCipherSpec, if any; the caller takes it when the messages before it are complete.
    mutating func takeChangeCipherSpec() -> [UInt8]? {
        guard holdsChangeCipherSpec else { return nil }
        holdsChangeCipherSpec = false
        var record: [UInt8] = [DTLSRecord.ContentType.changeCipherSpec.rawValue]
        record.append(bigEndian: DTLSRecord.version12)
        record += Array(repeating: 0, count: DTLSRecord.headerOctets - record.count)
        record[DTLSRecord.headerOctets - 1] = 1
        record.append(1)
        numbers.number(&record, at: 0)
        return record
    }

    /// The oldest held encrypted record; `nil` if there is none. The caller takes it after the peer's ChangeCipherSpec.
    ///
    /// Records of a length that the cipher cannot produce are dropped.
    ///
    /// - Parameters:
    ///   - overhead: Octets that the negotiated cipher adds to a record's content.
    ///   - dropped: Incremented for each dropped record.
    mutating func takeEncrypted(overhead: Int, dropped: inout Int) -> [UInt8]? {
        while !held.isEmpty {
            let record = held.removeFirst()
            if let parsed = try? DTLSRecord(parsing: record.span, at: 0), parsed.canBeEncrypted(overhead: overhead) {
                return record
            }
            dropped &+= 1
        }
        return nil
    }

    private enum Verdict {
        case needed
        case repeatedClientHello
        case unwanted
    }

    private mutating func classify(_ record: DTLSRecord, of datagram: Span<UInt8>, hasSent: Bool) -> Verdict {
        guard let fragments = try? HandshakeFragment.all(in: datagram, record.payload), let first = fragments.first
        else {
            return .unwanted
        }
        if peer == .client, first.type == .clientHello {
            if hasSent { return .repeatedClientHello }
            // Without HelloVerifyRequest there is one ClientHello, and it is the first message.
            guard fragments.allSatisfy({ $0.type == .clientHello && $0.messageSequence == 0 }) else { return .unwanted }
        } else if !hasSent {
            return .unwanted
        }
        for fragment in fragments where !accept(fragment) { return .unwanted }
        return .needed
    }

    /// Records the message of `fragment`; false if it contradicts an earlier fragment or exceeds a limit.
    private mutating func accept(_ fragment: HandshakeFragment) -> Bool {
        guard fragment.type.isSent(by: peer), fragment.messageSequence <= Self.maximumMessageSequence else {
            return false
        }
        let message = Message(type: fragment.type, octets: fragment.messageOctets)
        if let known = messages[fragment.messageSequence] { return known == message }
        guard announcedOctets + message.octets <= Self.maximumMessageOctets else { return false }
        announcedOctets += message.octets
        messages[fragment.messageSequence] = message
        return true
    }

    private mutating func hold(_ record: DTLSRecord, of datagram: Span<UInt8>) {
        if held.count >= Self.maximumHeldRecords { held.removeFirst() }
        held.append([UInt8](copying: datagram.extracting(record.range)))
    }

    private mutating func append(_ record: DTLSRecord, of datagram: Span<UInt8>, to admitted: inout Admitted) {
        let start = admitted.records.count
        for index in record.range { admitted.records.append(datagram[index]) }
        numbers.number(&admitted.records, at: start)
    }

    /// The description of a fatal alert or of a close_notify (RFC 5246 section 7.2).
    private static func endingAlert(_ record: DTLSRecord, of datagram: Span<UInt8>) -> UInt8? {
        guard record.payload.count == DTLSRecord.alertOctets else { return nil }
        let level = datagram[record.payload.lowerBound]
        let description = datagram[record.payload.lowerBound + 1]
        return level == 2 || description == 0 ? description : nil
    }
}

extension Array where Element == UInt8 {
    init(copying octets: Span<UInt8>) {
        self.init()
        reserveCapacity(octets.count)
        for index in octets.indices { append(octets[index]) }
    }
}
