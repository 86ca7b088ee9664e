import CongestionControl
import Primitives
import Testing

@Suite struct FeedbackBatchTests {
    @Test func resultsAreOrderedByArrival() {
        let batch = FeedbackBatch()
        for (sequence, arrived) in [(0, 10.0), (1, 30), (2, 20), (3, 15)] {
            batch.append(.packet(Int64(sequence), sent: 0, arrived: arrived))
        }
        #expect((0..<batch.count).map { batch[$0].sequence } == [0, 3, 2, 1])
        #expect(batch.lastArrival == at(30))
        batch.removeAll()
        #expect(batch.count == 0 && batch.lastArrival == nil)
    }

    @Test func lostPacketsStayWhereTheyAreAndNothingPassesThem() {
        let batch = FeedbackBatch()
        for (sequence, arrived) in [(0, 10.0), (1, nil), (2, 5)] {
            batch.append(.packet(Int64(sequence), sent: 0, arrived: arrived))
        }
        #expect((0..<batch.count).map { batch[$0].sequence } == [0, 1, 2])
        #expect(batch.lastArrival == at(10))
    }

    @Test func aFullBatchLeavesOutTheRest() {
        let batch = FeedbackBatch()
        for sequence in 0...Int64(FeedbackBatch.capacity) { batch.append(.packet(sequence, sent: 0, arrived: nil)) }
        #expect(batch.count == FeedbackBatch.capacity)
        #expect(batch[batch.count - 1].sequence == Int64(FeedbackBatch.capacity) - 1)
    }
}
