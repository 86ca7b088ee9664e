extension ICECandidate {
    /// The longest attribute value that the parser accepts, in octets; browsers send about 150.
    package static let maximumOctets = 1_024
    /// The largest number of extensions that the parser accepts.
    package static let maximumExtensions = 16
    /// The longest foundation, in characters (RFC 8839 section 5.1).
    package static let maximumFoundationLength = 32

    /// Parses the value of `a=candidate`, with or without the leading `candidate:` of the attribute's name.
    package init(parsing value: some StringProtocol) throws(ICECandidateError) {
        guard value.utf8.count <= Self.maximumOctets else {
            throw .tooLong(octets: value.utf8.count, limit: Self.maximumOctets)
        }
        // Only spaces separate fields. A control character must not get into SDP that the server writes.
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
        let prefix = "candidate:"
        let text = value.hasPrefix(prefix) ? String(value.dropFirst(prefix.count)) : String(value)
        let fields = text.split(separator: " ").map(String.init)
        guard fields.count >= 8 else { throw .missingFields(needed: 8, available: fields.count) }

        guard (1...Self.maximumFoundationLength).contains(fields[0].utf8.count),
            fields[0].utf8.allSatisfy(ICECharacters.contains)
        else { throw .invalid(.foundation, fields[0]) }
        guard let component = Self.number(fields[1]), (1...256).contains(component) else {
            throw .invalid(.component, fields[1])
        }
        guard let transport = Transport(rawValue: fields[2].lowercased()) else {
            throw .unsupported(.transport, fields[2])
        }
        guard let wide = Self.number(fields[3]), let priority = UInt32(exactly: wide) else {
            throw .invalid(.priority, fields[3])
        }
        guard let port = Self.port(fields[5]) else { throw .invalid(.port, fields[5]) }
        guard fields[6].lowercased() == "typ" else { throw .invalid(.type, fields[6]) }
        guard let type = Kind(rawValue: fields[7].lowercased()) else { throw .unsupported(.type, fields[7]) }
        self.init(
            foundation: fields[0], component: component, transport: transport, priority: priority, address: fields[4],
            port: port, type: type)
        try readExtensions(fields[8...])
    }

    private mutating func readExtensions(_ fields: ArraySlice<String>) throws(ICECandidateError) {
        guard fields.count.isMultiple(of: 2) else { throw .extensionWithoutValue(fields.last ?? "") }
        guard fields.count / 2 <= Self.maximumExtensions else {
            throw .tooManyExtensions(fields.count / 2, limit: Self.maximumExtensions)
        }
        for index in stride(from: fields.startIndex, to: fields.endIndex, by: 2) {
            let value = fields[index + 1]
            switch fields[index] {
            case "raddr": relatedAddress = value
            case "rport":
                guard let port = Self.port(value) else { throw .invalid(.relatedPort, value) }
                relatedPort = port
            case "tcptype":
                guard let type = TCPType(rawValue: value) else { throw .unsupported(.tcpType, value) }
                tcpType = type
            default: extensions.append(Extension(name: fields[index], value: value))
            }
        }
    }

    /// The value for `a=candidate`, without the attribute's name.
    package var sdpValue: String {
        var value =
            "\(foundation) \(component) \(transport.rawValue) \(priority) \(address) \(port) typ \(type.rawValue)"
        if let relatedAddress { value += " raddr \(relatedAddress)" }
        if let relatedPort { value += " rport \(relatedPort)" }
        if let tcpType { value += " tcptype \(tcpType.rawValue)" }
        for item in extensions { value += " \(item.name) \(item.value)" }
        return value
    }

    /// A decimal number of at most ten digits. (`Int.init` alone would also accept a sign.)
    private static func number(_ text: String) -> Int? {
        guard (1...10).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    private static func port(_ text: String) -> UInt16? { number(text).flatMap(UInt16.init(exactly:)) }
}
