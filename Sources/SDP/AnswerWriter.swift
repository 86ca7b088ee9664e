import ICE
import Primitives
import RTP

/// Writes an answer (RFC 9429 section 5.3) from what was agreed.
///
/// Every section repeats the ICE and DTLS attributes, as browsers do: some clients look for them in each. Candidates
/// stand once, in the section that carries the bundle (RFC 9143 section 7.1.3).
struct AnswerWriter {
    let session: NegotiatedSession
    let local: LocalSession
    let style: AnswerStyle

    func description() -> SessionDescription {
        // RFC 9429 section 5.2.1: 63 bits for the session identifier.
        let identifier = local.sessionID & UInt64(Int64.max)
        var description = SessionDescription(origin: "- \(identifier) \(local.version) IN IP4 127.0.0.1")
        if session.hasBundle, !session.bundle.isEmpty {
            description.add("group", "BUNDLE " + session.bundle.joined(separator: " "))
        }
        description.add("ice-lite")
        if session.extmapAllowMixed { description.add("extmap-allow-mixed") }
        description.media = session.sections.map { write($0) }
        return description
    }

    private func write(_ section: NegotiatedSection) -> MediaDescription {
        switch section.content {
        case .rejected:
            return rejected(section)
        case .data(let sctpPort, _):
            var media = opened(section, formats: section.offered.formats)
            media.add("sctp-port", String(sctpPort))
            media.add("max-message-size", String(Self.maximumMessageOctets))
            return media
        case .publish:
            var media = withPayloads(section)
            writeSimulcast(section, to: &media)
            return media
        case .slot(let parameters, let streamID, let trackID):
            var media = withPayloads(section)
            media.add("msid", "\(streamID) \(trackID)")
            if let rtx = parameters.rtxSSRC {
                media.add("ssrc-group", "FID \(parameters.ssrc) \(rtx)")
                media.add("ssrc", "\(parameters.ssrc) cname:\(parameters.cname)")
                media.add("ssrc", "\(rtx) cname:\(parameters.cname)")
            } else {
                media.add("ssrc", "\(parameters.ssrc) cname:\(parameters.cname)")
            }
            return media
        case .inactive:
            return withPayloads(section)
        }
    }

    /// Octets of the largest data message that the server takes (RFC 8841 section 6).
    static let maximumMessageOctets = 65_536

    /// RFC 3264 section 6: port 0, at least one format, no place in the bundle. ICE and DTLS attributes mean nothing
    /// here, but aiortc refuses an answer in which any section lacks them.
    private func rejected(_ section: NegotiatedSection) -> MediaDescription {
        let offered = section.offered
        var media = MediaDescription(
            media: offered.media, port: 0, transportProtocol: offered.transportProtocol,
            formats: Array(offered.formats.prefix(1)), connection: "IN IP4 0.0.0.0")
        media.add(MediaDirection.inactive.rawValue)
        if let mid = section.mid, offered.statesMid { media.add("mid", mid) }
        addTransport(to: &media)
        return media
    }

    private func addTransport(to media: inout MediaDescription) {
        media.add("ice-ufrag", local.credentials.usernameFragment)
        media.add("ice-pwd", local.credentials.password)
        if session.isTrickle { media.add("ice-options", "trickle") }
        media.add("fingerprint", local.fingerprint.sdpValue)
        media.add("setup", session.startsHandshake ? "active" : "passive")
    }

    /// The attributes that every accepted section begins with.
    private func opened(_ section: NegotiatedSection, formats: [String]) -> MediaDescription {
        let offered = section.offered
        let place = HostCandidate.defaultAddress(of: local.candidates)
        let family = place?.family == .v6 ? "IP6" : "IP4"
        var media = MediaDescription(
            media: offered.media, port: place?.port ?? 9, transportProtocol: offered.transportProtocol,
            formats: formats, connection: "IN \(family) \(place?.host ?? "0.0.0.0")")
        let mid = section.mid ?? ""
        if offered.statesMid { media.add("mid", mid) }
        addTransport(to: &media)
        if mid == session.bundle.first {
            media.attributes += HostCandidate.attributes(
                for: local.candidates, acceptsTCP: local.acceptsTCP)
            media.add("end-of-candidates")
        }
        return media
    }

