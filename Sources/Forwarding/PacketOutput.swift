/// Where a router sends single packets. Batches go a faster way, which the owner of the router walks: see `Router.release`.
package protocol PacketOutput: AnyObject {
    /// Whether anything may be sent there now.
    func isOpen(_ sink: Sink) -> Bool
    /// Octets that may leave there now for a subscription that is behind; 0 where it has to wait.
    func chunk(for sink: Sink) -> Int
    /// Octets of a run that is worth sending there at once; a longer one takes longer than a new keyframe.
    func promptOctets(for sink: Sink) -> Int
    /// Sends one packet with its new numbers.
    func send(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
        through subscription: UnsafeMutablePointer<Subscription>)
}
