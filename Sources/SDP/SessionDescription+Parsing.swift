extension SessionDescription {
    /// Reads a description line by line. Lines may end with CRLF or LF. Empty lines and unknown line types are skipped;
    /// the order of session lines is not checked. Throws as soon as a limit is exceeded, before reading further.
    package init(parsing text: String, limits: SessionDescriptionLimits = .standard) throws(SDPError) {
        let octets = text.utf8.count
        guard octets <= limits.octets else { throw .tooLarge(octets: octets, limit: limits.octets) }

        self.init(origin: "")
        var rest = text[...]
        var line = 0
        var isFirst = true
        while !rest.isEmpty {
            line += 1
            guard line <= limits.lines else { throw .tooManyLines(limit: limits.lines) }
            let (whole, tail) = rest.divided(at: UInt8(ascii: "\n"))
            rest = tail ?? ""
            let content = whole.utf8.last == UInt8(ascii: "\r") ? whole.withoutLastOctet : whole
            if content.isEmpty { continue }
            if isFirst {
                guard content == "v=0" else { throw .notSDP(firstLine: content.excerpt) }
                isFirst = false
                continue
            }
            try readLine(content, number: line, limits: limits)
        }
        if isFirst { throw .notSDP(firstLine: "") }
    }

    private mutating func readLine(_ content: Substring, number line: Int, limits: SessionDescriptionLimits)
        throws(SDPError)
    {
        let length = content.utf8.count
        guard length <= limits.lineOctets else {
            throw .lineTooLong(line: line, octets: length, limit: limits.lineOctets)
        }
        // RFC 8866 section 9: a byte-string holds neither NUL nor CR nor LF. A lone CR would inject a line into a more
        // lenient reader.
        let (head, tail) = content.divided(at: Separator.equals)
        guard let value = tail, head.utf8.count == 1, let type = head.utf8.first,
            content.utf8.allSatisfy({ $0 != 0 && $0 != UInt8(ascii: "\r") })
        else { throw .malformedLine(line: line, text: content.excerpt) }

        switch type {
        case UInt8(ascii: "a"):
            try addAttribute(value, limits: limits)
        case UInt8(ascii: "m"):
            guard media.count < limits.sections else { throw .tooManySections(limit: limits.sections) }
            guard let section = MediaDescription(mLine: value) else {
                throw .malformedLine(line: line, text: content.excerpt)
            }
            guard section.formats.count <= limits.formats else {
                throw .tooManyFormats(section: media.count, limit: limits.formats)
            }
            media.append(section)
        case UInt8(ascii: "c"):
            if !media.isEmpty { media[media.count - 1].connection = String(value) }
        case UInt8(ascii: "o"):
            if media.isEmpty { origin = String(value) }
        default:
            break
        }
    }

    private mutating func addAttribute(_ text: Substring, limits: SessionDescriptionLimits) throws(SDPError) {
        let (name, value) = text.divided(at: Separator.colon)
        let attribute = SDPAttribute(String(name), value.map { String($0) })
        if media.isEmpty {
            guard attributes.count < limits.attributes else {
                throw .tooManyAttributes(section: nil, limit: limits.attributes)
            }
            attributes.append(attribute)
        } else {
            let section = media.count - 1
            guard media[section].attributes.count < limits.attributes else {
                throw .tooManyAttributes(section: section, limit: limits.attributes)
            }
            media[section].attributes.append(attribute)
        }
    }
}

extension Substring {
    fileprivate var withoutLastOctet: Substring { Substring(utf8.dropLast()) }

    /// The beginning of the text, for errors.
    fileprivate var excerpt: String { String(decoding: utf8.prefix(64), as: UTF8.self) }
}
