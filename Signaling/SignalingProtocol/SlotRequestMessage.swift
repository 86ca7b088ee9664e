/// The use of a receive section of an offer.
public struct SlotRequestMessage: Codable, Equatable, Sendable {
    /// The section's media identification.
    public var mid: String
    /// Half of a seat, half of a screen, or audio alone.
    public var use: SlotUseName
    /// The number of the seat, screen or audio slot, each from 0; the two sections of a seat share it.
    public var seat: Int

    /// A slot of the offer.
    public init(mid: String, use: SlotUseName, seat: Int) {
        self.mid = mid
        self.use = use
        self.seat = seat
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        mid = try fields.string(.mid, atMost: ProtocolLimits.midSize)
        use = try fields.decode(SlotUseName.self, forKey: .use)
        seat = try fields.integer(.seat, in: 0...Int(UInt8.max))
    }
}

/// The use of a send section of an offer.
public struct PublishRequestMessage: Codable, Equatable, Sendable {
    /// The section's media identification.
    public var mid: String
    /// The source that it may carry on stage.
    public var source: MediaSource
    /// Whether it is kept for the source in a second codec; `nil` is false.
    public var second: Bool?

    /// A send section of the offer.
    public init(mid: String, source: MediaSource, second: Bool? = nil) {
        self.mid = mid
        self.source = source
        self.second = second
    }

    /// What no two sections of an offer have in common.
    var use: String { second == true ? "\(source.rawValue), second" : source.rawValue }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        mid = try fields.string(.mid, atMost: ProtocolLimits.midSize)
        source = try fields.decode(MediaSource.self, forKey: .source)
        second = try fields.decodeIfPresent(Bool.self, forKey: .second)
    }
}

/// A client's wish for one slot.
public struct SlotWish: Codable, Equatable, Sendable {
    /// The slot's media identification.
    public var mid: String
    /// The wanted track; `nil`: the server chooses.
    public var track: String?
    /// The width in device pixels; `nil` means no limit.
    public var width: UInt16?
    /// The height in device pixels; `nil` means no limit.
    public var height: UInt16?
    /// The priority for bandwidth, higher first; `nil` is 0.
    public var priority: UInt8?
    /// Whether the slot is shown; `nil` is true.
    public var visible: Bool?

    /// A wish for one slot.
    public init(
        mid: String, track: String? = nil, width: UInt16? = nil, height: UInt16? = nil, priority: UInt8? = nil,
        visible: Bool? = nil
    ) {
        self.mid = mid
        self.track = track
        self.width = width
        self.height = height
        self.priority = priority
        self.visible = visible
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        mid = try fields.string(.mid, atMost: ProtocolLimits.midSize)
        track = try fields.stringIfPresent(.track, atMost: ProtocolLimits.identifierSize)
        width = try fields.integerIfPresent(.width, in: 0...Int(UInt16.max)).map(UInt16.init)
        height = try fields.integerIfPresent(.height, in: 0...Int(UInt16.max)).map(UInt16.init)
        priority = try fields.integerIfPresent(.priority, in: 0...Int(UInt8.max)).map(UInt8.init)
        visible = try fields.decodeIfPresent(Bool.self, forKey: .visible)
    }
}
