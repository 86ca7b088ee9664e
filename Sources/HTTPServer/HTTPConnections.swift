import HummingbirdCore

/// How the server handles its connections, whether they are within TLS or not.
package struct HTTPConnections: Sendable {
    private let make: @Sendable (@escaping HTTPChannelHandler.Responder) -> any ServerChildChannel

    /// - Parameter make: makes what handles each connection, given what answers its requests.
    package init(_ make: @escaping @Sendable (@escaping HTTPChannelHandler.Responder) -> any ServerChildChannel) {
        self.make = make
    }

    /// - Parameter certificates: those of TLS; `nil` goes without it.
    func builder(within certificates: CertificateStore?) -> HTTPServerBuilder {
        @Sendable func wrapped(_ inner: some ServerChildChannel) -> any ServerChildChannel {
            guard let certificates else { return inner }
            return TLSChannel(inner: inner, certificates: certificates)
        }
        return HTTPServerBuilder { responder in wrapped(make(responder)) }
    }
}
