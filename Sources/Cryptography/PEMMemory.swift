import COpenSSL

/// Runs `body` with a BIO that reads the octets; `nil` if OpenSSL has no memory left. OpenSSL's error queue is empty
/// afterwards.
func withMemoryBIO<Result>(reading octets: [UInt8], _ body: (OpaquePointer) -> Result?) -> Result? {
    defer { ERR_clear_error() }
    // Unsafe: the BIO does not outlive the octets that it points to.
    return unsafe octets.withUnsafeBytes { memory in
        guard let count = Int32(exactly: memory.count), let bio = unsafe BIO_new_mem_buf(memory.baseAddress, count)
        else {
            return nil
        }
        defer { unsafe BIO_free(bio) }
        return unsafe body(bio)
    }
}

/// What `write` writes into a BIO; `nil` if it returns false, or OpenSSL has no memory left.
func octetsOfMemoryBIO(_ write: (OpaquePointer) -> Bool) -> [UInt8]? {
    defer { ERR_clear_error() }
    guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
    defer { unsafe BIO_free(bio) }
    guard unsafe write(bio) else { return nil }
    var octets: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while true {
        // Unsafe: the count is that of the array.
        let count = unsafe BIO_read(bio, &part, Int32(part.count))
        guard count > 0 else { return octets }
        octets += part.prefix(Int(count))
    }
}
