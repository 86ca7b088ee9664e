import CDatagram
import Glibc
import Primitives

/// The TCP connections of one worker (RFC 6544, passive candidates), with their listener and an epoll of their own, which
/// the worker's epoll watches. Confined to its worker's thread.
///
/// It reads no clock: `now` is an argument. In a turn come `receive`, where something is ready, `checkTimes`, the datagrams
/// of `TCPSink`, and `flush`; what the worker must know is in `takeChanges`.
// Safe to use: the buffer lives as long as this object, and places are checked.
@safe package final class TCPConnections {
    /// What changed of a connection.
    package struct Change: Sendable {
        package let path: NetworkPath
        package let flow: TCPFlow

        package init(path: NetworkPath, flow: TCPFlow) {
            self.path = path
            self.flow = flow
        }
    }

    /// What was counted so far.
    package struct Figures: Sendable {
        /// Connections that are open.
        package var open = 0
        /// Octets that wait for all of them.
        package var waiting = 0
        /// Datagrams that were dropped because their connection took too little.
        package var dropped: UInt64 = 0
        /// Connections that were closed, by reason.
        package var closed: [TCPClosing: UInt64] = [:]
    }

    /// Octets read from one connection per turn.
    private static let readOctets = 16 * 1_024
    /// Between two looks at all connections' times.
    private static let checkInterval = Duration.milliseconds(250)
    private static let listenerName = UInt32.max

    /// Readable when something is to be done.
    package let descriptor: Int32
    package private(set) var figures = Figures()
    /// Whether the figures were not taken since they changed; datagrams that were dropped wait for the next look.
    private var hasNewFigures = false
    private let listener: OpenedListener
    private let buffer: UnsafeMutableRawPointer
    private let ready: UnsafeMutablePointer<fs_ready>
    /// By place; a connection's number in `NetworkPath` is one more.
    private var connections: [TCPConnection?] = []
    private var free: [Int] = []
    private var dirty: [TCPConnection] = []
    private var changes: [Change] = []
    private var nextCheck: MonotonicInstant?
    /// When accepting goes on; `nil` while it does.
    private var acceptsAgainAt: MonotonicInstant?
    /// Whether some connection is to be closed at the end of the turn.
    private var hasEnding = false
    /// Whether some batch of this turn may hold datagrams for a connection.
    package private(set) var isInUse = false

    /// Owns the listener from now on.
    package init(_ listener: OpenedListener) throws(SocketError) {
        self.listener = listener
        descriptor = fs_epoll_create()
        unsafe buffer = .allocate(byteCount: Self.readOctets, alignment: 16)
        unsafe ready = .allocate(capacity: Int(FS_BATCH))
        guard descriptor >= 0, fs_epoll_add(descriptor, listener.descriptor, Self.listenerName) == 0 else {
            throw SocketError(description: "cannot watch a TCP listener; raise the limit of open files (ulimit -n)")
        }
    }

    deinit {
        fs_close(listener.descriptor)
        if descriptor >= 0 { fs_close(descriptor) }
        unsafe buffer.deallocate()
        unsafe ready.deallocate()
    }

    /// When `checkTimes` is to be called at the latest; `nil` while there is no connection.
    package var nextTimeout: MonotonicInstant? { earliest(nextCheck, acceptsAgainAt) }

    /// What changed since the last call.
    package func takeChanges() -> [Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    /// The figures, where they have changed since the last call.
    package func takeNewFigures() -> Figures? {
        guard hasNewFigures else { return nil }
        hasNewFigures = false
        return figures
    }

    private subscript(number: UInt16) -> TCPConnection? {
        let place = Int(number) - 1
        return connections.indices.contains(place) ? connections[place] : nil
    }

    // MARK: - Receiving

    /// Takes what has come.
    ///
    /// - Parameters:
    ///   - isKnown: whether a peer has this path.
    ///   - body: called with each datagram, which may be changed in place.
    package func receive(
        now: MonotonicInstant, isKnown: (NetworkPath) -> Bool,
        _ body: (UnsafeMutableRawBufferPointer, NetworkPath) -> Void
    ) {
        let count = unsafe Int(fs_epoll_wait_ready(descriptor, ready, Int32(FS_BATCH), 0))
        for index in 0..<max(count, 0) {
            let event = unsafe ready[index]
            if event.name == Self.listenerName {
                accept(now: now)
                continue
            }
            guard let connection = self[UInt16(truncatingIfNeeded: event.name)] else { continue }
            if event.is_readable != 0 {
                unsafe read(connection, now: now, body)
                if !connection.isProven, isKnown(connection.path) {
                    connection.isProven = true
                    connection.lastKnown = now
                }
            }
            if event.is_writable != 0 { goOn(connection, now: now) }
        }
    }

    private func read(
        _ connection: TCPConnection, now: MonotonicInstant,
        _ body: (UnsafeMutableRawBufferPointer, NetworkPath) -> Void
    ) {
        let count = unsafe Int(fs_tcp_read(connection.descriptor, buffer, UInt64(Self.readOctets)))
        guard count > 0 else {
            if count == 0 || (count != -Int(EAGAIN) && count != -Int(EINTR)) { end(connection, .byPeer) }
            return
        }
        connection.lastReceived = now
        let wasInside = connection.reader.isInsideFrame
        var frames = 0
        do throws(TCPFrameReader.FrameTooLong) {
            try unsafe connection.reader.receive(UnsafeMutableRawBufferPointer(start: buffer, count: count)) {
                datagram in
                frames += 1
                unsafe body(datagram, connection.path)
            }
        } catch {
            return end(connection, .frame)
        }
        if !connection.reader.isInsideFrame {
            connection.frameBegan = nil
        } else if !wasInside || frames > 0 {
            connection.frameBegan = now
        }
    }

    // MARK: - Accepting

    private func accept(now: MonotonicInstant) {
        for _ in 0..<TCPLimits.acceptsPerTurn {
            var remote = fs_endpoint()
            var local = fs_endpoint()
            let accepted = unsafe fs_tcp_accept(
                listener.descriptor, TCPLimits.kernelBuffer, TCPLimits.kernelUnsent, &remote, &local)
            if accepted == -EMFILE || accepted == -ENFILE || accepted == -ENOBUFS || accepted == -ENOMEM {
                // The listener would stay readable, and the worker would do nothing else than fail.
                acceptsAgainAt = now + TCPLimits.acceptPause
                _ = fs_epoll_watch(descriptor, listener.descriptor, Self.listenerName, 0, 0)
                return
            }
            if accepted == -EAGAIN { return }
            // Another error is that of one connection, which broke before it was accepted.
            guard accepted >= 0 else { continue }
            admit(accepted, TransportAddress(remote), TransportAddress(local), now: now)
        }
    }

    private func admit(_ accepted: Int32, _ remote: TransportAddress, _ local: TransportAddress, now: MonotonicInstant)
    {
        guard hasRoom(for: remote) else {
            fs_close(accepted)
            return count(.refused)
        }
        let place = free.popLast() ?? connections.count
        if place == connections.count { connections.append(nil) }
        let number = UInt16(place + 1)
        let path = NetworkPath(local: local, remote: remote, connection: number)
        let connection = TCPConnection(descriptor: accepted, path: path, now: now)
        guard fs_epoll_add(descriptor, accepted, UInt32(number)) == 0 else {
            free.append(place)
            return count(.refused)
        }
        connections[place] = connection
        figures.open += 1
        hasNewFigures = true
        isInUse = true
        nextCheck = nextCheck ?? now + Self.checkInterval
    }

    /// Whether another connection of this host is allowed.
    private func hasRoom(for remote: TransportAddress) -> Bool {
        var admission = TCPAdmission(of: remote)
        for case let connection? in connections {
            admission.count(connection.path.remote, isProven: connection.isProven)
        }
        return admission.isAllowed
    }

    // MARK: - Sending

    /// Takes a datagram of the worker; it leaves with `flush`.
    ///
    /// - Parameter port: the remote port, by which a connection that has closed is told from one that has its number now.
    func send(_ datagram: UnsafeBufferPointer<UInt8>, on number: UInt16, port: UInt16, now: MonotonicInstant) {
        guard let connection = self[number], connection.path.remote.port == port, connection.ending == nil else {
            return
        }
        guard unsafe connection.queue.append(datagram, now: now) else {
            figures.dropped &+= 1
            return
        }
        if !connection.isDirty {
            connection.isDirty = true
            dirty.append(connection)
        }
        // More than a picture in one turn: the kernel may take a part before the rest comes.
        if connection.queue.count > TCPLimits.maximumQueue / 2, !connection.awaitsRoom { write(connection) }
    }

    /// Hands the kernel what the turn's datagrams are, and closes what is to be closed.
    package func flush(now: MonotonicInstant) {
        for connection in dirty {
            connection.isDirty = false
            if !connection.awaitsRoom { goOn(connection, now: now) } else { noteFlow(of: connection, now: now) }
        }
        dirty.removeAll(keepingCapacity: true)
        if hasEnding { closeEnded() }
    }

    /// Writes what waits, and notes what the connection takes.
    private func goOn(_ connection: TCPConnection, now: MonotonicInstant) {
        guard connection.ending == nil else { return }
        write(connection)
        if connection.queue.isEmpty, connection.flow == .stalled { change(connection, to: .clear) }
        noteFlow(of: connection, now: now)
    }

    private func write(_ connection: TCPConnection) {
        connection.write()
        if connection.ending != nil { hasEnding = true }
        watch(connection, forRoom: !connection.queue.isEmpty)
    }

    private func watch(_ connection: TCPConnection, forRoom wants: Bool) {
        guard connection.awaitsRoom != wants else { return }
        connection.awaitsRoom = wants
        _ = fs_epoll_watch(
            descriptor, connection.descriptor, UInt32(connection.path.connection), 1, wants ? 1 : 0)
    }

    private func noteFlow(of connection: TCPConnection, now: MonotonicInstant) {
        guard connection.flow != .stalled else { return }
        if let since = connection.queue.waitingSince, now - since >= TCPLimits.longestWait {
            figures.dropped &+= UInt64(connection.queue.dropWaiting())
            connection.stalledSince = now
            // Nothing more may wait, but the kernel is full: it says when that changes.
            watch(connection, forRoom: true)
            return change(connection, to: .stalled)
        }
        if connection.queue.count > TCPLimits.congestedQueue {
            change(connection, to: .congested)
        } else if connection.queue.count <= TCPLimits.clearQueue {
            change(connection, to: .clear)
        }
    }

    private func change(_ connection: TCPConnection, to flow: TCPFlow) {
        guard connection.flow != flow else { return }
        connection.flow = flow
        changes.append(Change(path: connection.path, flow: flow))
    }

    // MARK: - Closing

    /// Closes connections whose time is over, where it is time to look.
    ///
    /// - Parameter isKnown: whether a peer has this path.
    package func checkTimes(now: MonotonicInstant, isKnown: (NetworkPath) -> Bool) {
        if let again = acceptsAgainAt, again <= now {
            acceptsAgainAt = nil
            _ = fs_epoll_watch(descriptor, listener.descriptor, Self.listenerName, 1, 0)
        }
        guard let nextCheck, nextCheck <= now else { return }
        var waiting = 0
        for case let connection? in connections {
            if isKnown(connection.path) { connection.lastKnown = now }
            noteFlow(of: connection, now: now)
            if let reason = connection.overdue(at: now) { end(connection, reason) }
            waiting += connection.queue.count
        }
        figures.waiting = waiting
        hasNewFigures = true
        self.nextCheck = figures.open > 0 ? now + Self.checkInterval : nil
    }

    private func end(_ connection: TCPConnection, _ reason: TCPClosing) {
        if connection.ending == nil { connection.ending = reason }
        hasEnding = true
    }

    /// Closes what is to be closed: after the turn's datagrams, some of which may be for these.
    private func closeEnded() {
        for place in connections.indices {
            guard let connection = connections[place], let reason = connection.ending else { continue }
            connections[place] = nil
            free.append(place)
            figures.open -= 1
            count(reason)
            change(connection, to: .closed)
        }
        hasEnding = false
        isInUse = figures.open > 0
    }

    private func count(_ reason: TCPClosing) {
        figures.closed[reason, default: 0] &+= 1
        hasNewFigures = true
    }
}
