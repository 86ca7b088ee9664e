import RTP

/// Decides which source each publishing section of an offer is for.
enum PublicationPlan {
    /// The source of each section by its mid. Sections are in the offer's order. Without requests the first audio
    /// section is the microphone, the first video section the camera, the second ones are the screen and its sound;
    /// further sections carry nothing.
    ///
    /// - Throws: the sentence that says what is wrong.
    static func sources(
        of sections: [(mid: String, kind: MediaKind)], requests: [PublishRequest]
    ) throws(InvalidPlan) -> [String: TrackSource] {
        var sources: [String: TrackSource] = [:]
        guard !requests.isEmpty else {
            var left: [TrackSource] = [.microphone, .camera, .screen, .screenAudio]
            for (mid, kind) in sections {
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
