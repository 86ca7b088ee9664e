import Foundation
import LoadClient
import SignalingClient
import Testing

struct ServerProcessTests {
    @Test func ownTimeAndMemoryAreRead() throws {
        let process = try ServerProcess(pid: ProcessInfo.processInfo.processIdentifier)
        let reading = try #require(process.read())
        #expect(reading.resident > 1_000_000)
        #expect(reading.cpu >= .zero)
    }

    @Test func aProcessThatIsNotThereIsToldAtOnce() {
        #expect(throws: DoorError.self) { try ServerProcess(pid: Int32.max) }
    }
}
