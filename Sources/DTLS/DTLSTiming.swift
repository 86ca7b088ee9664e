/// The times of a handshake.
package struct DTLSTiming: Sendable {
    /// How long after a flight was sent it is first sent again. RFC 6347 section 4.2.4.1 recommends a second; a viewer
    /// waits for this handshake, paths of WebRTC answer in far less, and a flight has about 1,000 octets.
    package var initialTimeout: Duration
    /// The time doubles at each repetition up to this.
    package var maximumTimeout: Duration
    /// How long after an endpoint was made its handshake is given up.
    package var handshakeLimit: Duration
    /// The least time between two transmissions of one flight where the peer's repetition asks for it, so that datagrams
    /// doubled on the way, or forged ones, do not multiply what is sent.
    package var minimumResendInterval: Duration
    /// How long a handshake goes on after an alert in plaintext, which anybody may have forged: if its other end goes on
    /// as well, the alert was not its own.
    package var alertGrace: Duration

    package init(
        initialTimeout: Duration = .milliseconds(100), maximumTimeout: Duration = .milliseconds(1_600),
        handshakeLimit: Duration = .seconds(30), minimumResendInterval: Duration = .milliseconds(20),
        alertGrace: Duration = .seconds(1)
    ) {
        self.initialTimeout = initialTimeout
        self.maximumTimeout = maximumTimeout
        self.handshakeLimit = handshakeLimit
        self.minimumResendInterval = minimumResendInterval
        self.alertGrace = alertGrace
    }

    package static let `default` = DTLSTiming()
}
