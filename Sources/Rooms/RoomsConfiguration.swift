/// The limits of the server's rooms, with defaults, and the settings of rooms whose maker chooses none. An operator
/// sets only the part of `settings` that the configuration file calls `rooms.*`, and development mode; the rest are
/// constants.
package struct RoomsConfiguration: Hashable, Sendable {
    /// The settings of rooms whose maker chooses none.
    package var settings = RoomSettings()
    /// Whether anybody's join makes the room (development mode).
    package var createsRoomsOnDemand = false

    /// Rooms at a time.
    package var maximumRooms = 1_000
    /// Slots that one participant may offer. A session of the usual seats has 17.
    package var maximumSlots = 64
    /// Attributes of a participant.
    package var maximumAttributes = 16
    /// Octets of UTF-8 in an attribute's key and value together.
    package var maximumAttributeOctets = 512
    /// Events that may wait unread for a participant; at this number it is closed as a slow consumer.
    package var eventBacklog = 512

    /// How long an empty room is kept.
    package var emptyRoomGrace: Duration = .seconds(30)
    /// How long a participant whose signaling is gone is kept, for its client to resume: one whose media flows, or that has none.
    package var resumeWindow: Duration = .seconds(30)
    /// How long a participant is kept whose signaling is gone and whose media never came.
    package var silentGrace: Duration = .seconds(8)
    /// How long the signaling of one on stage, or with a raised hand, is gone before the others are told. A client that resumes is
    /// back before that.
    package var awayDelay: Duration = .seconds(3)
    /// How long a second codec is sent after its last viewer, who may only have turned to another tab.
    package var secondCodecGrace: Duration = .seconds(5)
    /// How long the first packet of a second codec is awaited before its viewers are told that they see nothing. An encoder starts
    /// within a second; a page that does not know the request never sends.
    package var secondCodecPatience: Duration = .seconds(5)
    /// The shortest time between two announcements of the audience's size.
    package var audienceInterval: Duration = .seconds(1)

    package init() {}

    /// What is wrong with the values, one sentence each; empty when they can be used.
    package func validate() -> [String] {
        var problems = ConfigurationProblems()
        problems.check("maximumRooms", maximumRooms, 1...1_000_000)
        problems.check("maximumSlots", maximumSlots, 1...256)
        problems.check("maximumAttributes", maximumAttributes, 0...256)
        problems.check("maximumAttributeOctets", maximumAttributeOctets, 1...65_536)
        problems.check("eventBacklog", eventBacklog, 16...65_536)
        problems.check("emptyRoomGrace", emptyRoomGrace, .zero ... .seconds(86_400))
        problems.check("resumeWindow", resumeWindow, .zero ... .seconds(3_600))
        problems.check("silentGrace", silentGrace, .zero ... .seconds(3_600))
        problems.check("awayDelay", awayDelay, .zero ... .seconds(3_600))
        problems.check("secondCodecGrace", secondCodecGrace, .zero ... .seconds(3_600))
        problems.check("secondCodecPatience", secondCodecPatience, .seconds(1) ... .seconds(3_600))
        problems.check("audienceInterval", audienceInterval, .milliseconds(100) ... .seconds(60))
        return problems.sentences + settings.validate()
    }
}
