/// The synchronisation source of an RTP stream (RFC 3550 section 5.1).
package struct SSRC: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
    package var description: String { String(rawValue) }
}

/// Names one peer's transport (ICE, DTLS, SRTP); unique in the process and never used again.
package struct TransportID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package var description: String { "transport-\(rawValue)" }
}

/// Names one published track; unique in the process and never used again.
package struct TrackID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package var description: String { "track-\(rawValue)" }
}

/// Names one media worker: its thread, its socket and its port.
package struct WorkerID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package var description: String { "worker-\(rawValue)" }
}
