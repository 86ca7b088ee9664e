/// The distances of a frame to those that it refers to, in frame numbers: 1 and more.
package struct FrameDistances: Sendable, Hashable, BitwiseCopyable {
    private var values: InlineArray<8, UInt16>
    package private(set) var count = 0

    package init() { values = .init(repeating: 0) }

    mutating func append(_ value: UInt32) throws(DependencyDescriptorError) {
        guard count < DependencyDescriptor.maximumReferences else { throw .tooManyReferences }
        values[count] = UInt16(truncatingIfNeeded: value)
        count &+= 1
    }

    package subscript(index: Int) -> UInt16 { values[index] }

    package static func == (a: FrameDistances, b: FrameDistances) -> Bool {
        a.count == b.count && (0..<a.count).allSatisfy { a[$0] == b[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(self[index]) }
    }
}

/// The distances of a frame to the frame before it in each chain (RTP Payload Format For AV1, appendix A.5).
///
/// 0 means that the chain begins here, or that no active decode target is protected by it: then it says nothing.
package struct ChainDistances: Sendable, Hashable, BitwiseCopyable {
    private var values: InlineArray<32, UInt8>
    package private(set) var count = 0

    package init() { values = .init(repeating: 0) }

    /// - Precondition: there are at most as many chains as decode targets.
    mutating func append(_ value: UInt32) {
        values[count] = UInt8(truncatingIfNeeded: value)
        count &+= 1
    }

    package subscript(chain: Int) -> UInt8 { values[chain] }

    package static func == (a: ChainDistances, b: ChainDistances) -> Bool {
        a.count == b.count && (0..<a.count).allSatisfy { a[$0] == b[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(self[index]) }
    }
}
