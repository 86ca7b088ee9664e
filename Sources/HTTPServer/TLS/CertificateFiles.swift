import Foundation

/// The files that hold the server's certificate with its chain, and its key, both as PEM.
package struct CertificateFiles: Hashable, Sendable {
    package let certificate: String
    package let key: String

    /// Octets of one file; a chain has a few kilobytes.
    static let sizeLimit = 1024 * 1024

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// The states of both files.
    struct Stamp: Hashable, Sendable {
        fileprivate var certificate: FileStamp?
        fileprivate var key: FileStamp?
    }

    var stamp: Stamp { Stamp(certificate: FileStamp(of: certificate), key: FileStamp(of: key)) }

    /// Reads both files.
    ///
    /// - Parameter now: seconds since 1970, for warnings about the validity.
    /// - Throws: `CertificateError` that names the file and what is wrong with it.
    package func read(now: Int64) throws(CertificateError) -> ServerCertificate {
        try ServerCertificate(
            chainPEM: Self.contents(of: certificate), chainName: certificate, keyPEM: Self.contents(of: key),
            keyName: key, now: now)
    }

    private static func contents(of path: String) throws(CertificateError) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CertificateError("there is no file \(path)")
        }
        guard !isFolder.boolValue else { throw CertificateError("\(path) is a folder; name a PEM file") }
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: sizeLimit + 1) else {
            throw CertificateError("\(path) cannot be read; see its permissions and those of its folders")
        }
        guard data.count <= sizeLimit else {
            throw CertificateError("\(path) holds more than \(sizeLimit) octets; is it the right file?")
        }
        return [UInt8](data)
    }
}
