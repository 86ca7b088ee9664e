import Logging

/// Keeps a store's certificate that of its files while the server runs. Files that cannot be used leave the certificate as
/// it is.
package struct CertificateReloader: Sendable {
    let files: CertificateFiles
    package let store: CertificateStore
    let logger: Logger
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int64
    /// The files' states from before they were first read.
    private let stamp: CertificateFiles.Stamp

    /// From one look at the files to the next. What changed is read at the second look that finds it the same.
    package static let interval = Duration.seconds(2)

    /// Reads the files for the first time.
    ///
    /// - Throws: `CertificateError` that names the file and what is wrong with it.
    package init(
        _ files: CertificateFiles, logger: Logger, secondsSince1970: @escaping @Sendable () -> Int64
    ) throws(CertificateError) {
        self.files = files
        self.logger = logger
        self.secondsSince1970 = secondsSince1970
        stamp = files.stamp
        let certificate = try files.read(now: secondsSince1970())
        for warning in certificate.warnings { logger.warning("\(warning)") }
        store = CertificateStore(certificate)
    }

    /// Looks at the files until the task is cancelled.
    ///
    /// - Parameter requests: each asks to read the files at once, whether they changed or not, and has the name of what asks.
    package func run<C: Clock<Duration>>(clock: C, requests: AsyncStream<String>) async {
        let (looks, looking) = AsyncStream.makeStream(of: Bool.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await clock.sleep(for: Self.interval)) != nil { looking.yield(false) }
                looking.finish()
            }
            group.addTask { for await _ in requests { looking.yield(true) } }
            var watch = CertificateWatch(read: stamp)
            for await isAsked in looks {
                let stamp = files.stamp
                if case .read = isAsked ? watch.asked(stamp) : watch.looked(stamp) { reload() }
            }
            group.cancelAll()
        }
    }

    private func reload() {
        do throws(CertificateError) {
            let certificate = try files.read(now: secondsSince1970())
            store.current = certificate
            logger.info(
                "new connections get the certificate of \(files.certificate)",
                metadata: ["certificate": "\(certificate.summary)"])
            for warning in certificate.warnings { logger.warning("\(warning)") }
        } catch {
            logger.error("the certificate stays as it was: \(error)")
        }
    }
}
