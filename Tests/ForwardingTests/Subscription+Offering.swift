import Forwarding
import Primitives

extension Subscription {
    /// Offers one packet as the router does.
    ///
    /// - Parameters:
    ///   - isChosen: whether its encoding is the target.
    ///   - head: of the encoding before the packet; where this subscription is, unless told.
    mutating func offer(
        _ packet: StoredPacket, of encoding: EncodingID, isChosen: Bool, head: Int64? = nil
    ) -> OnPacket {
        if isChosen {
            aim(at: encoding, now: .zero)
        } else if target == encoding {
            aim(at: EncodingID(999), now: .zero)
        }
        let head = head ?? (currentEncoding == encoding ? next : packet.sequence)
        let outcome = offer(packet, of: encoding, head: head)
        pass(encoding, from: head, to: max(head, packet.sequence + 1))
        return outcome
    }
}
