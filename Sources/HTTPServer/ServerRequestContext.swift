import Admission
import Hummingbird
import NIOCore

/// What the server knows of a request besides its octets.
package struct ServerRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who sent it; `CrossOriginMiddleware`, the outermost, has read what trusted proxies say.
    package var source: RequestSource

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        self.source = RequestSource(address: source.channel.remoteAddress?.ipAddress)
    }
}
