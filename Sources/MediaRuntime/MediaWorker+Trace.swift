import CongestionControl
import MediaControl
import Primitives
import Transport

extension MediaWorker {
    /// What writes a viewer's trace down; `nil` where nobody wants traces.
    func recorder(of peer: Peer, _ settings: EstimatorSettings, now: MonotonicInstant) -> EstimatorRecorder? {
        guard let traces else { return nil }
        let viewer = peer.transport.id
        return EstimatorRecorder(settings, now: now) { [counters] part in
            let isTaken = traces.append(part, of: viewer)
            if !isTaken { counters.statistics.traceOctetsDropped &+= UInt64(part.count) }
            return isTaken
        }
    }
}
