import Cryptography
import Primitives

/// One address at which an agent may be reached: the candidate attribute of RFC 8839 section 5.1.
package struct ICECandidate: Hashable, Sendable {
    /// The transport protocol; anything else is refused.
    package enum Transport: String, Hashable, Sendable {
        case udp
        case tcp
    }

    /// How the agent learned the address (RFC 8445 section 5.1.1).
    package enum Kind: String, Hashable, Sendable {
        case host
        case serverReflexive = "srflx"
        case peerReflexive = "prflx"
        case relayed = "relay"

        /// The type preference that RFC 8445 section 5.1.2.2 recommends.
        package var preference: UInt32 {
            switch self {
            case .host: 126
            case .peerReflexive: 110
            case .serverReflexive: 100
            case .relayed: 0
            }
        }
    }

    /// The end that opens a TCP connection (RFC 6544 section 4.5).
    package enum TCPType: String, Hashable, Sendable {
        case active
        case passive
        case simultaneousOpen = "so"
    }

    /// An extension that is kept without interpretation, such as Chromium's `network-id 1`.
    package struct Extension: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Equal for candidates of one kind, base address and protocol: 1 to 32 `ice-char`s.
    package var foundation: String
    /// 1 for RTP and everything multiplexed with it, 2 for a separate RTCP.
    package var component: Int
    package var transport: Transport
    package var priority: UInt32
    /// An IP address, or a name, such as a browser's `.local` (draft-ietf-mmusic-mdns-ice-candidates).
    package var address: String
    package var port: UInt16
    package var type: Kind
    package var relatedAddress: String?
    package var relatedPort: UInt16?
    package var tcpType: TCPType?
    /// Further extensions, in order.
    package var extensions: [Extension]

    package init(
        foundation: String, component: Int, transport: Transport, priority: UInt32, address: String, port: UInt16,
        type: Kind, relatedAddress: String? = nil, relatedPort: UInt16? = nil, tcpType: TCPType? = nil,
        extensions: [Extension] = []
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        self.address = address
        self.port = port
        self.type = type
        self.relatedAddress = relatedAddress
        self.relatedPort = relatedPort
        self.tcpType = tcpType
        self.extensions = extensions
    }

    /// A UDP host candidate for component 1, as the server announces it.
    ///
    /// The foundation depends only on the address, so that all ports of one address share it, as RFC 8445 section
    /// 5.1.1.3 requires.
    package static func host(address: TransportAddress, localPreference: UInt16 = .max) -> ICECandidate {
        let host = address.host
        let base = Array("host udp \(host)".utf8)
        return ICECandidate(
            foundation: String(CRC32.checksum(base.span)), component: 1, transport: .udp,
            priority: hostPriority(localPreference: localPreference, component: 1), address: host, port: address.port,
            type: .host)
    }

    /// A passive TCP host candidate for component 1 (RFC 6544 section 4.5): the peer opens the connection.
    ///
    /// - Parameter preference: among the TCP candidates, 0 to 8,191; the largest is preferred.
    package static func passiveTCP(address: TransportAddress, preference: UInt16 = 8_191) -> ICECandidate {
        let host = address.host
        let base = Array("host tcp \(host)".utf8)
        return ICECandidate(
            foundation: String(CRC32.checksum(base.span)), component: 1, transport: .tcp,
            priority: tcpPriority(preference: preference), address: host, port: address.port, type: .host,
            tcpType: .passive)
    }

    /// The type preference of TCP host candidates: below UDP candidates of every kind but the relayed ones, since media is
    /// better off without TCP (RFC 6544 section 4.2).
    private static let tcpTypePreference: UInt32 = 90
    /// The direction preference of passive host candidates (RFC 6544 section 4.2).
    private static let passivePreference: UInt32 = 4

    private static func tcpPriority(preference: UInt16) -> UInt32 {
        let localPreference = passivePreference &<< 13 | UInt32(min(preference, 8_191))
        return tcpTypePreference &<< 24 | localPreference &<< 8 | 255
    }

    /// The priority of a candidate (RFC 8445 section 5.1.2.1): type preference, local preference, 256 minus component.
    package static func priority(type: Kind, localPreference: UInt16, component: Int) -> UInt32 {
        let last = UInt32(clamping: 256 - min(max(component, 1), 256))
        return type.preference &<< 24 | UInt32(localPreference) &<< 8 | last
    }

    /// The priority of a host candidate.
    package static func hostPriority(localPreference: UInt16, component: Int) -> UInt32 {
        priority(type: .host, localPreference: localPreference, component: component)
    }

    /// The address and port, `nil` while the address is a name that has yet to be resolved.
    package var transportAddress: TransportAddress? { TransportAddress(address, port: port) }
}
