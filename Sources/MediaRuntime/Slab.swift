/// Records at stable indices in one block of memory, for what the packet path touches: reading one through the pointer
/// costs no reference counting and no exclusivity check. Confined to its worker's thread.
// Safe to use: an index is handed out once and checked against the capacity; the block lives as long as the slab or is
// moved by `insert` only, which the caller does not call while it holds a pointer.
@safe final class Slab<Record> {
    private var records: UnsafeMutablePointer<Record>
    private var capacity: Int
    private var isUsed: [Bool]
    private var free: [Int]
    private(set) var count = 0

    init(minimumCapacity: Int = 16) {
        capacity = minimumCapacity
        unsafe records = .allocate(capacity: minimumCapacity)
        isUsed = Array(repeating: false, count: minimumCapacity)
        free = Array((0..<minimumCapacity).reversed())
    }

    deinit {
        for index in 0..<capacity where isUsed[index] { unsafe (records + index).deinitialize(count: 1) }
        unsafe records.deallocate()
    }

    /// Keeps a record; pointers from before may be invalid afterwards.
    ///
    /// - Returns: its index, until it is removed.
    func insert(_ record: Record) -> Int {
        let index = nextFreeIndex()
        unsafe (records + index).initialize(to: record)
        isUsed[index] = true
        count += 1
        return index
    }

    private func nextFreeIndex() -> Int {
        if let index = free.popLast() { return index }
        let grown = UnsafeMutablePointer<Record>.allocate(capacity: capacity * 2)
        unsafe grown.moveInitialize(from: records, count: capacity)
        unsafe records.deallocate()
        unsafe records = grown
        free = Array((capacity + 1..<capacity * 2).reversed())
        isUsed += Array(repeating: false, count: capacity)
        capacity *= 2
        return capacity / 2
    }

    /// Forgets the record; its index may be given to another.
    func remove(_ index: Int) {
        guard isUsed[index] else { return }
        isUsed[index] = false
        unsafe (records + index).deinitialize(count: 1)
        free.append(index)
        count -= 1
    }

    /// Whether the index is in use.
    func contains(_ index: Int) -> Bool { isUsed.indices.contains(index) && isUsed[index] }

    /// The record at an index that `insert` gave.
    subscript(index: Int) -> UnsafeMutablePointer<Record> {
        precondition(index >= 0 && index < capacity, "no such record")
        return unsafe records + index
    }
}
