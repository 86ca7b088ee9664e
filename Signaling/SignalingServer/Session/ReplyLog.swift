/// The last replies of one session. A client that lost its connection repeats the requests that no reply came to, with their ids;
/// those that were carried out get their reply again.
struct ReplyLog {
    /// Replies that are kept: as many as a burst of requests has.
    static let maximumReplies = 128
    /// Octets of the replies that are kept; the last one is kept however long it is.
    static let maximumOctets = 64 * 1024

    private struct Entry {
        var id: Int
        /// The connection on which the request came, counted from 0.
        var attachment: Int
        /// The number of the last event before the reply.
        var seq: Int
        /// `nil` for the most frequent reply, `ok`.
        var text: String?
    }

    private var entries: [Entry] = []
    private var octets = 0

    var count: Int { entries.count }

    /// Notes a reply.
    /// - Parameter text: `nil` for `ok`.
    mutating func append(id: Int, attachment: Int, seq: Int, text: String?) {
        entries.append(Entry(id: id, attachment: attachment, seq: seq, text: text))
        octets += text?.utf8.count ?? 0
        while entries.count > Self.maximumReplies || (octets > Self.maximumOctets && entries.count > 1) {
            octets -= entries.removeFirst().text?.utf8.count ?? 0
        }
    }

    /// The reply to a request that came on an earlier connection; `.some(nil)` for `ok`, `nil` where there was no such request.
    func reply(to id: Int, before attachment: Int) -> String?? {
        entries.last { $0.id == id && $0.attachment < attachment }.map(\.text)
    }

    /// Notes that the client has everything that was sent before the event `seq`.
    mutating func acknowledge(_ seq: Int) {
        let known = entries.prefix { $0.seq < seq }.count
        for entry in entries.prefix(known) { octets -= entry.text?.utf8.count ?? 0 }
        entries.removeFirst(known)
    }
}
