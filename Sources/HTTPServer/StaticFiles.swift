import Foundation
import HTTPTypes
import Hummingbird

/// The web app's and the SDK's files, read into memory: a path that was not found on disk then is not there, so that no
/// request can name a file outside.
struct StaticFiles: Sendable {
    /// One file as it is served.
    struct File: Sendable {
        var body: ByteBuffer
        var type: String
        var entityTag: String
    }

    /// Octets of all files together; beyond it someone named the wrong folder.
    static let sizeLimit = 64 * 1024 * 1024

    private var files: [String: File] = [:]

    /// Reads the folders' regular files; those whose name starts with a dot are left out.
    /// - Parameter folders: where each prefix of the paths, which ends in `/`, is found.
    /// - Throws: `HTTPServerError` that names the folder.
    init(_ folders: [(prefix: String, path: String)]) throws(HTTPServerError) {
        var size = 0
        for (prefix, path) in folders {
            let root = URL(fileURLWithPath: path, isDirectory: true).resolvingSymlinksInPath()
            guard
                let enumerator = FileManager.default.enumerator(
                    at: root, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles]),
                (try? root.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
            else { throw HTTPServerError("the folder \(path) of the web files is not there; name another") }
            for case let url as URL in enumerator {
                guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true,
                    let data = try? Data(contentsOf: url)
                else { continue }
                size += data.count
                guard size <= Self.sizeLimit else {
                    throw HTTPServerError(
                        "\(path) holds more than \(Self.sizeLimit) octets; is it the right folder?")
                }
                let name = url.path.dropFirst(root.path.count).drop { $0 == "/" }
                files[prefix + name] = File(
                    body: ByteBuffer(bytes: data), type: Self.type(of: url.pathExtension),
                    entityTag: Self.entityTag(of: data))
            }
        }
    }

    /// The file at a path as the request has it, percent-encoded; `index.html` for a folder.
    subscript(_ path: String) -> File? {
        guard let path = path.removingPercentEncoding else { return nil }
        return files[path.hasSuffix("/") ? path + "index.html" : path]
    }

    /// The answer to a GET or HEAD of the path.
    func response(to request: Request) throws(HTTPFailure) -> Response {
        guard let file = self[request.uri.path] else {
            throw HTTPFailure(.notFound, "notFound", "there is no \(request.uri.path.prefix(200))")
        }
        var headers: HTTPFields = [.eTag: file.entityTag, .cacheControl: "no-cache"]
        headers[.xContentTypeOptions] = "nosniff"
        if request.headers[.ifNoneMatch] == file.entityTag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = file.type
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.body))
    }

    /// FNV-1a over the octets: it need only differ where the file does, nobody is to be kept from forging it.
    private static func entityTag(of data: Data) -> String {
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 36))-\(data.count)\""
    }

    private static func type(of extension: String) -> String {
        switch `extension`.lowercased() {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "map": "application/json"
        case "webmanifest": "application/manifest+json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "wasm": "application/wasm"
        case "txt", "md", "ts": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
