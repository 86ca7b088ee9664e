/// The answer to `GET /v1/configuration`: facts that a client needs before it offers.
public struct ConfigurationDocument: Codable, Equatable, Sendable {
    /// The newest WebSocket subprotocol.
    public var `protocol`: String
    /// Whether `join` works without a token.
    public var development: Bool
    /// The default codecs of rooms.
    public var codecs: CodecsInfo
    /// ICE servers for the client's peer connection.
    public var iceServers: [ICEServer]
    /// The limits of an offer.
    public var limits: Limits

    /// What an offer may hold.
    public struct Limits: Codable, Equatable, Sendable {
        /// Slots in one offer.
        public var slots: Int

        /// What an offer may hold.
        public init(slots: Int) { self.slots = slots }
    }

    /// Facts that a client needs before it offers.
    public init(development: Bool, codecs: CodecsInfo, iceServers: [ICEServer], limits: Limits) {
        `protocol` = ProtocolLimits.subprotocol
        self.development = development
        self.codecs = codecs
        self.iceServers = iceServers
        self.limits = limits
    }
}
