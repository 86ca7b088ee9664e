import Client
import Primitives
import RTP

/// Sound and pictures without a codec: Opus-like packets each 20 ms, VP8-like frames at 30 a second in several packets
/// with valid payload descriptors, a keyframe at the start and when asked. Where the section's codec is H.264, frames are
/// like that, and tell their size in a parameter set.
final class SyntheticPublisher {
    /// One encoding of the pictures.
    struct Layer {
        var isActive = true
        var packetsPerFrame = 3
        var packetsPerKeyframe = 6
        /// Octets of each packet's payload but the last's, which has half as many.
        var packetOctets = 600
        /// Octets by which the first packet is smaller, as encoders cut it.
        var firstIsSmallerBy = 0
        var frame: UInt32 = 0
        var pictureID: UInt16
        var tl0Index: UInt8
        /// Pictures since the last keyframe.
        var place = 0
        var wantsKeyframe = true
        var keyframes = 0
        var requests: [MonotonicInstant] = []
        var timestampOffset: UInt32
        /// How much later than the others it is encoded and sent.
        var delay = Duration.zero
        /// Of the pictures.
        var width = 640
        var height = 360
    }

    static let audioInterval = Duration.milliseconds(20)

    let identity: UInt32
    let client: ClientPeer
    var layers: [Layer] = []
    /// Between two pictures.
    var videoInterval = Duration.nanoseconds(33_333_333)
    var isSpeaking = true
    /// 1, or 3 in the order T0 T2 T1 T2.
    var temporalLayers = 1
    /// Octets at the start of each frame, behind the descriptor, that encryption leaves in clear; `nil` without it.
    var clearOctets: Int?
    /// Whether a request for one encoding makes keyframes of all, as in Chromium.
    var answersWithAllLayers = false
    /// Whether requests for keyframes are not answered, as by OBS over WHIP.
    var ignoresRequests = false
    /// How long a packet is on its way from camera or microphone to the network.
    var encodingDelay = Duration.zero
    private(set) var audioFrame: UInt32 = 0
    private let audioSection: Int?
    private let videoSection: Int?
    private let audioTimestampOffset: UInt32
    private var nextAudio: MonotonicInstant?
    private var nextVideo: MonotonicInstant?
    private var startedAt = MonotonicInstant.zero
    /// Pictures of layers with a delay, in the order in which they are sent.
    private var delayed: [(at: MonotonicInstant, layer: Int, capturedAt: MonotonicInstant)] = []

    init(identity: UInt32, client: ClientPeer, seed: UInt64) {
        self.identity = identity
        self.client = client
        var generator = SeededGenerator(seed: seed)
        audioSection = client.parameters.publications.firstIndex { $0.kind == .audio }
        videoSection = client.parameters.publications.firstIndex { $0.kind == .video }
        audioTimestampOffset = .random(in: .min ... .max, using: &generator)
        guard let videoSection else { return }
        let count = client.parameters.publications[videoSection].encodings.count
        for index in 0..<count {
            layers.append(
                Layer(
                    pictureID: .random(in: 0..<0x8000, using: &generator),
                    tl0Index: .random(in: .min ... .max, using: &generator),
                    timestampOffset: .random(in: .min ... .max, using: &generator)))
            // Twice as large from one to the next.
            if count > 1 {
                layers[index].width = 160 << index
                layers[index].height = 90 << index
            }
        }
    }

    /// When `tick` has something to send; `nil` before the start.
    var nextTick: MonotonicInstant? { earliest(earliest(nextAudio, nextVideo), delayed.first?.at) }

    /// Begins to send.
    func start(at now: MonotonicInstant) {
        startedAt = now
        if audioSection != nil { nextAudio = now }
        if videoSection != nil { nextVideo = now }
    }

    func stop() {
        nextAudio = nil
        nextVideo = nil
        delayed.removeAll()
    }

