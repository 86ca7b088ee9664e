/// Where a router sends single packets. Batches go a faster way, which the owner of the router walks: see `Router.release`.
package protocol PacketOutput: AnyObject {
    /// Whether anything may be sent there now.
    func isOpen(_ sink: Sink) -> Bool
    /// Octets that may leave there now for a subscription that is behind; 0 where it has to wait.
    func chunk(for sink: Sink) -> Int
    /// Octets that a run may have which is to leave there: `isPatient` where no new keyframe has come though it was asked for. A longer
    /// one takes longer than a new keyframe.
    func runOctets(for sink: Sink, isPatient: Bool) -> Int
    /// A run has begun, whose octets leave in chunks.
    func begin(runOctets octets: Int, for sink: Sink)
    /// Sends one packet with its new numbers.
    func send(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
        through subscription: UnsafeMutablePointer<Subscription>)
}
