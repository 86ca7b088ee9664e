import Cryptography
import Foundation
import Testing

struct OpenSSLVersionTests {
    /// `Tests/with_openssl_versions` names the version that it has put in front: else its runs might prove nothing.
    @Test func theRunningVersionIsTheOneThatWasAskedFor() {
        let running = OpenSSLVersion.running
        #expect(running.split(separator: ".").count == 3)
        if let wanted = ProcessInfo.processInfo.environment["FORESTAGE_OPENSSL_VERSION"] { #expect(running == wanted) }
    }
}
