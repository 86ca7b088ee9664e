import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension DoorError {
    /// What went wrong with a connection, in words for people.
    package static func explanation(of error: any Error) -> String {
        switch error {
        case let error as DoorError: error.description
        case let error as NIOConnectionError: explanation(of: error)
        case let error as IOError: text(of: error)
        case ChannelError.connectTimeout:
            "no answer within \(HTTPRequester.connectTimeout.nanoseconds / 1_000_000_000) s"
        case let error as NIOSSLError: "TLS is not established (\(error)); is its certificate one that is trusted?"
        case let error as NIOSSLExtraError: "its certificate is not for this name (\(error))"
        case is ChannelError: "the server closed the connection"
        case is HTTPParserError: "what answers speaks no HTTP"
        default: "\(error)"
        }
    }

    private static func explanation(of error: NIOConnectionError) -> String {
        let address = error.host.contains(":") ? "[\(error.host)]:\(error.port)" : "\(error.host):\(error.port)"
        if let first = error.connectionErrors.first {
            return "\(address): \(explanation(of: first.error))"
        }
        return "\(error.host) is no known host name"
    }

    private static func text(of error: IOError) -> String {
        let error = NSError(domain: NSPOSIXErrorDomain, code: Int(error.errnoCode))
        return error.localizedFailureReason ?? error.localizedDescription
    }
}