    private func withPayloads(_ section: NegotiatedSection) -> MediaDescription {
        let offered = section.offered
        let formats = section.payloads.flatMap { [$0.payloadType] + ($0.rtxPayloadType.map { [$0] } ?? []) }
        var media = opened(section, formats: formats.map { String($0) })
        let direction: MediaDirection =
            switch section.content {
            case .publish: .recvonly
            case .slot: .sendonly
            case .inactive, .rejected, .data: .inactive
            }
        media.add(direction.rawValue)
        media.add("rtcp-mux")
        if style.statesRTCPMuxOnly { media.add("rtcp-mux-only") }
        if offered.hasReducedSizeRTCP { media.add("rtcp-rsize") }
        if offered.allowsMixedHere, !session.extmapAllowMixed { media.add("extmap-allow-mixed") }
        for known in HeaderExtension.allCases {
            guard let identifier = section.extensions[known] else { continue }
            let stated = offered.extensionTable.directions[known].map { "/" + $0.reversed.rawValue } ?? ""
            media.add("extmap", "\(identifier)\(stated) \(known.uri)")
        }
        for mapping in section.payloads { write(mapping, offered: offered, to: &media) }
        return media
    }

    private func write(_ mapping: PayloadMapping, offered: OfferSection, to media: inout MediaDescription) {
        let codec = mapping.format.codec
        let type = mapping.payloadType
        let channels = codec.kind == .audio ? "/2" : ""
        media.add("rtpmap", "\(type) \(codec.rawValue)/\(codec.clockRate)\(channels)")
        for name in mapping.feedback.sdpNames { media.add("rtcp-fb", "\(type) \(name)") }
        if let parameters = answered(offered.parameters[type], codec: codec) {
            media.add("fmtp", "\(type) \(parameters.text)")
        }
        if let rtx = mapping.rtxPayloadType {
            media.add("rtpmap", "\(rtx) rtx/\(codec.clockRate)")
            media.add("fmtp", "\(rtx) apt=\(type)")
        }
    }

    /// What of the offered format parameters holds for both ends. VP8's `max-fs` and `max-fr` are wishes of the
    /// offerer as receiver; the server, which only passes frames on, has none.
    private func answered(_ parameters: FormatParameters?, codec: Codec) -> FormatParameters? {
        switch codec {
        case .opus:
            parameters?.keeping([
                "minptime", "useinbandfec", "usedtx", "stereo", "sprop-stereo", "maxplaybackrate", "maxaveragebitrate",
                "cbr",
            ])
        case .red: parameters
        case .vp8: nil
        case .vp9: parameters?.keeping(["profile-id"])
        case .h264: parameters?.keeping(["profile-level-id", "packetization-mode", "level-asymmetry-allowed"])
        case .av1: parameters?.keeping(["profile", "level-idx", "tier"])
        }
    }

    /// RFC 8853 section 5.3: the accepted streams in the offer's order, from the receiver's side.
    private func writeSimulcast(_ section: NegotiatedSection, to media: inout MediaDescription) {
        let simulcast = section.offered.simulcast
        let rids = simulcast.streams.map(\.rid)
        for rid in rids {
            media.add("rid", "\(rid) recv" + (simulcast.restrictions[rid].map { " " + $0 } ?? ""))
        }
        if simulcast.isDeclared { media.add("simulcast", "recv " + rids.joined(separator: ";")) }
    }
}

extension FeedbackTypes {
    /// As in `a=rtcp-fb`.
    var sdpNames: [String] {
        let names: [(FeedbackTypes, String)] = [
            (.remb, "goog-remb"), (.transportCC, "transport-cc"), (.fir, "ccm fir"), (.nack, "nack"),
            (.pli, "nack pli"),
        ]
        return names.filter { contains($0.0) }.map(\.1)
    }
}
