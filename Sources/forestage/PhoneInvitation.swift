import QRCode

/// What `--dev-https` prints for the phone on the desk.
struct PhoneInvitation {
    /// The page's address for other machines of the network.
    let url: String
    /// The same for this machine.
    let localURL: String

    /// - Parameter withSymbol: whether a QR symbol of `url` is drawn, which needs a terminal.
    func text(withSymbol: Bool) -> String {
        var lines = [
            "", "  On this machine:                  \(localURL)", "  On a phone in the same network:   \(url)", "",
        ]
        if withSymbol, let symbol = QRSymbol(Array(url.utf8), correction: .medium) {
            lines += symbol.terminalLines.map { "  " + $0 } + [""]
        }
        lines += [
            "  The certificate is this server's own, so the browser warns once: go on by \"Advanced\" or \"Show details\".",
            "",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
