import Primitives
import Testing

@testable import MediaRuntime

struct PeersByPathTests {
    private func path(_ remote: UInt16, local: UInt8 = 1) -> NetworkPath {
        NetworkPath(
            local: TransportAddress(v4: 10, 0, 0, local, port: 5_000),
            remote: TransportAddress(v4: 192, 0, 2, 1, port: remote))
    }

    @Test func whatWasAskedForLastIsNotRememberedBeyondAChange() {
        var peers = PeersByPath()
        #expect(peers[path(1)] == nil)
        peers[path(1)] = 7
        #expect(peers[path(1)] == 7)
        #expect(peers[path(1)] == 7)
        peers[path(1)] = 8
        #expect(peers[path(1)] == 8)
        peers[path(2)] = 9
        #expect(peers[path(1)] == 8)
        #expect(peers[path(2)] == 9)
        peers[path(1)] = nil
        #expect(peers[path(1)] == nil)
        #expect(peers[path(2)] == 9)
    }

    @Test func pathsThatDifferAnywhereAreOthers() {
        var peers = PeersByPath()
        peers[path(1)] = 7
        #expect(peers[path(1)] == 7)
        #expect(peers[path(1, local: 2)] == nil)
        var scoped = path(1)
        scoped.remote.scope = 3
        #expect(peers[scoped] == nil)
        var v6 = path(1)
        v6.remote.family = .v6
        #expect(peers[v6] == nil)
    }
}
