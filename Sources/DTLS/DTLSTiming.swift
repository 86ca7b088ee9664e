/// The times of a handshake.
package struct DTLSTiming: Sendable {
    /// The time until a flight is first resent. RFC 6347 section 4.2.4.1 recommends a second. It is shorter here
    /// because a viewer waits for the handshake, WebRTC paths answer much sooner, and a flight has only about 1,000
    /// octets.
    package var initialTimeout: Duration
    /// The limit of the resend interval, which doubles with each repetition.
    package var maximumTimeout: Duration
    /// The time from an endpoint's creation until its handshake is given up.
    package var handshakeLimit: Duration
    /// The shortest time between two transmissions of a flight that the peer's repetitions cause, so that duplicated or
    /// forged datagrams do not multiply the output.
    package var minimumResendInterval: Duration
    /// The time for which a handshake continues after a plaintext alert, which may be forged. If the peer continues
    /// too, the alert was not the peer's.
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
