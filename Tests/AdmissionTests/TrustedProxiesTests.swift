import Admission
import Primitives
import Testing

@Suite struct TrustedProxiesTests {
    private static let proxies = ["10.0.0.0/8", "192.0.2.7", "::1", "fd00::/8"]

    private func source(
        peer: String? = "10.0.0.1", host: String? = "inner:8080", _ fields: [String: [String]],
        trusted: [String] = proxies
    ) throws -> RequestSource {
        TrustedProxies(try trusted.map { try AddressNetwork($0) }).source(peer: peer, authority: host) {
            fields[$0] ?? []
        }
    }

    private func address(_ forwardedFor: String..., peer: String? = "10.0.0.1") throws -> String? {
        try source(peer: peer, ["X-Forwarded-For": forwardedFor]).address
    }

    @Test func nothingIsBelievedOfAPeerThatIsNoProxy() throws {
        let told = [
            "X-Forwarded-For": ["203.0.113.9"], "X-Forwarded-Proto": ["https"], "X-Forwarded-Host": ["evil.example"],
            "Forwarded": ["for=203.0.113.9;host=evil.example;proto=https"],
        ]
        for peer in ["203.0.113.5", "192.0.2.8", "11.0.0.1", "::2", "fe80::1"] {
            #expect(try source(peer: peer, told) == RequestSource(address: peer, authority: "inner:8080"))
        }
        #expect(try source(told, trusted: []) == RequestSource(address: "10.0.0.1", authority: "inner:8080"))
        #expect(try source(peer: nil, told) == RequestSource(authority: "inner:8080"))
        #expect(try source(peer: "garbage", told) == RequestSource(authority: "inner:8080"))
    }

    @Test func theLastAddressThatIsNoProxysIsTheClients() throws {
        #expect(try address("203.0.113.9") == "203.0.113.9")
        #expect(try address("1.1.1.1, 203.0.113.9") == "203.0.113.9")
        #expect(try address("1.1.1.1, 203.0.113.9, 10.2.3.4,192.0.2.7") == "203.0.113.9")
        #expect(try address("1.1.1.1", "203.0.113.9", "10.2.3.4") == "203.0.113.9")
        // Proxies alone: the first of them asked.
        #expect(try address("10.9.9.9, 10.2.3.4") == "10.9.9.9")
        #expect(try address() == "10.0.0.1")
        // An IPv4 peer of a socket that takes both.
        #expect(try address("203.0.113.9", peer: "::ffff:10.0.0.1") == "203.0.113.9")
    }

