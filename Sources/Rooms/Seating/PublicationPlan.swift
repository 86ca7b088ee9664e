import RTP

/// Decides which source each publishing section of an offer is for.
enum PublicationPlan {
    /// The source of each section by its mid. Without requests the first audio section is the microphone, the first video
    /// section the camera, the second ones are the screen and its sound; further sections carry nothing.
    ///
    /// A section keeps its source. A source may go over to another section: then it has that one alone.
    ///
    /// - Parameters:
    ///   - sections: those in which the client sends, in the offer's order.
    ///   - known: the plan of the offers before.
    /// - Throws: the sentence that says what is wrong.
    static func sources(
        of sections: [(mid: String, kind: MediaKind)], requests: [PublishRequest], known: [String: TrackSource] = [:]
    ) throws(InvalidPlan) -> [String: TrackSource] {
        let planned = try plan(sections, requests, known)
        let moved = Set(planned.values)
        return planned.merging(known.filter { !moved.contains($0.value) }) { planned, _ in planned }
    }

    /// The source that each section kept for a second codec is for, by its mid.
    /// - Parameters:
    ///   - requests: those for second codecs.
    ///   - sources: the plan of the sections that carry the sources.
    ///   - known: the second sections of the offers before; they stay unless others are named.
    /// - Throws: the sentence that says what is wrong.
    static func seconds(
        of sections: [(mid: String, kind: MediaKind)], requests: [PublishRequest], sources: [String: TrackSource],
        known: [String: TrackSource] = [:]
    ) throws(InvalidPlan) -> [String: TrackSource] {
        var seconds: [String: TrackSource] = [:]
        for request in requests {
            let (mid, source) = (quoted(request.mid), request.source)
            guard source.kind == .video else {
                throw InvalidPlan("publish names a second section for \(source.rawValue), but sound has one codec")
            }
            guard sections.contains(where: { $0.mid == request.mid && $0.kind == .video }) else {
                throw InvalidPlan("publish names the mid \(mid), which is no sending video section of the offer")
            }
            guard sources[request.mid] == nil, sources.values.contains(source) else {
                throw InvalidPlan(
                    "publish names \(mid) as a second section, which needs a first one for \(source.rawValue)")
            }
            guard !seconds.values.contains(source), seconds.updateValue(source, forKey: request.mid) == nil else {
                throw InvalidPlan("publish names two second sections for \(source.rawValue), or \(mid) twice")
            }
        }
        let moved = Set(seconds.values)
        return seconds.merging(known.filter { !moved.contains($0.value) && sources[$0.key] == nil }) { new, _ in new }
    }

    private static func plan(
        _ sections: [(mid: String, kind: MediaKind)], _ requests: [PublishRequest], _ known: [String: TrackSource]
    ) throws(InvalidPlan) -> [String: TrackSource] {
        var sources: [String: TrackSource] = [:]
        guard !requests.isEmpty else {
            var left: [TrackSource] = [.microphone, .camera, .screen, .screenAudio]
            for (mid, _) in sections {
                guard let source = known[mid] else { continue }
                sources[mid] = source
                left.removeAll { $0 == source }
            }
            for (mid, kind) in sections where sources[mid] == nil {
                guard let index = left.firstIndex(where: { $0.kind == kind }) else { continue }
                sources[mid] = left.remove(at: index)
            }
            return sources
        }
        var used: Set<TrackSource> = []
        for request in requests {
            guard let section = sections.first(where: { $0.mid == request.mid }) else {
                throw InvalidPlan(
                    "publish names the mid \(quoted(request.mid)), which is no sending section of the offer")
            }
            guard section.kind == request.source.kind else {
                throw InvalidPlan(
                    "publish names the \(section.kind.rawValue) section \(quoted(request.mid)) for "
                        + request.source.rawValue)
            }
            if let source = known[request.mid], source != request.source {
                throw InvalidPlan(
                    "publish names the section \(quoted(request.mid)) for \(request.source.rawValue), but it is for "
                        + "\(source.rawValue): offer another section")
            }
            guard used.insert(request.source).inserted else {
                throw InvalidPlan("publish names \(request.source.rawValue) twice")
            }
            guard sources.updateValue(request.source, forKey: request.mid) == nil else {
                throw InvalidPlan("publish names the mid \(quoted(request.mid)) twice")
            }
        }
        return sources
    }
}
