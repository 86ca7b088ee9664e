import Primitives

/// One RTCP packet.
package enum RTCPPacket: Sendable, Equatable {
    case senderReport(SenderReport)
    case receiverReport(ReceiverReport)
    case sourceDescription(SourceDescription)
    case goodbye(Goodbye)
    case nack(GenericNACK)
    case pictureLossIndication(PictureLossIndication)
    case fullIntraRequest(FullIntraRequest)
    case remb(ReceiverEstimatedMaximumBitrate)
    case transportFeedback(TransportFeedback)
    case extendedReport(ExtendedReport)
    /// Another type or format, with a valid header.
    case unknown(UnknownRTCPPacket)

    /// Parses the packet whose header is `header` and whose body, without padding, is `body`.
    package init(parsing body: Span<UInt8>, header: RTCPHeader) throws(RTCPError) {
        let format = header.format
        switch RTCPPacketType(rawValue: header.packetType) {
        case .senderReport: self = .senderReport(try SenderReport(parsing: body, count: Int(format)))
        case .receiverReport: self = .receiverReport(try ReceiverReport(parsing: body, count: Int(format)))
        case .sourceDescription: self = .sourceDescription(try SourceDescription(parsing: body, count: Int(format)))
        case .goodbye: self = .goodbye(try Goodbye(parsing: body, count: Int(format)))
        case .extendedReport: self = .extendedReport(try ExtendedReport(parsing: body))
        case .transportFeedback where format == FeedbackFormat.nack: self = .nack(try GenericNACK(parsing: body))
        case .transportFeedback where format == FeedbackFormat.transportWide:
            self = .transportFeedback(try TransportFeedback(parsing: body))
        case .payloadFeedback where format == FeedbackFormat.pictureLoss:
            self = .pictureLossIndication(try PictureLossIndication(parsing: body))
        case .payloadFeedback where format == FeedbackFormat.fullIntra:
            self = .fullIntraRequest(try FullIntraRequest(parsing: body))
        case .payloadFeedback
        where format == FeedbackFormat.application && ReceiverEstimatedMaximumBitrate.isIdentified(in: body):
            self = .remb(try ReceiverEstimatedMaximumBitrate(parsing: body))
        case .transportFeedback, .payloadFeedback, nil:
            self = .unknown(UnknownRTCPPacket(body: body, header: header))
        }
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        switch self {
        case .senderReport(let packet): packet.append(to: &bytes)
        case .receiverReport(let packet): packet.append(to: &bytes)
        case .sourceDescription(let packet): packet.append(to: &bytes)
        case .goodbye(let packet): packet.append(to: &bytes)
        case .nack(let packet): packet.append(to: &bytes)
        case .pictureLossIndication(let packet): packet.append(to: &bytes)
        case .fullIntraRequest(let packet): packet.append(to: &bytes)
        case .remb(let packet): packet.append(to: &bytes)
        case .transportFeedback(let packet): packet.append(to: &bytes)
        case .extendedReport(let packet): packet.append(to: &bytes)
        case .unknown(let packet): packet.append(to: &bytes)
        }
    }
}

/// An RTCP packet with a valid header, of a type or format that the server does not read.
package struct UnknownRTCPPacket: Sendable, Equatable {
    package var packetType: UInt8
    /// The five bits below the padding flag.
    package var format: UInt8
    /// The body without padding.
    package var body: [UInt8]

    package init(packetType: UInt8, format: UInt8, body: [UInt8]) {
        self.packetType = packetType
        self.format = format
        self.body = body
    }

    init(body: Span<UInt8>, header: RTCPHeader) {
        self.init(packetType: header.packetType, format: header.format, body: body.copy(0..<body.count))
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        bytes.appendRTCP(packetType: packetType, format: format) { $0.append(contentsOf: body) }
    }
}
