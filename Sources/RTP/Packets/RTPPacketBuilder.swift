import Primitives

/// An RTP packet to write, for the client role and for other packets that are not forwarded.
package struct RTPPacketBuilder: Sendable {
    /// One header extension element to write.
    package struct Element: Sendable, Equatable {
        /// 1 to 255.
        package var identifier: UInt8
        /// At most 255 octets.
        package var data: [UInt8]

        package init(identifier: UInt8, data: [UInt8]) {
            self.identifier = identifier
            self.data = data
        }

        /// Whether any form of RFC 8285 can carry this element.
        fileprivate var isWritable: Bool { identifier != 0 && data.count <= 255 }
        /// Whether the one-byte form can (RFC 8285 section 4.2).
        fileprivate var fitsOneByte: Bool { (1...14).contains(identifier) && (1...16).contains(data.count) }
    }

    package var payloadType: UInt8
    package var isMarker = false
    package var sequenceNumber: UInt16
    package var timestamp: UInt32
    package var ssrc: SSRC
    /// CSRCs after the fifteenth are not written.
    package var csrcs: [UInt32] = []
    /// Elements that neither form of RFC 8285 can carry are not written.
    package var extensions: [Element] = []
    package var payload: [UInt8]
    /// Octets of padding after the payload, the count octet included; 0 for none.
    package var paddingCount: UInt8 = 0

    package init(
        payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: SSRC, payload: [UInt8] = []
    ) {
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = payload
    }

    /// The whole packet.
    package var octets: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// Writes header, payload and padding.
    package func append(to bytes: inout [UInt8]) {
        let written = extensions.filter(\.isWritable)
        let csrcs = csrcs.prefix(RTPHeader.maximumCSRCs)
        var first = 0x80 | UInt8(truncatingIfNeeded: csrcs.count)
        if paddingCount > 0 { first |= 0x20 }
        if !written.isEmpty { first |= 0x10 }
        bytes.append(first)
        bytes.append(payloadType & 0x7F | (isMarker ? 0x80 : 0))
        bytes.append(bigEndian: sequenceNumber)
        bytes.append(bigEndian: timestamp)
        bytes.append(bigEndian: ssrc.rawValue)
        for csrc in csrcs { bytes.append(bigEndian: csrc) }
        if !written.isEmpty { Self.append(written, to: &bytes) }
        bytes.append(contentsOf: payload)
        if paddingCount > 0 {
            bytes.append(contentsOf: repeatElement(0, count: Int(paddingCount) - 1))
            bytes.append(paddingCount)
        }
    }

    /// Writes the one-byte form if all elements fit it, otherwise the two-byte form, padded to whole words.
    private static func append(_ elements: [Element], to bytes: inout [UInt8]) {
        let isOneByte = elements.allSatisfy(\.fitsOneByte)
        bytes.append(bigEndian: isOneByte ? 0xBEDE as UInt16 : 0x1000)
        let lengthOffset = bytes.count
        bytes.append(bigEndian: 0 as UInt16)
        let start = bytes.count
        for element in elements {
            let count = UInt8(truncatingIfNeeded: element.data.count)
            if isOneByte {
                bytes.append(element.identifier &<< 4 | (count &- 1))
            } else {
                bytes.append(element.identifier)
                bytes.append(count)
            }
            bytes.append(contentsOf: element.data)
        }
        while !(bytes.count - start).isMultiple(of: 4) { bytes.append(0) }
        bytes.set(bigEndian: UInt16(truncatingIfNeeded: (bytes.count - start) / 4), at: lengthOffset)
    }
}