    /// Goes on with another SSRC and other first numbers of everything.
    ///
    /// - Parameters:
    ///   - ahead: how far the sequence numbers lie ahead of those before.
    ///   - beginsWithKeyframe: as encoders do; the network may lose it.
    func restart(
        layer index: Int, ahead: Int, beginsWithKeyframe: Bool = false, ssrc: SSRC? = nil, rtxSSRC: SSRC? = nil
    ) {
        guard let videoSection else { return }
        let next = Int(client.encodings[videoSection][index].nextSequence & 0xFFFF) + ahead
        client.restart(
            publication: videoSection, encoding: index, firstSequence: UInt16(clamping: max(min(next, 0x7000), 0)),
            ssrc: ssrc, rtxSSRC: rtxSSRC)
        layers[index].wantsKeyframe = beginsWithKeyframe
        layers[index].timestampOffset &+= 0x6543_2100
        layers[index].pictureID = (layers[index].pictureID &+ 7_000) & 0x7FFF
        layers[index].tl0Index &+= 100
    }

    func keyframeRequested(publication: Int, encoding: Int, now: MonotonicInstant) {
        guard publication == videoSection, layers.indices.contains(encoding) else { return }
        for index in layers.indices where !ignoresRequests && (index == encoding || answersWithAllLayers) {
            layers[index].wantsKeyframe = true
        }
        layers[encoding].requests.append(now)
    }

    /// Sends what is due.
    func tick(now: MonotonicInstant) {
        if let due = nextAudio, due <= now {
            if isSpeaking { sendAudio(now: now) }
            nextAudio = due + Self.audioInterval
        }
        if let due = nextVideo, due <= now {
            for index in layers.indices where layers[index].isActive {
                guard layers[index].delay > .zero else {
                    sendFrame(of: index, capturedAt: now - encodingDelay)
                    continue
                }
                delayed.append((now + layers[index].delay, index, now - encodingDelay))
                delayed.sort { $0.at < $1.at }
            }
            nextVideo = due + videoInterval
        }
        while let next = delayed.first, next.at <= now {
            delayed.removeFirst()
            sendFrame(of: next.layer, capturedAt: next.capturedAt)
        }
    }

