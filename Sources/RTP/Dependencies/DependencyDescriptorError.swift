/// Why a dependency descriptor is unreadable.
package enum DependencyDescriptorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The element ends early: its octets.
    case truncated(octets: Int)
    /// A frame refers to templates, and no structure has come yet.
    case noStructure
    /// The frame's template is not in the structure: its number there, and how many templates there are.
    case unknownTemplate(Int, count: Int)
    /// More spatial or temporal layers than the extension can number.
    case tooManyLayers
    /// More templates than template ids.
    case tooManyTemplates
    /// A template or a frame with more references than `DependencyDescriptor.maximumReferences`.
    case tooManyReferences

    package var description: String {
        switch self {
        case .truncated(let octets): "dependency descriptor needs more than its \(octets) octets"
        case .noStructure: "dependency descriptor without a structure before it"
        case .unknownTemplate(let index, let count): "template \(index) of a structure with \(count)"
        case .tooManyLayers:
            "more than \(DependencyStructure.maximumSpatialLayers) spatial or \(DependencyStructure.maximumTemporalLayers) temporal layers"
        case .tooManyTemplates: "more than \(DependencyStructure.maximumTemplates) templates"
        case .tooManyReferences: "more than \(DependencyDescriptor.maximumReferences) references"
        }
    }
}
