import Primitives
import RTP

/// The encodings of a track that were sent since its gate was opened, from the smallest picture to the largest.
///
/// The order follows the pictures' sizes, or the rates where sizes are unknown. It never follows the order of RIDs: OBS names the
/// largest `0`, Unity lists `h`, `m`, `l`.
package struct EncodingLadder: Sendable {
    /// One encoding.
    package struct Rung: Equatable, Sendable {
        package let encoding: EncodingIndex
        /// The size of the newest keyframe that told it.
        package fileprivate(set) var size: PictureSize?
        /// Whether it is being sent.
        package fileprivate(set) var isFlowing: Bool
        /// Whether it counts when a maximum is chosen: it is being sent, has stopped only a moment ago, or was stopped because
        /// nobody wanted it.
        package fileprivate(set) var isEligible: Bool
    }

    /// An encoding that stopped counts for so long when a maximum is chosen: what comes back soon need not change what viewers
    /// want.
    package static let absence = Duration.seconds(5)
    /// A viewer keeps its maximum while the picture is shown larger than it is by no more than one part in so many, so that
    /// resizing a tile by a few pixels changes nothing.
    package static let enlargement = 8

    /// From the smallest to the largest.
    package private(set) var rungs: [Rung] = []

    package init() {}

    package var isEmpty: Bool { rungs.isEmpty }

    /// Forgets all encodings; called when the gate closes.
    package mutating func removeAll() { rungs.removeAll(keepingCapacity: true) }

    /// Takes note of what the track's encodings are now.
    ///
    /// - Parameters:
    ///   - interest: an encoding that its publisher stopped because nobody wanted it can be wanted again.
    ///   - isFlowing: whether an encoding is being sent.
    /// - Returns: whether anything changed.
    mutating func update(
        _ encodings: [PublishedEncoding], of interest: EncodingInterest, at now: MonotonicInstant,
        isFlowing: (Int) -> Bool
    ) -> Bool {
        // A track's only encoding is shown whatever its size, and has not stopped while nothing else is sent.
        if encodings.count == 1, !rungs.isEmpty { return false }
        var hasChanged = false
        for index in encodings.indices where encodings[index].activity.lastPacketAt != nil {
            let place = EncodingIndex(index)
            guard !rungs.contains(where: { $0.encoding == place }) else { continue }
            rungs.insert(Rung(encoding: place, size: nil, isFlowing: false, isEligible: true), at: 0)
            hasChanged = true
        }
        for index in rungs.indices {
            let place = rungs[index].encoding.rawValue
            let isFlowing = isFlowing(place)
            let last = max(
                encodings[place].activity.lastPacketAt ?? now, interest.wantedAgain(place) ?? .zero)
            let before = rungs[index]
            rungs[index].size = encodings[place].pictureSize
            rungs[index].isFlowing = isFlowing
            rungs[index].isEligible = isFlowing || now - last < Self.absence || !interest.isWanted(place)
            if rungs[index] != before { hasChanged = true }
        }
        return sort(encodings) || hasChanged
    }

    /// Moves every encoding up that is larger than the next: those of which neither is larger keep their order.
    ///
    /// - Returns: whether one moved.
    private mutating func sort(_ encodings: [PublishedEncoding]) -> Bool {
        var hasChanged = false
        for end in rungs.indices.dropFirst().reversed() {
            for index in 0..<end {
                let lower = encodings[rungs[index].encoding.rawValue]
                guard lower.isLarger(than: encodings[rungs[index + 1].encoding.rawValue]) else { continue }
                rungs.swapAt(index, index + 1)
                hasChanged = true
            }
        }
        return hasChanged
    }

    /// The place of an encoding in the order; `nil` where it was not sent.
    package func rank(of encoding: EncodingIndex) -> Int? { rungs.firstIndex { $0.encoding == encoding } }

    /// The smallest encoding whose picture covers the size at which it is shown, else the largest; `nil` before the first
    /// packet.
    ///
    /// - Parameter known: the maximum so far. It is kept while the picture is shown larger than it is by no more than
    ///   `enlargement`.
    package func maximum(for demand: PictureDemand, keeping known: EncodingIndex?) -> EncodingIndex? {
        let largest = (rungs.last { $0.isEligible } ?? rungs.last)?.encoding
        guard let width = demand.width, let height = demand.height else { return largest }
        for rung in rungs where rung.isEligible {
            guard let size = rung.size else { continue }
            let margin = rung.encoding == known ? Self.enlargement : 0
            if size.covers(width: width, height: height, margin: margin) { return rung.encoding }
        }
        return largest
    }

    /// The encoding to be sent: the largest that is being sent and is larger neither than `maximum` nor than `cap`, else the
    /// smallest that is being sent.
    package func target(maximum: EncodingIndex, cap: EncodingIndex?) -> EncodingIndex? {
        guard var top = rank(of: maximum) else { return nil }
        if let limit = cap.flatMap({ rank(of: $0) }) { top = min(top, limit) }
        let below = rungs[...top].last { $0.isFlowing }
        let above = rungs[(top + 1)...].first { $0.isFlowing }
        return (below ?? above ?? rungs[top]).encoding
    }
}

extension PictureSize {
    /// Whether a picture shown at this size is not enlarged. Upright pictures in tiles that lie, and the reverse, compare by
    /// their longer and shorter sides.
    ///
    /// - Parameter margin: an enlargement by one part in so many still counts; 0 for none.
    func covers(width: UInt16, height: UInt16, margin: Int) -> Bool {
        let shown = (long: Int(max(width, height)), short: Int(min(width, height)))
        let own = (long: Int(max(self.width, self.height)), short: Int(min(self.width, self.height)))
        func reaches(_ side: Int, _ wanted: Int) -> Bool { side + (margin == 0 ? 0 : side / margin) >= wanted }
        return reaches(own.long, shown.long) && reaches(own.short, shown.short)
    }
}
