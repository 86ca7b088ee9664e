import Forwarding
import MediaControl
import Primitives
import RTP

// Which SSRC feeds which encoding. An encoding may go on with another SSRC at any time: encoders start anew, and some stacks
// change the SSRC when a page replaces the track. The new one is a source of its own, with its own `PublishedEncoding`, and
// slots go over to it as to another layer: at its keyframe, with numbers and times that go on.
extension MediaWorker {
    /// A source that another has followed gets its encoding back when that one was silent for this long; a packet that is
    /// merely late does not come so late.
    static let silenceOfSuccessor = Duration.seconds(1)
    /// A source that another has followed is kept this long for those who still miss packets of it.
    static let keepingOfPredecessor = Duration.seconds(5)

    /// What a packet of media belongs to: the encoding's present source, or the one before, for which it is late. The first
    /// packet of another SSRC makes that the present one.
    ///
    /// - Returns: `nil` where the SSRC's encoding goes on with another and nobody misses this one's packets any more.
    func encoding(
        of source: Peer.Source, ssrc: SSRC, from peer: Peer, now: MonotonicInstant
    ) -> PublishedEncoding? {
        let current = peer[source.track][source.encoding]
        if current.id == source.id { return current }
        peer.sources[ssrc.rawValue]?.lastPacketAt = now
        let isAbandoned = current.lastPacketAt.map { now - $0 >= Self.silenceOfSuccessor } ?? true
        if source.id == .none || isAbandoned {
            return follow(current, with: ssrc, source, of: peer, now: now)
        }
        guard let predecessor = current.predecessor, predecessor.id == source.id else { return nil }
        return predecessor
    }

    /// Has the encoding go on with another SSRC, of which a keyframe is asked for at once.
    private func follow(
        _ current: PublishedEncoding, with ssrc: SSRC, _ source: Peer.Source, of peer: Peer, now: MonotonicInstant
    ) -> PublishedEncoding {
        let repairs = peer.sources.first { $0.value.isRetransmission && $0.value.media == ssrc.rawValue }
        if let old = current.ssrc { peer.sources[old.rawValue]?.lastPacketAt = current.lastPacketAt ?? .zero }
        let successor = router.follow(
            source.encoding, of: peer[source.track], ssrc: ssrc, rtxSSRC: repairs.map { SSRC($0.key) }, now: now)
        peer.sources[ssrc.rawValue]?.id = successor.id
        reschedule(peer)
        return successor
    }

    /// Forgets the sources before the present ones that nobody can miss any more.
    func forgetPredecessors(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks {
            for encoding in track.encodings {
                guard let predecessor = encoding.predecessor,
                    predecessor.lastPacketAt.map({ now - $0 >= Self.keepingOfPredecessor }) ?? true
                else { continue }
                router.forgetPredecessor(of: encoding)
            }
        }
    }

    /// What a retransmission repeats a packet of, where one is waited for.
    ///
    /// An SSRC of retransmissions that the offer did not pair with one of media is paired with the first whose missing packet it
    /// brings; where that media goes on with another SSRC, its retransmissions may go on with the same.
    func encoding(
        repairedBy source: Peer.Source, _ header: RTPHeader, original: UInt16, from peer: Peer
    ) -> PublishedEncoding? {
        let current = peer[source.track][source.encoding]
        let media = current.ssrc?.rawValue ?? 0
        if source.media == media, media != 0 {
            return current.missing.contains(current.statistics.extended(original)) ? current : nil
        }
        let isUnpaired = source.media == 0
        if isUnpaired || current.rtxSSRC == nil, isAwaited(original, at: header.timestamp, by: current) {
            peer.sources[header.ssrc.rawValue]?.media = media
            current.rtxSSRC = header.ssrc
            return current
        }
        guard let predecessor = current.predecessor, isUnpaired || predecessor.ssrc?.rawValue == source.media,
            isAwaited(original, at: header.timestamp, by: predecessor)
        else { return nil }
        return predecessor
    }

    /// Whether a source waits for this packet: its number is missing, and its timestamp, random in another SSRC, lies within
    /// two seconds of the source's newest.
    private func isAwaited(_ original: UInt16, at timestamp: UInt32, by encoding: PublishedEncoding) -> Bool {
        let distance = Int32(bitPattern: encoding.activity.timestamp &- timestamp)
        return distance.magnitude <= 2 * 90_000 && encoding.missing.contains(encoding.statistics.extended(original))
    }

    // MARK: - Finding out

