import Primitives

/// A datagram of RTCP packets, one behind the other: compound (RFC 3550 section 6.1) or of reduced size, so that any
/// packet may come first (RFC 5506).
package enum RTCPCompound {
    /// Packets that one datagram may hold. A peer with every slot filled sends a report, a NACK and a PLI for each.
    package static let maximumPackets = 128

    /// What a datagram held.
    package struct Content: Sendable {
        package fileprivate(set) var packets: [RTCPPacket] = []
        /// Why packets are missing, in their order; empty where all were read. The last may stand for the whole rest.
        package fileprivate(set) var faults: [RTCPError] = []
        /// Whether octets remain behind the last packet that could be told from the rest.
        package fileprivate(set) var isCut = false
    }

    /// Reads every packet of the datagram that can be read: one that cannot is left out by itself, as long as its length
    /// tells where the next begins. Only the last may be padded (RFC 3550 section 6.4.1); no browser was seen to do
    /// otherwise. Transport-wide feedbacks share one limit of statuses, those beyond it are left out.
    package static func read(_ bytes: Span<UInt8>) -> Content {
        var content = Content()
        var offset = 0
        var statuses = 0
        repeat {
            guard content.packets.count + content.faults.count < maximumPackets else {
                content.faults.append(.tooMany(.packets, limit: maximumPackets))
                content.isCut = true
                break
            }
            do throws(RTCPError) {
                let frame = try RTCPHeader.frame(in: bytes, at: offset)
                defer { offset = frame.upperBound }
                do throws(RTCPError) {
                    let header = try RTCPHeader(parsing: bytes, at: offset)
                    guard header.paddingCount == 0 || header.end == bytes.count else { throw .paddingBeforeLast }
                    let packet = try RTCPPacket(parsing: bytes.extracting(header.bodyRange), header: header)
                    if case .transportFeedback(let feedback) = packet {
                        // A datagram full of feedbacks that each tell of thousands would keep a worker busy.
                        guard statuses &+ feedback.statusCount <= TransportFeedback.maximumStatuses else {
                            throw .tooMany(.packetStatuses, limit: TransportFeedback.maximumStatuses)
                        }
                        statuses &+= feedback.statusCount
                    }
                    content.packets.append(packet)
                } catch {
                    content.faults.append(error)
                }
            } catch {
                content.faults.append(error)
                content.isCut = true
                break
            }
        } while offset < bytes.count
        return content
    }

    /// The packets of a datagram in which everything must be right; throws the first fault.
    package static func parse(_ bytes: Span<UInt8>) throws(RTCPError) -> [RTCPPacket] {
        let content = read(bytes)
        if let fault = content.faults.first { throw fault }
        return content.packets
    }

    /// The octets of `packets`, one behind the other.
    package static func octets(of packets: [RTCPPacket]) -> [UInt8] {
        var bytes: [UInt8] = []
        for packet in packets { packet.append(to: &bytes) }
        return bytes
    }
}
