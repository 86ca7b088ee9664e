/// Entries that are remembered until a time, at most so many: beyond that the one that would expire first is forgotten.
struct ExpiringSet<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var expiries: [Element: Int] = [:]

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { expiries.count }

    /// Remembers the entry until `expiry`, in seconds since 1970; a later expiry than before wins.
    mutating func insert(_ element: Element, until expiry: Int, now: Int) {
        if let known = expiries[element] {
            expiries[element] = max(known, expiry)
            return
        }
        if expiries.count >= capacity { expiries = expiries.filter { $0.value > now } }
        if expiries.count >= capacity, let first = expiries.min(by: { $0.value < $1.value })?.key {
            expiries[first] = nil
        }
        expiries[element] = expiry
    }

    func contains(_ element: Element, now: Int) -> Bool { (expiries[element] ?? .min) > now }
}
