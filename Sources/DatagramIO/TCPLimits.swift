/// Limits of a worker's TCP connections (RFC 6544); Docs/Networks.md tells them.
package enum TCPLimits {
    /// Connections of a worker at a time; further ones are closed at once.
    package static let maximumConnections = 1_024
    /// Connections of one host at a time: an office that blocks UDP comes from one address. Of IPv6, hosts with the same first
    /// 64 bits count as one.
    package static let maximumPerHost = 256
    /// Connections on which no check has named a peer yet, of a worker and of one host.
    package static let maximumUnproven = 256
    package static let maximumUnprovenPerHost = 64
    /// A connection without a peer is closed after this time: no check has named one, or the peer is gone.
    package static let unprovenTime = Duration.seconds(10)
    /// A frame that has begun must be complete within this time.
    package static let frameTime = Duration.seconds(10)
    /// A connection on which nothing came for this time is closed: consent has ended (RFC 7675).
    package static let idleTime = Duration.seconds(30)
    /// Connections accepted per turn of the worker.
    package static let acceptsPerTurn = 16
    /// After the process or the host has run out of descriptors or memory, nothing is accepted for this time; who waits stays
    /// in the kernel's queue.
    package static let acceptPause = Duration.seconds(1)
    /// Connections that the kernel keeps until they are accepted.
    package static let backlog: Int32 = 128

    /// Octets of the longest frame that is received, without its length; a longer one closes the connection. Datagrams of
    /// DTLS and SRTP have at most 1,500.
    package static let maximumFrame = 4_096

    /// Octets that wait for one connection at most, lengths included; what does not fit is dropped.
    package static let maximumQueue = 256 * 1_024
    /// With more octets than this waiting, a connection is congested: video stays in the publishers' buffers.
    package static let congestedQueue = 32 * 1_024
    /// With no more than this waiting, it is congested no longer.
    package static let clearQueue = 8 * 1_024
    /// A connection whose oldest datagram has waited for longer is stalled: what waits is dropped, and no media is queued
    /// until the connection takes data again.
    package static let longestWait = Duration.seconds(2)
    /// A connection that is stalled for longer is closed.
    package static let longestStall = Duration.seconds(15)

    /// Octets that the kernel keeps of what the other end has not acknowledged: 200 ms of 10 Mbit/s.
    package static let kernelBuffer: Int32 = 256 * 1_024
    /// Octets that the kernel keeps of what it has not sent yet (TCP_NOTSENT_LOWAT): what waits shall wait where it can be
    /// dropped.
    package static let kernelUnsent: Int32 = 16 * 1_024
}
