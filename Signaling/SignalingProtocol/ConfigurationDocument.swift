/// What `GET /v1/configuration` answers: what a client wants to know before it offers.
public struct ConfigurationDocument: Codable, Equatable, Sendable {
    /// The newest WebSocket subprotocol.
    public var `protocol`: String
    /// Whether `join` works without a token.
    public var development: Bool
    /// What rooms use unless they say otherwise.
    public var codecs: CodecsInfo
    /// For the client's peer connection.
    public var iceServers: [ICEServer]
    /// What the client may ask for.
    public var limits: Limits

    /// What an offer may hold.
    public struct Limits: Codable, Equatable, Sendable {
        /// Slots in one offer.
        public var slots: Int

        /// What an offer may hold.
        public init(slots: Int) { self.slots = slots }
    }

    /// What a client wants to know before it offers.
    public init(development: Bool, codecs: CodecsInfo, iceServers: [ICEServer], limits: Limits) {
        `protocol` = ProtocolLimits.subprotocol
        self.development = development
        self.codecs = codecs
        self.iceServers = iceServers
        self.limits = limits
    }
}
