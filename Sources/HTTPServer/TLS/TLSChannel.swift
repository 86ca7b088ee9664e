import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A TCP connection that speaks TLS, and within it what `inner` speaks.
struct TLSChannel<Inner: ServerChildChannel>: ServerChildChannel {
    typealias Value = Inner.Value

    let inner: Inner
    let certificates: CertificateStore

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        // The handler of TLS is added last, because those of `inner` may put themselves first as well.
        inner.setup(channel: channel, logger: logger).flatMapThrowing { [certificates] value in
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: certificates.current.context), position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await inner.handle(value: value, logger: logger) }
}
