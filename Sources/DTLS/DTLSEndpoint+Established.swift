import Primitives

// An endpoint between the handshake and the end.
extension DTLSEndpoint {
    /// The next received application data, in the order of arrival.
    package func nextApplicationData() -> [UInt8]? { messages.isEmpty ? nil : messages.removeFirst() }

    /// Sends `data` to the peer as one datagram.
    ///
    /// - Throws: `notEstablished`, also after `releaseSession()`; `tooLong`; `openSSL`. Nothing is sent then.
    package func send(_ data: Span<UInt8>) throws(DTLSError) {
        guard case .established = state, let session else { throw .notEstablished }
        guard data.count <= Self.maximumApplicationDataOctets else {
            throw .tooLong(octets: data.count, limit: Self.maximumApplicationDataOctets)
        }
        guard !data.isEmpty else { return }
        try session.write(data)
        send(session.takeOutbound())
    }

    /// Frees OpenSSL's memory of an established session, about 50 KB, for sessions without application data. The SRTP
    /// keys stay in `state`.
    ///
    /// The last flight is still resent when the peer repeats its Finished, and `close()` still sends a close_notify,
    /// which is sealed now. A close_notify of the peer can no longer be read; ICE and signaling then detect the peer's
    /// end. Does nothing in other states.
    package func releaseSession() {
        guard case .established = state, let session else { return }
        session.shutDown()
        farewell = session.takeOutbound()
        messages = []
        self.session = nil
    }

    func receiveEstablished(_ datagram: Span<UInt8>, now: MonotonicInstant) {
        var records: [UInt8] = []
        let all = DTLSRecord.all(in: datagram)
        if all.last?.range.upperBound ?? 0 < datagram.count { dropped &+= 1 }
        for record in all {
            guard record.epoch == 1, record.canBeEncrypted(overhead: recordOverhead) else {
                dropped &+= 1
                continue
            }
            switch record.type {
            case .handshake:
                // The client repeats its Finished because it has not received the server's (RFC 6347 section 4.2.4). A
                // renegotiation looks the same, and also gets only the last flight.
                send(flight.takeAsked(now: now))
            case .alert where session != nil, .applicationData where session != nil:
                for index in record.range { records.append(datagram[index]) }
            case .alert, .applicationData, .changeCipherSpec: dropped &+= 1
            }
        }
        guard !records.isEmpty, let session else { return }
        session.feed(records)
        readAll(from: session)
    }

    private func readAll(from session: DTLSSession) {
        while true {
            switch session.read() {
            case .data(let message) where messages.count < Self.maximumQueuedMessages: messages.append(message)
            case .data: dropped &+= 1
            case .nothing: return
            case .closed:
                sayFarewell()
                return end(.closed)
            case .failed(let failure): return end(.failed(failure))
            }
        }
    }
}
