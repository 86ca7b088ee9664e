import ICE
import Primitives
import RTP

/// Writes offers like a browser's, for the project's own client: one bundle, DTLS-SRTP, rtcp-mux.
package struct OfferBuilder: Sendable {
    /// One transceiver of the client.
    package struct Section: Sendable {
        package var mid: String
        package var kind: MediaKind
        package var direction: MediaDirection
        package var payloads: [PayloadMapping]
        package var extensions: HeaderExtensionMap
        /// RIDs to send, the smallest encoding first; empty without simulcast.
        package var rids: [String]
        /// The SSRC that the client states, if any.
        package var ssrc: SSRC?
        package var rtxSSRC: SSRC?

        package init(
            mid: String, kind: MediaKind, direction: MediaDirection, payloads: [PayloadMapping],
            extensions: HeaderExtensionMap = OfferBuilder.browserExtensions, rids: [String] = [], ssrc: SSRC? = nil,
            rtxSSRC: SSRC? = nil
        ) {
            self.mid = mid
            self.kind = kind
            self.direction = direction
            self.payloads = payloads
            self.extensions = extensions
            self.rids = rids
            self.ssrc = ssrc
            self.rtxSSRC = rtxSSRC
        }
    }

    package var credentials: ICECredentials
    package var fingerprint: CertificateFingerprint
    package var sessionID: UInt64
    package var version: UInt64
    package var cname: String
    package var sections: [Section]
    /// The mid of a data section at the end; `nil` without one.
    package var dataMid: String?

    package init(
        credentials: ICECredentials, fingerprint: CertificateFingerprint, sessionID: UInt64, version: UInt64 = 1,
        cname: String, sections: [Section], dataMid: String? = nil
    ) {
        self.credentials = credentials
        self.fingerprint = fingerprint
        self.sessionID = sessionID
        self.version = version
        self.cname = cname
        self.sections = sections
        self.dataMid = dataMid
    }

    /// Chromium's identifiers.
    package static var browserExtensions: HeaderExtensionMap {
        var map = HeaderExtensionMap()
        map[.audioLevel] = 1
        map[.absoluteSendTime] = 2
        map[.transportSequenceNumber] = 3
        map[.mid] = 4
        map[.rid] = 10
        map[.repairedRid] = 11
        return map
    }

    /// Chromium's payload types: video with RTX and all feedback.
    package static func browserPayloads(_ codecs: [Codec]) -> [PayloadMapping] {
        codecs.map { codec in
            let video: FeedbackTypes = [.nack, .pli, .fir, .remb, .transportCC]
            return switch codec {
            case .opus: PayloadMapping(payloadType: 111, format: CodecFormat(.opus), feedback: .transportCC)
            case .red: PayloadMapping(payloadType: 63, format: CodecFormat(.red))
            case .vp8:
                PayloadMapping(payloadType: 96, format: CodecFormat(.vp8), rtxPayloadType: 97, feedback: video)
            case .vp9:
                PayloadMapping(
                    payloadType: 98, format: CodecFormat(.vp9, profile: ["profile-id": "0"]), rtxPayloadType: 99,
                    feedback: video)
            case .h264:
                PayloadMapping(
                    payloadType: 108,
                    format: CodecFormat(
                        .h264, profile: ["profile-level-id": "42e01f", "packetization-mode": "1"]),
                    rtxPayloadType: 109, feedback: video)
            case .av1:
                PayloadMapping(
                    payloadType: 45, format: CodecFormat(.av1, profile: ["profile": "0"]), rtxPayloadType: 46,
                    feedback: video)
            }
        }
    }

    /// The offer's text, lines ended by CRLF. It has no candidates, because an ICE-lite server learns them from the
    /// checks.
    package func offer() -> String {
        let identifier = sessionID & UInt64(Int64.max)
        var description = SessionDescription(origin: "- \(identifier) \(version) IN IP4 127.0.0.1")
        let mids = sections.map(\.mid) + (dataMid.map { [$0] } ?? [])
        description.add("group", "BUNDLE " + mids.joined(separator: " "))
        description.add("extmap-allow-mixed")
        description.media = sections.map { media($0) }
        if let dataMid {
            var media = MediaDescription(
                media: "application", port: 9, transportProtocol: "UDP/DTLS/SCTP", formats: ["webrtc-datachannel"],
                connection: "IN IP4 0.0.0.0")
            addTransport(mid: dataMid, to: &media)
            media.add("sctp-port", "5000")
            media.add("max-message-size", "262144")
            description.media.append(media)
        }
        return description.serialized
    }

    private func addTransport(mid: String, to media: inout MediaDescription) {
        media.add("mid", mid)
        media.add("ice-ufrag", credentials.usernameFragment)
        media.add("ice-pwd", credentials.password)
        media.add("ice-options", "trickle")
        media.add("fingerprint", fingerprint.sdpValue)
        media.add("setup", "actpass")
    }

    private func media(_ section: Section) -> MediaDescription {
        let formats = section.payloads.flatMap { [$0.payloadType] + ($0.rtxPayloadType.map { [$0] } ?? []) }
        var media = MediaDescription(
            media: section.kind.rawValue, port: 9, transportProtocol: "UDP/TLS/RTP/SAVPF",
            formats: formats.map { String($0) }, connection: "IN IP4 0.0.0.0")
        addTransport(mid: section.mid, to: &media)
        for known in HeaderExtension.allCases {
            guard let identifier = section.extensions[known] else { continue }
            media.add("extmap", "\(identifier) \(known.uri)")
        }
        media.add(section.direction.rawValue)
        media.add("rtcp-mux")
        media.add("rtcp-rsize")
        for mapping in section.payloads { add(mapping, among: section.payloads, to: &media) }
        if !section.rids.isEmpty {
            for rid in section.rids { media.add("rid", "\(rid) send") }
            media.add("simulcast", "send " + section.rids.joined(separator: ";"))
        }
        if let ssrc = section.ssrc {
            if let rtx = section.rtxSSRC { media.add("ssrc-group", "FID \(ssrc) \(rtx)") }
            media.add("ssrc", "\(ssrc) cname:\(cname)")
            if let rtx = section.rtxSSRC { media.add("ssrc", "\(rtx) cname:\(cname)") }
        }
        return media
    }

    private func add(_ mapping: PayloadMapping, among all: [PayloadMapping], to media: inout MediaDescription) {
        let codec = mapping.format.codec
        let type = mapping.payloadType
        media.add("rtpmap", "\(type) \(codec.rawValue)/\(codec.clockRate)\(codec.kind == .audio ? "/2" : "")")
        for name in mapping.feedback.sdpNames { media.add("rtcp-fb", "\(type) \(name)") }
        switch codec {
        case .opus:
            media.add("fmtp", "\(type) minptime=10;useinbandfec=1")
        case .red:
            if let opus = all.first(where: { $0.format.codec == .opus })?.payloadType {
                media.add("fmtp", "\(type) \(opus)/\(opus)")
            }
        case .vp8, .vp9, .h264, .av1:
            let pairs = mapping.format.profile.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            if !pairs.isEmpty { media.add("fmtp", "\(type) " + pairs.joined(separator: ";")) }
        }
        if let rtx = mapping.rtxPayloadType {
            media.add("rtpmap", "\(rtx) rtx/\(codec.clockRate)")
            media.add("fmtp", "\(rtx) apt=\(type)")
        }
    }
}
