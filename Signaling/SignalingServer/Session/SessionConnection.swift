import SignalingProtocol

/// The connection of a session as the session sees it. Nothing here waits.
protocol SessionConnection: AnyObject, Sendable {
    /// The token of the upgrade's `Authorization` header.
    var bearerToken: String? { get }

    /// Sends a text message; one sent after `close` is dropped.
    func send(_ text: String)
    /// Sends the session's event `seq` in UTF-8.
    func send(_ text: [UInt8], seq: Int)
    /// Counts the last message as one that could not be read.
    func penalize()
    /// Closes after what was sent before; the first code given is the one that goes out.
    func close(_ code: CloseCode, _ reason: String)
}
