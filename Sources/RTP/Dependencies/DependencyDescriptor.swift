/// The dependency descriptor of one packet (RTP Payload Format For AV1, appendix A.8), with what its template says filled in.
package struct DependencyDescriptor: Sendable, Hashable, BitwiseCopyable {
    /// Distances to references that a frame may have; AV1 has seven reference frames.
    package static let maximumReferences = 8

    /// `start_of_frame`: the packet is the first of its frame.
    package let isFrameStart: Bool
    /// `end_of_frame`: the packet is the last of its frame.
    package let isFrameEnd: Bool
    /// A running number of the frames. In simulcast browsers count over all encodings, so that gaps say nothing.
    package let frameNumber: UInt16
    /// Whether the packet brought the structure that is kept now.
    package let bringsStructure: Bool
    package let spatial: UInt8
    package let temporal: UInt8
    package let indications: DecodeTargetIndications
    package let references: FrameDistances
    package let chains: ChainDistances

    /// Whether a chain that protects an active decode target says that its last frame before this one is `frameNumber` minus
    /// the distance; `nil` where the chain is inactive, of which the descriptor shows 0 as if it began here.
    ///
    /// - Parameter active: a bit for each active decode target.
    package func distance(inChain chain: Int, of structure: DependencyStructure, active: UInt32) -> UInt8? {
        guard chain >= 0, chain < chains.count else { return nil }
        for (index, target) in structure.targets.enumerated()
        where Int(target.chain) == chain && active &>> UInt32(index) & 1 == 1 {
            return chains[chain]
        }
        return nil
    }
}
