import Primitives

/// A datagram of concatenated RTCP packets: compound (RFC 3550 section 6.1) or of reduced size, in which any packet may
/// be first (RFC 5506).
package enum RTCPCompound {
    /// The largest number of packets in a datagram. A peer with all slots filled sends a report, a NACK and a PLI for
    /// each.
    package static let maximumPackets = 128

    /// The contents of a datagram.
    package struct Content: Sendable {
        package fileprivate(set) var packets: [RTCPPacket] = []
        /// The errors of unreadable packets, in their order; empty if all were read. The last error may stand for the
        /// whole remainder.
        package fileprivate(set) var faults: [RTCPError] = []
        /// Whether a remainder could not be split into packets.
        package fileprivate(set) var isCut = false
    }

    /// Reads all readable packets of the datagram. An unreadable packet is skipped by its length field. Only the last
    /// packet may be padded (RFC 3550 section 6.4.1); no browser was seen to do otherwise. Transport-wide feedbacks
    /// share one limit of statuses; feedbacks beyond it are skipped.
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
                        // A datagram full of feedbacks with thousands of statuses each would keep a worker busy.
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

    /// The packets of a datagram; throws the first error.
    package static func parse(_ bytes: Span<UInt8>) throws(RTCPError) -> [RTCPPacket] {
        let content = read(bytes)
        if let fault = content.faults.first { throw fault }
        return content.packets
    }

    /// The octets of `packets`, concatenated.
    package static func octets(of packets: [RTCPPacket]) -> [UInt8] {
        var bytes: [UInt8] = []
        for packet in packets { packet.append(to: &bytes) }
        return bytes
    }
}