    @Test(arguments: [
        ("203.0.113.9:4711", "203.0.113.9"), ("2001:db8::9", "2001:db8::9"), ("[2001:DB8:0::9]", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"), ("fe80::9%eth0", "fe80::9"), ("::ffff:203.0.113.9", "203.0.113.9"),
        (" \t203.0.113.9\t ", "203.0.113.9"), (",,203.0.113.9,,", "203.0.113.9"),
    ])
    func addressesAreReadInEveryUsualForm(text: String, expected: String) throws {
        #expect(try address(text) == expected)
    }

    @Test(arguments: [
        "unknown", "_hidden", "unix:", "garbage", "203.0.113", "203.0.113.9:", "203.0.113.9:99999", "203.0.113.9:x",
        "[::9",
        "[203.0.113.9]", "::9]", "[::9]x", "203.0.113.9 203.0.113.8", "203.0.113.9/32", "\"203.0.113.9\"",
        "٢٠٣.0.113.9", "%eth0",
        String(repeating: "1", count: 10_000),
    ])
    func whoIsBehindAnUnreadableEntryIsNotKnown(text: String) throws {
        #expect(try address("203.0.113.9, \(text)") == "10.0.0.1")
        #expect(try address("203.0.113.9, \(text), 10.5.5.5") == "10.5.5.5")
        #expect(try address("\(text), 203.0.113.9") == "203.0.113.9")
    }

    @Test func aChainIsReadSoFarAndNoFarther() throws {
        let long = ["203.0.113.9"] + (0..<40).map { "10.0.1.\($0)" }
        #expect(try address(long.joined(separator: ", ")) == "10.0.1.8")
        #expect(try address(long.suffix(20).joined(separator: ",")) == "10.0.1.20")
    }

    @Test func schemeAndHostAreThoseThatTheClientAsked() throws {
        func told(_ proto: String?, _ host: String?, _ chain: String = "203.0.113.9") throws -> RequestSource {
            try source([
                "X-Forwarded-For": [chain], "X-Forwarded-Proto": proto.map { [$0] } ?? [],
                "X-Forwarded-Host": host.map { [$0] } ?? [],
            ])
        }
        #expect(
            try told("https", "live.example")
                == .init(address: "203.0.113.9", scheme: "https", authority: "live.example"))
        #expect(try told("WSS", nil).scheme == "https" && told("ws", nil).scheme == "http")
        #expect(try told("gopher", "a/b") == RequestSource(address: "203.0.113.9", authority: "inner:8080"))
        for host in ["a b", "user@a", "a:99999", "é", "", String(repeating: "a", count: 256), "a\"b"] {
            #expect(try told(nil, host).authority == "inner:8080")
        }
        #expect(try told(nil, "[::1]:8443").authority == "[::1]:8443")
        // Lists that grow with each proxy, and one value that a proxy set.
        #expect(try told("https, http", "live.example, inner", "203.0.113.9, 10.0.0.2").scheme == "https")
        #expect(try told("https, http", "live.example, inner", "203.0.113.9, 10.0.0.2").authority == "live.example")
        #expect(
            try told("http, https, http", "evil.example, live.example, inner", "6.6.6.6, 203.0.113.9, 10.0.0.2")
                .authority == "live.example")
        #expect(try told("evil, https", nil).scheme == "https")
        #expect(
            try source(["X-Forwarded-Proto": ["https"]])
                == .init(address: "10.0.0.1", scheme: "https", authority: "inner:8080"))
    }

    @Test(arguments: [
        (#"for=203.0.113.9;proto=https;host=live.example"#, "203.0.113.9", "https", "live.example"),
        (#"For="[2001:db8::9]:4711";Proto=HTTPS;by=10.0.0.2"#, "2001:db8::9", "https", nil),
        (#"for=203.0.113.9:4711 ; proto=http"#, "203.0.113.9", "http", nil),
        (
            #"for=6.6.6.6;host=evil.example, for=203.0.113.9;host="live.example:8443", for=10.0.0.2;host=inner"#,
            "203.0.113.9", nil, "live.example:8443"
        ),
        (#"for="203\.0.113.9""#, "203.0.113.9", nil, nil), (#", ,for=203.0.113.9,"#, "203.0.113.9", nil, nil),
        (#"for=unknown, for=10.0.0.2"#, "10.0.0.2", nil, nil),
        (#"for=_SEVKISEK;proto=https"#, "10.0.0.1", "https", nil),
        (#"proto=https"#, "10.0.0.1", "https", nil), (#"ext=";,=";for=203.0.113.9"#, "203.0.113.9", nil, nil),
        // Against the grammar: nothing of it counts.
        (#"for=203.0.113.9;proto"#, "10.0.0.1", nil, nil), (#"for="203.0.113.9"#, "10.0.0.1", nil, nil),
        (#"for=203.0.113.9 proto=https"#, "10.0.0.1", nil, nil), (#"=203.0.113.9"#, "10.0.0.1", nil, nil),
        (#"for=;proto=https"#, "10.0.0.1", nil, nil), (#"for="\"#, "10.0.0.1", nil, nil),
    ])
    func forwardedIsReadAsRFC7239WritesIt(field: String, address: String, scheme: String?, host: String?) throws {
        let expected = RequestSource(address: address, scheme: scheme, authority: host ?? "inner:8080")
        #expect(try source(["Forwarded": [field]]) == expected)
    }

    @Test func whereBothKindsAreThereOnlyWhatBothSayCounts() throws {
        let customary = [
            "X-Forwarded-For": ["203.0.113.9"], "X-Forwarded-Proto": ["https"], "X-Forwarded-Host": ["live.example"],
        ]
        func both(_ forwarded: String) throws -> RequestSource {
            try source(customary.merging(["Forwarded": [forwarded]]) { $1 })
        }
        #expect(
            try both("for=203.0.113.9;proto=https;host=live.example")
                == RequestSource(address: "203.0.113.9", scheme: "https", authority: "live.example"))
        #expect(
            try both("for=6.6.6.6;proto=http;host=evil.example")
                == RequestSource(address: "10.0.0.1", authority: "inner:8080"))
        #expect(try both("garbage;") == RequestSource(address: "10.0.0.1", authority: "inner:8080"))
    }

    @Test func randomFieldsNeverGiveAnAddressThatTheNearestProxyDidNotName() throws {
        var generator = SeededGenerator(seed: 15)
        let pieces = [
            "for=", "proto=", "host=", ";", ",", "\"", "\\", "[", "]", ":", "::", "10.0.0.3", "6.6.6.6", "https", "=",
            " ", "\t", "é",
            "%", "/", "\u{0}", "_x", "unknown",
        ]
        for _ in 0..<5_000 {
            let noise = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            .joined()
            #expect(try address(noise + ",203.0.113.9") == "203.0.113.9")
            let one = try source(["Forwarded": [noise, "for=203.0.113.9"]]).address
            #expect(one == "203.0.113.9" || one == "10.0.0.1", "\(noise)")
        }
    }

    @Test func networksContainWhatTheirPrefixSays() throws {
        func trusts(_ network: String, _ peer: String) throws -> Bool {
            try source(peer: peer, ["X-Forwarded-For": ["203.0.113.9"]], trusted: [network]).address == "203.0.113.9"
        }
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"), ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.4/32", "192.0.2.4", "192.0.2.5"), ("128.0.0.0/1", "255.0.0.1", "127.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"), ("::/1", "7fff::", "8000::"),
            ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", "2001:db8:0:2::"),
            ("2001:db8::8000/113", "2001:db8::ffff", "2001:db8::7fff"), ("::1", "::1", "::2"),
            ("::1/128", "::1", "1::1"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ] {
            #expect(try trusts(network, inside) && !trusts(network, outside), "\(network)")
        }
    }

    @Test(arguments: [
        ("proxy.example", "names are not looked up"), ("", "IPv4 or IPv6"), ("10.0.0.1/8", "the network is 10.0.0.0/8"),
        ("2001:db8::1/64", "the network is 2001:db8::/64"), ("0.0.0.0/0", "every client"), ("::/0", "every client"),
        ("10.0.0.0/33", "1 to 32"), ("::/129", "1 to 128"), ("10.0.0.0/", "1 to 32"), ("10.0.0.0/+8", "1 to 32"),
        ("10.0.0.0/8/8", "1 to 32"), ("10.0.0", "IPv4 or IPv6"), ("[::1]", "IPv4 or IPv6"),
        ("10.0.0.1:80", "IPv4 or IPv6"),
    ])
    func aNetworkThatIsNoneSaysWhatToWriteInstead(text: String, remedy: String) {
        let problem = #expect(throws: AddressNetwork.Problem.self) { try AddressNetwork(text) }
        #expect(problem?.remedy.contains(remedy) == true, "\(problem?.remedy ?? "")")
    }
}
