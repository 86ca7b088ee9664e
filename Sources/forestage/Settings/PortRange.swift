/// UDP ports as they are written: `A-B`, or one port.
enum PortRange {
    /// `nil` for any other form, for port 0 and for a range that ends before it begins.
    static func read(_ text: String) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0,
            first <= last
        else { return nil }
        return first...last
    }
}