    private func ticks(at instant: MonotonicInstant, clockRate: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: (instant - startedAt).wholeNanoseconds * clockRate / 1_000_000_000)
    }

    private func sendAudio(now: MonotonicInstant) {
        guard let audioSection else { return }
        let capturedAt = now - encodingDelay
        // TOC: CELT, 20 ms, mono.
        var payload: [UInt8] = [0xF8] + Array(repeating: 0x55, count: 60)
        PacketIdentity(
            publisher: identity, layer: PacketIdentity.sound, isKeyframe: true, frame: audioFrame, packet: 0,
            packetCount: 1, capturedAt: capturedAt
        ).append(to: &payload)
        client.send(
            OutgoingMedia(
                payloadType: client.parameters.publications[audioSection].payloads[0].payloadType,
                isMarked: audioFrame == 0,
                timestamp: audioTimestampOffset &+ ticks(at: capturedAt, clockRate: 48_000),
                audioLevel: AudioLevel(level: 30, hasVoice: true), payload: payload),
            publication: audioSection, capturedAt: capturedAt)
        audioFrame += 1
    }

    private func sendFrame(of index: Int, capturedAt: MonotonicInstant) {
        guard let videoSection else { return }
        let section = client.parameters.publications[videoSection]
        let isKeyframe = layers[index].wantsKeyframe
        if isKeyframe { layers[index].place = 0 }
        if temporalLayer(of: layers[index]) == 0 { layers[index].tl0Index &+= 1 }
        let count = isKeyframe ? layers[index].packetsPerKeyframe : layers[index].packetsPerFrame
        for packet in 0..<count {
            let identity = PacketIdentity(
                publisher: identity, layer: UInt8(index), isKeyframe: isKeyframe, frame: layers[index].frame,
                packet: UInt8(packet), packetCount: UInt8(count), capturedAt: capturedAt)
            var octets = packet == count - 1 ? layers[index].packetOctets / 2 : layers[index].packetOctets
            if packet == 0 { octets -= layers[index].firstIsSmallerBy }
            let isH264 = section.payloads[0].format.codec == .h264
            client.send(
                OutgoingMedia(
                    payloadType: section.payloads[0].payloadType, isMarked: packet == count - 1,
                    timestamp: layers[index].timestampOffset &+ ticks(at: capturedAt, clockRate: 90_000),
                    payload: isH264
                        ? h264Payload(identity, of: layers[index], octets: octets)
                        : payload(identity, of: layers[index], octets: octets)),
                publication: videoSection, encoding: index, capturedAt: capturedAt)
        }
        layers[index].frame += 1
        layers[index].pictureID = (layers[index].pictureID &+ 1) & 0x7FFF
        layers[index].place += 1
        if isKeyframe, client.isEstablished {
            layers[index].wantsKeyframe = false
            layers[index].keyframes += 1
        }
    }

    /// A STAP-A of a sequence parameter set and a slice at the start of a keyframe, else single NAL units (RFC 6184).
    private func h264Payload(_ identity: PacketIdentity, of layer: Layer, octets: Int) -> [UInt8] {
        let isFirst = identity.packet == 0
        // The second octet of a picture's first slice has its uppermost bit set.
        let slice: [UInt8] = [identity.isKeyframe ? 0x65 : 0x41, isFirst ? 0x88 : 0x08]
        var payload = slice
        if isFirst, identity.isKeyframe {
            let parameters = H264ParameterSet.baseline(width: layer.width, height: layer.height)
            payload = [0x78, 0, UInt8(parameters.count)] + parameters
            let rest = max(octets - payload.count - 2, slice.count + PacketIdentity.octets)
            payload += [UInt8(rest >> 8), UInt8(rest & 0xFF)] + slice
            payload.append(contentsOf: repeatElement(0x77, count: rest - slice.count - PacketIdentity.octets))
        } else {
            let rest = max(octets - payload.count - PacketIdentity.octets, 0)
            payload.append(contentsOf: repeatElement(0x77, count: rest))
        }
        identity.append(to: &payload)
        return payload
    }

    private func temporalLayer(of layer: Layer) -> UInt8 { temporalLayers == 1 ? 0 : [0, 2, 1, 2][layer.place % 4] }

    /// A VP8 descriptor with 15-bit picture id, TL0PICIDX and TID (RFC 7741 section 4.2), then a frame.
    private func payload(_ identity: PacketIdentity, of layer: Layer, octets: Int) -> [UInt8] {
        let isFirst = identity.packet == 0
        var payload: [UInt8] = [
            isFirst ? 0x90 : 0x80, 0xE0, 0x80 | UInt8(layer.pictureID >> 8), UInt8(layer.pictureID & 0xFF),
            // TID and Y: the second T2 of four refers to T1.
            layer.tl0Index, temporalLayer(of: layer) << 6 | (layer.place % 4 == 3 && temporalLayers > 1 ? 0 : 0x20),
        ]
        if isFirst {
            // The frame tag: the P bit is 0 in a keyframe, which goes on with start code and size.
            payload +=
                identity.isKeyframe
                ? [0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A]
                    + [layer.width, layer.height].flatMap {
                        [UInt8($0 & 0xFF), UInt8($0 >> 8)]
                    } : [0x31, 0x02, 0x00]
        }
        if isFirst, let clearOctets {
            for index in (6 + clearOctets)..<max(payload.count, 6 + clearOctets) { payload[index] ^= 0x5B }
        }
        let rest = max(octets - payload.count - PacketIdentity.octets, 0)
        payload.append(contentsOf: repeatElement(UInt8(truncatingIfNeeded: identity.frame), count: rest))
        identity.append(to: &payload)
        return payload
    }
}
