/// Where a router sends single packets. Batches go a faster way, which the owner of the router walks: see `Router.release`.
package protocol PacketOutput: AnyObject {
    /// Whether anything may be sent there now.
    func isOpen(_ sink: Sink) -> Bool
    /// Sends one packet with its new numbers.
    func send(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
        through subscription: UnsafeMutablePointer<Subscription>)
}
