// swift-tools-version: 6.2
import PackageDescription

// The targets and the arrows between them are the architecture. Docs/Architecture.md lists them; a test compares the two.

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // Small functions of one module are called per packet by another.
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
    ]
    // `make check` and CI treat warnings as errors; a user's `make run` does not.
    + (Context.environment["FORESTAGE_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : [])

func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil, resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", resources: resources,
        swiftSettings: swiftSettings)
}

/// See `packetModule`; also what measures them.
let uncheckedExclusivity: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// A module that every packet passes. Release builds do not ask the runtime at each access to a class's property whether
/// another access overlaps, which cost a fifth of a packet's instructions: these classes never leave their worker's
/// thread, and debug builds, in which all tests and the fuzzing run, ask every time. Docs/PacketPath.md has the figures.
func packetModule(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    let made = module(name, dependencies)
    made.swiftSettings?.append(contentsOf: uncheckedExclusivity)
    return made
}

func cModule(_ name: String, libraries: [String] = [], cFlags: [String] = []) -> Target {
    .target(
        name: name, path: "Sources/\(name)", cSettings: cFlags.isEmpty ? nil : [.unsafeFlags(cFlags)],
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport", "Primitives"], path: "Tests/\(name)Tests",
        swiftSettings: swiftSettings)
}

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map {
    .product(name: $0, package: "swift-nio")
}
/// TLS of the HTTP server: BoringSSL, under symbols of its own. DTLS and SRTP use the system's OpenSSL.
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes: [Target.Dependency] = [
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

#if arch(x86_64)
    // libipsec-mb is x86-64 only; elsewhere SRTP seals with OpenSSL.
    let sealing: [Target.Dependency] = ["CIPSecMB", "COpenSSL"]
    let sealingTargets = [cModule("CIPSecMB", libraries: ["IPSec_MB"])]
#else
    let sealing: [Target.Dependency] = ["COpenSSL"]
    let sealingTargets: [Target] = []
#endif

let targets: [Target] =
    [
        // C libraries
        cModule("COpenSSL", libraries: ["ssl", "crypto"]),
        cModule("CSRTP", libraries: ["srtp2"]),
        cModule("CDatagram"),
        cModule("CProcess"),
        cModule("COpus", libraries: ["opus"]),
        cModule("CVPX", libraries: ["vpx"]),

        // Protocol machines without input or output of their own
        packetModule("Primitives", []),
        module("Cryptography", ["Primitives", "COpenSSL"]),
        packetModule("RTP", ["Primitives"]),
        module("ICE", ["Primitives", "Cryptography"]),
        module("DTLS", ["Primitives", "Cryptography", "COpenSSL"]),
        packetModule("SRTP", ["Primitives", "CSRTP"] + sealing),
        module("SDP", ["Primitives", "RTP", "ICE"]),
        packetModule("Forwarding", ["Primitives", "RTP"]),
        packetModule("CongestionControl", ["Primitives"]),
        module("MediaControl", ["Primitives", "RTP", "ICE"]),
        packetModule("Transport", ["Primitives", "RTP", "ICE", "DTLS", "SRTP", "MediaControl"]),

        // The media plane's threads and sockets
        packetModule("DatagramIO", ["Primitives", "CDatagram"]),
        packetModule(
            "MediaRuntime",
            [
                "Primitives", "Cryptography", "RTP", "ICE", "DTLS", "SRTP", "Transport", "Forwarding",
                "CongestionControl", "MediaControl", "DatagramIO", "CDatagram",
            ]),

        // The control plane
        module("Rooms", ["Primitives", "RTP", "ICE", "SDP", "MediaControl"]),
        module("AccessTokens", ["Cryptography"]),
        module("MetricsText", []),
        module("QRCode", []),
        module("Admission", ["Primitives", "Cryptography", "ICE", "AccessTokens", "Rooms"]),
        module(
            "HTTPServer",
            ["Admission", "Cryptography", hummingbird, hummingbirdCore, logging, nioSSL] + nio + nioHTTPTypes),
        module("SignalingProtocol", ["Primitives"], path: "Signaling/SignalingProtocol"),
        module(
            "SignalingServer",
            [
                "SignalingProtocol", "HTTPServer", "Admission", "AccessTokens", "MediaControl", "MetricsText",
                "Primitives", "RTP", "Rooms", "SDP",
                hummingbird, hummingbirdCore, logging,
            ] + nio
                + nioHTTPTypes,
            path: "Signaling/SignalingServer"),

        module(
            "HTTPDoors",
            [
                "Primitives", "RTP", "Rooms", "SDP", "ICE", "HTTPServer", "Admission", "AccessTokens", "MetricsText",
                hummingbird,
                logging,
            ] + nioHTTPTypes),

        // The browser's side, shipped beside the program
        .target(
            name: "BrowserFiles", path: "Signaling",
            exclude: ["README.md", "Schema", "Golden", "SignalingProtocol", "SignalingServer"],
            sources: ["BrowserFiles"], resources: [.copy("Client"), .copy("Web")], swiftSettings: swiftSettings),

        // The other role, for tests and headless clients
        module("Client", ["Primitives", "RTP", "ICE", "Cryptography", "DTLS", "SRTP", "SDP"]),
        module("SignalingClient", ["Primitives", "SignalingProtocol", nioSSL] + nio),
        module(
            "NetworkChecks",
            [
                "Primitives", "RTP", "ICE", "SDP", "Client", "DatagramIO", "SignalingProtocol", "SignalingClient",
                nioSSL,
            ] + nio),
        module("TestMedia", ["COpus", "CVPX"]),
        module("LinkModel", ["Primitives"]),
        module(
            "LoadClient",
            [
                "Primitives", "RTP", "ICE", "SDP", "Client", "TestMedia", "LinkModel", "DatagramIO",
                "SignalingProtocol",
                "SignalingClient",
            ] + nio),

        // The programs: the server, and the client that measures it, which alone links libvpx and libopus
        module("ProgramSupport", [argumentParser]),
        .executableTarget(
            name: "forestage",
            dependencies: [
                "Primitives", "RTP", "ICE", "MediaControl", "MediaRuntime", "MetricsText", "Rooms", "Admission",
                "AccessTokens", "HTTPServer", "SignalingServer",
                "BrowserFiles", "HTTPDoors", "NetworkChecks", "ProgramSupport", "QRCode", "CProcess",
                "SignalingProtocol", argumentParser, logging,
            ],
            path: "Sources/forestage",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "forestage-load",
            dependencies: ["LoadClient", "TestMedia", "LinkModel", "ProgramSupport", argumentParser],
            path: "Sources/forestage-load", swiftSettings: swiftSettings),

        .target(
            name: "TestSupport", dependencies: ["Primitives", "LinkModel"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        // Flows over bottlenecks in virtual time, and the cases of Docs/CongestionControl.md
        .target(
            name: "CongestionBed", dependencies: ["Primitives", "CongestionControl"], path: "Tests/CongestionBed",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "congestion-cases", dependencies: ["Primitives", "CongestionControl", "CongestionBed"],
            path: "Tests/Benchmarks/CongestionCases", swiftSettings: swiftSettings),
        // The packet loop alone, and what it is measured against: Docs/PacketPath.md
        .target(name: "PacketFeeder", path: "Tests/Benchmarks/PacketFeeder"),
        .executableTarget(
            name: "packet-loop",
            dependencies: [
                "CDatagram", "Client", "CongestionControl", "Cryptography", "DatagramIO", "ICE", "MediaControl",
                "MediaRuntime", "PacketFeeder", "Primitives", "RTP",
            ],
            path: "Tests/Benchmarks/PacketLoop",
            swiftSettings: swiftSettings + uncheckedExclusivity),
        .executableTarget(
            name: "packet-reference", dependencies: ["CDatagram", "PacketFeeder"] + sealing,
            path: "Tests/Benchmarks/PacketReference"),
        tests("Primitives", []),
        tests("Cryptography", ["Cryptography"]),
        tests("RTP", ["RTP"]),
        tests("ICE", ["ICE", "Cryptography"]),
        tests("DTLS", ["DTLS", "Cryptography"]),
        tests("SRTP", ["SRTP"]),
        tests("SDP", ["SDP", "RTP", "ICE"]),
        tests("Forwarding", ["Forwarding", "RTP"]),
        tests("CongestionControl", ["CongestionControl", "CongestionBed"]),
        tests("Transport", ["Transport", "Cryptography", "RTP", "ICE", "DTLS", "SRTP", "MediaControl", "Client"]),
        tests("DatagramIO", ["DatagramIO", "CDatagram"]),
        tests(
            "MediaRuntime",
            [
                "MediaRuntime", "CongestionControl", "CongestionBed", "DatagramIO", "Transport", "Forwarding", "Client",
                "Cryptography", "RTP",
                "MediaControl", "ICE", "DTLS", "SDP", "TestMedia",
            ]),
        tests("Rooms", ["Rooms", "SDP", "RTP", "ICE", "MediaControl"]),
        tests(
            "RoomWorker",
            [
                "CongestionControl", "Rooms", "MediaRuntime", "MediaControl", "Client", "Cryptography", "DTLS", "ICE",
                "SDP", "RTP",
                "DatagramIO",
            ]),
        tests("AccessTokens", ["AccessTokens"]),
        tests("Admission", ["Admission", "AccessTokens", "Rooms"]),
        tests("MetricsText", ["MetricsText"]),
        tests("QRCode", ["QRCode"]),
        tests("HTTPServer", ["HTTPServer", "Admission"]),
        tests("SignalingProtocol", ["SignalingProtocol"]),
        tests(
            "SignalingServer",
            [
                "SignalingServer", "SignalingProtocol", "HTTPServer", "Admission", "AccessTokens", "Rooms",
                "MediaControl", "RTP",
            ]),
        tests("Client", ["Client", "RTP", "ICE", "SDP"]),
        tests("TestMedia", ["TestMedia", "RTP"]),
        tests("Fuzz", ["DatagramIO", "RTP", "ICE", "SDP", "SignalingProtocol"]),
        tests(
            "HTTPDoors",
            [
                "HTTPDoors", "HTTPServer", "Admission", "MetricsText", "AccessTokens", "Rooms", "SDP", "ICE", "RTP",
                "MediaControl",
            ]),
        tests("SignalingClient", ["SignalingClient"] + nio),
        tests("LoadClient", ["LoadClient", "SignalingClient", "TestMedia", "Client", "RTP", "LinkModel"]),
    ] + sealingTargets

let package = Package(
    name: "forestage",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: targets
)
