/// An index into a `Slab`. It carries the generation of the place that it was handed out for, so that an index which is kept
/// longer than its record finds nothing, in place of the record that has come after.
public protocol SlabIndex: Hashable, Sendable {
    /// The place in the slab.
    var place: UInt32 { get }
    /// Odd. A place counts one on when it is given out and one when it is given back.
    var generation: UInt32 { get }
    /// Used by the slab.
    init(place: UInt32, generation: UInt32)
}

/// Records at stable places in one block of memory, for what the packet path touches: reading one through the pointer costs no
/// reference counting and no exclusivity check. Confined to its worker's thread.
///
/// Public and inlinable, because the compiler inlines and specialises no `package` function of another module.
///
/// Safe to use: a place and its generation are checked at each access; the block lives as long as the slab or is moved by
/// `insert` only, which the caller does not call while it holds a pointer.
@safe public final class Slab<Record, Index: SlabIndex> {
    @usableFromInline var records: UnsafeMutablePointer<Record>
    /// By place; odd while the place holds a record.
    @usableFromInline var generations: UnsafeMutablePointer<UInt32>
    @usableFromInline var capacity: Int
    @usableFromInline var free: [UInt32]
    /// Records that are kept.
    public private(set) var count = 0

    /// - Parameter minimumCapacity: records that are kept before the block is moved.
    public init(minimumCapacity: Int = 16) {
        capacity = minimumCapacity
        unsafe records = .allocate(capacity: minimumCapacity)
        unsafe generations = .allocate(capacity: minimumCapacity)
        unsafe generations.initialize(repeating: 0, count: minimumCapacity)
        free = (0..<UInt32(minimumCapacity)).reversed()
    }

    deinit {
        for place in 0..<capacity where unsafe generations[place] & 1 == 1 {
            unsafe (records + place).deinitialize(count: 1)
        }
        unsafe records.deallocate()
        unsafe generations.deallocate()
    }

    /// Keeps a record; pointers from before may be invalid afterwards.
    ///
    /// - Returns: its index, until it is removed.
    public func insert(_ record: Record) -> Index {
        let place = nextFreePlace()
        unsafe (records + Int(place)).initialize(to: record)
        unsafe generations[Int(place)] &+= 1
        count += 1
        return Index(place: place, generation: unsafe generations[Int(place)])
    }

    private func nextFreePlace() -> UInt32 {
        if let place = free.popLast() { return place }
        let grownRecords = UnsafeMutablePointer<Record>.allocate(capacity: capacity * 2)
        unsafe grownRecords.moveInitialize(from: records, count: capacity)
        unsafe records.deallocate()
        unsafe records = grownRecords
        let grown = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity * 2)
        unsafe grown.initialize(repeating: 0, count: capacity * 2)
        unsafe grown.update(from: generations, count: capacity)
        unsafe generations.deallocate()
        unsafe generations = grown
        free = (UInt32(capacity) + 1..<UInt32(capacity) * 2).reversed()
        capacity *= 2
        return UInt32(capacity / 2)
    }

    /// Forgets the record, unless that was done before; its place may be given to another.
    public func remove(_ index: Index) {
        guard contains(index) else { return }
        unsafe generations[Int(index.place)] &+= 1
        unsafe (records + Int(index.place)).deinitialize(count: 1)
        free.append(index.place)
        count -= 1
    }

    /// Whether the record of this index is still kept.
    @inlinable public func contains(_ index: Index) -> Bool {
        let place = Int(index.place)
        return unsafe place < capacity && generations[place] == index.generation
    }

    /// The record at an index that `insert` gave and that was not removed since.
    @inlinable public subscript(index: Index) -> UnsafeMutablePointer<Record> {
        precondition(contains(index), "no such record")
        return unsafe records + Int(index.place)
    }

    /// Where a record would be, unchecked: to be prefetched, never read.
    @inlinable public func address(of index: Index) -> UnsafeRawPointer {
        unsafe UnsafeRawPointer(records + Int(index.place))
    }
}
