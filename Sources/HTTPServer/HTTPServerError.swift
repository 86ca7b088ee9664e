import Foundation
import NIOCore

/// Why the server does not start: one line that says what to change.
package struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// What hinders listening on the address, which `option` names.
    init(_ error: any Error, host: String, port: Int, option: String = "--http") {
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        switch error {
        case let error as HTTPServerError: self = error
        case let error as IOError where error.errnoCode == EADDRINUSE:
            self.init("\(address) is in use by another program; end that one, or choose another port with \(option)")
        case let error as IOError where error.errnoCode == EACCES:
            self.init("listening on \(address) is not permitted; choose a port above 1023 with \(option)")
        case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
            self.init("this machine has no address \(host); choose one of its own, or 0.0.0.0 or ::, with \(option)")
        case is SocketAddressError:
            self.init("\(host) is neither an address nor a known host name; choose another with \(option)")
        default: self.init("cannot listen on \(address): \(error)")
        }
    }
}
