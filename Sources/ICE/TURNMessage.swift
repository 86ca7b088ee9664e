import Cryptography
import Primitives

/// What a client of a TURN server writes and reads beyond STUN (RFC 8656): for checking such a server.
package enum TURN {
    package static let allocateMethod: UInt16 = 0x003
    package static let refreshMethod: UInt16 = 0x004
    package static let sendMethod: UInt16 = 0x006
    package static let dataMethod: UInt16 = 0x007
    package static let createPermissionMethod: UInt16 = 0x008

    /// The key of a long-term credential (RFC 8489 section 9.2.2). The texts are used as they are: OpaqueString (RFC 8265)
    /// changes none that is visible ASCII.
    package static func key(username: String, realm: String, password: String) -> [UInt8] {
        MD5.digest(of: Array("\(username):\(realm):\(password)".utf8).span)
    }
}

extension STUNAttributeType {
    package static let lifetime = STUNAttributeType(rawValue: 0x000D)
    package static let xorPeerAddress = STUNAttributeType(rawValue: 0x0012)
    package static let data = STUNAttributeType(rawValue: 0x0013)
    package static let xorRelayedAddress = STUNAttributeType(rawValue: 0x0016)
    package static let requestedAddressFamily = STUNAttributeType(rawValue: 0x0017)
    package static let requestedTransport = STUNAttributeType(rawValue: 0x0019)
}

extension STUNMessage {
    /// The value of the first attribute of this type in a message that was parsed; `nil` if there is none.
    package static func value(of type: STUNAttributeType, in message: Span<UInt8>) -> [UInt8]? {
        var cursor = STUNAttributeCursor()
        while let attribute = try? cursor.next(in: message) {
            if attribute.type == type { return attribute.value.map { message[$0] } }
        }
        return nil
    }
}

extension TransportAddress {
    /// The value of XOR-PEER-ADDRESS for this address (RFC 8656 section 18.3).
    package func xorValue(for id: STUNTransactionID) -> [UInt8] {
        let address = combined(with: id)
        var value: [UInt8] = [0, address.family == .v4 ? 1 : 2]
        value.append(bigEndian: address.port)
        switch address.family {
        case .v4: value.append(bigEndian: UInt32(truncatingIfNeeded: address.low))
        case .v6:
            value.append(bigEndian: address.high)
            value.append(bigEndian: address.low)
        }
        return value
    }
}
