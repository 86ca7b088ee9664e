/// When to read the certificate's files again: once they have changed and then rest, because the certificate and its key
/// are two files, which are not replaced at the same instant.
struct CertificateWatch<Stamp: Equatable> {
    private enum State {
        /// The files are as they were when they were last read. -> changing
        case settled(Stamp)
        /// They were other files at the last look. -> changing (others again), settled (the same twice)
        case changing(Stamp)
    }

    /// What one look at the files tells.
    enum OnLook {
        case nothing
        case read
    }

    private var state: State

    /// - Parameter stamp: the files' states from before they were read.
    init(read stamp: Stamp) { state = .settled(stamp) }

    /// The files are looked at.
    mutating func looked(_ stamp: Stamp) -> OnLook {
        switch state {
        case .settled(let read) where read == stamp: return .nothing
        case .changing(let last) where last == stamp:
            state = .settled(stamp)
            return .read
        case .settled, .changing:
            state = .changing(stamp)
            return .nothing
        }
    }

    /// The files are read because somebody asked for it.
    mutating func asked(_ stamp: Stamp) -> OnLook {
        state = .settled(stamp)
        return .read
    }
}
