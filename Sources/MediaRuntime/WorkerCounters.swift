import MediaControl
import Primitives

/// What one worker counts; its parts share it. Confined to the worker's thread.
final class WorkerCounters {
    var statistics: WorkerStatistics
    var drops = DropCounters()

    init(worker: WorkerID) { statistics = WorkerStatistics(worker: worker) }
}
