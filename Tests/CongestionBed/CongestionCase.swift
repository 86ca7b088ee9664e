/// A case of the table in Docs/CongestionControl.md.
package struct CongestionCase: Sendable {
    package var id: String
    package var title: String
    /// Seconds.
    package var duration: Double
    /// Builds the flows; the bed is run afterwards.
    package var build: @Sendable (UInt64) -> CongestionTestBed
    /// What the flows show after the run.
    package var figures: @Sendable (CongestionTestBed) -> [Figure]

    package init(
        _ id: String, _ title: String, duration: Double, build: @escaping @Sendable (UInt64) -> CongestionTestBed,
        figures: @escaping @Sendable (CongestionTestBed) -> [Figure]
    ) {
        self.id = id
        self.title = title
        self.duration = duration
        self.build = build
        self.figures = figures
    }

    /// Runs the case.
    package func run(seed: UInt64) -> (bed: CongestionTestBed, figures: [Figure]) {
        let bed = build(seed)
        bed.run(until: duration)
        return (bed, figures(bed))
    }
}

extension CongestionCase {
    /// All cases, in the order of the table.
    package static var all: [CongestionCase] { single + layers + rfc8867 + grid }
}
