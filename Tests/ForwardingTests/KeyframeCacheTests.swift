import Forwarding
import Primitives
import Testing

struct KeyframeCacheTests {
    private let buffer = PacketBuffer(limits: .video)

    /// Stores a packet and notes it; three packets make a frame.
    private func store(
        _ cache: inout KeyframeCache, _ sequence: Int64, keyframe: Bool = false, octets: Int = 1_000,
        timestamp: UInt32? = nil
    ) {
        let packet = StoredPacket(
            sequence: sequence, timestamp: timestamp ?? UInt32(sequence / 3 * 3_000), arrival: .zero, payloadType: 96,
            isMarked: false, isKeyframeStart: keyframe)
        let payload = [UInt8](repeating: 7, count: octets)
        guard let stored = unsafe buffer.insert(packet, payload: payload.span) else { return }
        unsafe cache.note(stored.pointee, in: buffer)
    }

    @Test func theGroupGoesFromTheLastKeyframeToTheNewestPacket() throws {
        var cache = KeyframeCache()
        for sequence in Int64(100)..<130 { store(&cache, sequence) }
        #expect(cache.group(in: buffer, awaited: 0) == nil)
        store(&cache, 130, keyframe: true)
        for sequence in Int64(131)..<140 { store(&cache, sequence) }
        let group = try #require(cache.group(in: buffer, awaited: 0))
        #expect(group.first == 130 && group.highest == 139 && group.packets == 10 && group.octets == 10_000)
        store(&cache, 150, keyframe: true)
        #expect(cache.group(in: buffer, awaited: 0)?.first == 150)
    }

    @Test func aGapIsTakenOnlyWhileItMayStillClose() {
        var cache = KeyframeCache()
        store(&cache, 10, keyframe: true)
        store(&cache, 11)
        store(&cache, 13)
        #expect(cache.group(in: buffer, awaited: 0) == nil)
        #expect(cache.group(in: buffer, awaited: 1)?.missing == 1)
        store(&cache, 12)
        #expect(cache.group(in: buffer, awaited: 0)?.missing == 0)
    }

    @Test func aKeyframeWhoseFirstPacketComesLateIsWhole() throws {
        var cache = KeyframeCache()
        store(&cache, 10, keyframe: true)
        store(&cache, 13)
        store(&cache, 14)
        store(&cache, 12, keyframe: true)
        let group = try #require(cache.group(in: buffer, awaited: 0))
        #expect(group.first == 12 && group.packets == 3 && group.missing == 0)
    }

    @Test func parameterSetsBeginThePictureTheyBelongTo() {
        var cache = KeyframeCache()
        store(&cache, 20, keyframe: true, timestamp: 500)
        store(&cache, 21, timestamp: 500)
        store(&cache, 22, keyframe: true, timestamp: 500)
        #expect(cache.group(in: buffer, awaited: 0)?.first == 20)
        #expect(cache.group(in: buffer, awaited: 0)?.packets == 3)
    }

    @Test func aRunBeyondTheBoundIsNotKept() {
        var cache = KeyframeCache()
        store(&cache, 0, keyframe: true, octets: 1_400)
        var longest = 0
        for sequence in Int64(1)..<3_000 {
            store(&cache, sequence, octets: 1_400)
            if let group = cache.group(in: buffer, awaited: 0) { longest = group.octets }
        }
        #expect(longest <= KeyframeCache.maximumOctets && longest > KeyframeCache.maximumOctets - 3_000)
        #expect(cache.group(in: buffer, awaited: 0) == nil)
        var small = KeyframeCache()
        store(&small, 4_000, keyframe: true, octets: 50)
        var most = 0
        for sequence in Int64(4_001)..<8_000 {
            store(&small, sequence, octets: 50)
            if let group = small.group(in: buffer, awaited: 0) { most = group.packets }
        }
        #expect(most == KeyframeCache.maximumPackets)
    }

    @Test func whatComesAfterAClosedGateDoesNotFollowTheKeyframeBefore() {
        var cache = KeyframeCache()
        store(&cache, 1, keyframe: true)
        cache.reset()
        store(&cache, 500)
        #expect(cache.group(in: buffer, awaited: 0) == nil)
    }
}

struct KeyframeThrottleViewerTests {
    @Test func aRequestThatCrossedAKeyframeIsAnsweredByIt() {
        var throttle = KeyframeThrottle()
        throttle.want(byViewerAt: .zero, roundTrip: .milliseconds(80))
        #expect(throttle.nextTimeout != nil)
        throttle.keyframeBegan(at: .zero + .milliseconds(10))
        throttle.want(byViewerAt: .zero + .milliseconds(100), roundTrip: .milliseconds(80))
        #expect(throttle.nextTimeout == nil)
        throttle.want(byViewerAt: .zero + .milliseconds(150), roundTrip: .milliseconds(80))
        #expect(throttle.nextTimeout != nil)
    }
}
