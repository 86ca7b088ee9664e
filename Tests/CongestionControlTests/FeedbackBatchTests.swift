import CongestionControl
import Testing

@Suite struct FeedbackBatchTests {
    @Test func resultsAreOrderedByArrival() {
        var batch = FeedbackBatch()
        for (sequence, arrived) in [(0, 10.0), (1, 30), (2, 20), (3, 15)] {
            batch.append(.packet(Int64(sequence), sent: 0, arrived: arrived))
        }
        #expect(batch.results.map(\.sequence) == [0, 3, 2, 1])
        batch.removeAll()
        #expect(batch.results.isEmpty && !batch.isFull)
    }

    @Test func aFullBatchSaysSo() {
        var batch = FeedbackBatch()
        for sequence in 0..<Int64(FeedbackBatch.capacity) {
            #expect(!batch.isFull)
            batch.append(.packet(sequence, sent: 0, arrived: nil))
        }
        #expect(batch.isFull)
    }
}