    /// Finds out where a new SSRC belongs, by MID and RID (RFC 9143 section 9.2, RFC 8852), and remembers it, since
    /// both vanish from the packets once the receiver has reported.
    func latch(
        _ header: RTPHeader, _ extensions: ReceivedExtensions, _ bytes: Span<UInt8>, of peer: Peer,
        now: MonotonicInstant
    ) -> Peer.Source? {
        let ssrc = header.ssrc
        let isRetransmission = peer.tracks.contains { track in
            track.receive.payloads.contains { $0.rtxPayloadType == header.payloadType }
        }
        var candidates = peer.tracks.indices.filter { index in
            peer.tracks[index].receive.payloads.contains {
                $0.payloadType == header.payloadType || $0.rtxPayloadType == header.payloadType
            }
        }
        if let mid = extensions.mid {
            let name = text(mid, in: bytes)
            candidates = candidates.filter { peer.tracks[$0].receive.mid == name }
        }
        // Without a MID the payload type must name one section alone.
        guard candidates.count == 1, let place = candidates.first else {
            drop(.unknownSSRC, of: peer)
            return nil
        }
        let track = peer.tracks[place]
        var encodingIndex: EncodingIndex?
        if let rid = isRetransmission ? extensions.repairedRid ?? extensions.rid : extensions.rid {
            let name = text(rid, in: bytes)
            encodingIndex = track.encodings.firstIndex { $0.rid == name }.map(EncodingIndex.init)
        } else if track.encodings.count == 1 {
            encodingIndex = EncodingIndex(0)
        }
        guard let encodingIndex else {
            drop(.unknownSSRC, of: peer)
            return nil
        }
        guard makeCapacity(in: peer, now: now) else {
            drop(.tooManySSRCs, of: peer)
            return nil
        }
        let encoding = track[encodingIndex]
        var source = Peer.Source(
            track: TrackIndex(place), encoding: encodingIndex, isRetransmission: isRetransmission, media: ssrc.rawValue,
            lastPacketAt: now)
        if isRetransmission {
            source.media = 0
        } else if encoding.ssrc == nil {
            source.id = encoding.id
            encoding.ssrc = ssrc
        }
        peer.sources[ssrc.rawValue] = source
        // A keyframe may have been wanted before the SSRC to ask was known.
        reschedule(peer)
        return source
    }

    private func text(_ element: HeaderExtensionElement, in bytes: Span<UInt8>) -> String {
        let octets = (try? bytes.bytes(element.count, at: element.offset)) ?? []
        return String(decoding: octets, as: UTF8.self)
    }

    /// Takes the encodings that an offer tells of a track, and their SSRCs.
    ///
    /// - Parameter known: what the offer before told: an SSRC that it told already may have been followed since by one that no
    ///   offer told, and is not taken again.
    func takeSources(
        of offered: [ReceiveParameters.Encoding], after known: [ReceiveParameters.Encoding], track place: TrackIndex,
        of peer: Peer, now: MonotonicInstant
    ) {
        let track = peer[place]
        for (position, offer) in offered.enumerated() where !known.contains(offer) {
            let named = track.encodings.firstIndex { offer.rid != nil && $0.rid == offer.rid }
            var index = offer.rid == nil ? position : named ?? track.encodings.count
            if !track.encodings.indices.contains(index) {
                index = track.encodings.count
                track.append(router.makeEncoding(offer, of: track.id, track.receive))
            }
            let encoding = track.encodings[index]
            if let ssrc = offer.ssrc, makeCapacity(in: peer, now: now) {
                if encoding.ssrc == nil { encoding.ssrc = ssrc }
                let isPresent = encoding.ssrc == ssrc
                peer.sources[ssrc.rawValue] = Peer.Source(
                    track: place, encoding: EncodingIndex(index), isRetransmission: false,
                    id: isPresent ? encoding.id : .none, media: ssrc.rawValue, lastPacketAt: now)
            }
            if let ssrc = offer.rtxSSRC, makeCapacity(in: peer, now: now) {
                if encoding.ssrc == offer.ssrc { encoding.rtxSSRC = ssrc }
                peer.sources[ssrc.rawValue] = Peer.Source(
                    track: place, encoding: EncodingIndex(index), isRetransmission: true,
                    media: offer.ssrc?.rawValue ?? 0,
                    lastPacketAt: now)
            }
        }
    }

    // MARK: - Bound

    /// Sees to it that the peer may use another SSRC: where it has as many as it may, the one that was silent for longest gives
    /// way, first among those that no encoding has any more.
    ///
    /// - Returns: `false` where all have sent lately.
    private func makeCapacity(in peer: Peer, now: MonotonicInstant) -> Bool {
        guard peer.sources.count >= Peer.maximumSources else { return true }
        var silent: (ssrc: UInt32, isPresent: Bool, since: MonotonicInstant)?
        for (ssrc, source) in peer.sources {
            let encoding = peer[source.track][source.encoding]
            let isPresent =
                source.isRetransmission ? encoding.rtxSSRC?.rawValue == ssrc : encoding.ssrc?.rawValue == ssrc
            let hasBegun = encoding.id == source.id
            let since = hasBegun ? encoding.lastPacketAt ?? .zero : source.lastPacketAt
            guard now - since >= Peer.silenceOfSource else { continue }
            guard let known = silent else {
                silent = (ssrc, isPresent, since)
                continue
            }
            if isPresent != known.isPresent ? !isPresent : since < known.since { silent = (ssrc, isPresent, since) }
        }
        guard let silent, let source = peer.sources.removeValue(forKey: silent.ssrc) else { return false }
        let encoding = peer[source.track][source.encoding]
        // Media of the same SSRC that comes again is a new source, as that of any other would be.
        if encoding.rtxSSRC?.rawValue == silent.ssrc { encoding.rtxSSRC = nil }
        return true
    }
}
