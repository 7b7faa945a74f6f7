// swift-tools-version: 6.2
import PackageDescription

// The whole map of the program: every module and what it may import. Arrows point one way,
// martlet → Wiring → Capabilities → Shell → Tools → CLibraries, and `script/lint` compares every
// `import` with this file, since the compiler alone lets a file import what its target never named.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func cLibrary(_ name: String, pkgConfig: String? = nil) -> Target {
  .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig)
}

func module(
  _ name: String, in folder: String, uses dependencies: [String] = [],
  links: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .byName(name: $0) },
    path: "Sources/\(folder)\(name)", exclude: ["README.md"], swiftSettings: strict,
    linkerSettings: links)
}

func tool(_ name: String, uses: [String] = [], links: [LinkerSetting] = []) -> Target {
  module(name, in: "Tools/", uses: uses, links: links)
}

func shell(_ name: String, uses: [String]) -> Target { module(name, in: "Shell/", uses: uses) }

func capability(_ name: String, uses: [String]) -> Target {
  module(name, in: "Capabilities/", uses: uses)
}

func tests(for name: String, uses dependencies: [String]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies.map { .byName(name: $0) },
    path: "Tests/\(name)Tests", swiftSettings: strict)
}

// One folder, two programs: a test target that reads the corpus in every test run, and, only when
// `script/fuzz` asks for it, the program that libFuzzer drives and that needs `-sanitize=fuzzer`.
let fuzzes = ["Fields", "HTTPServer", "IPAddresses", "Money", "Secrets"].map {
  Target.Dependency.byName(name: $0)
}
let fuzz: Target =
  Context.environment["MARTLET_FUZZ"] == nil
  ? .testTarget(
    name: "FuzzTests", dependencies: fuzzes, path: "Tests/Fuzz", exclude: ["Fuzz.swift", "corpus"],
    swiftSettings: strict)
  : .executableTarget(
    name: "fuzz", dependencies: fuzzes, path: "Tests/Fuzz",
    exclude: ["CorpusTests.swift", "corpus"],
    swiftSettings: strict)

let package = Package(
  name: "martlet",
  products: [
    .executable(name: "martlet", targets: ["martlet"]),
    .executable(name: "martlet-probe", targets: ["martlet-probe"]),
  ],
  targets: [
    cLibrary("CLinux"),
    cLibrary("CPQ", pkgConfig: "libpq"),
    cLibrary("CMicroHTTPD", pkgConfig: "libmicrohttpd"),
    cLibrary("CZlib", pkgConfig: "zlib"),
    cLibrary("CCurl", pkgConfig: "libcurl"),
    cLibrary("CSodium", pkgConfig: "libsodium"),
    cLibrary("COpenSSL", pkgConfig: "libcrypto"),
    cLibrary("COath", pkgConfig: "liboath"),
    cLibrary("CVips", pkgConfig: "gobject-2.0"),
    cLibrary("CQREncode", pkgConfig: "libqrencode"),

    tool("Observability"),
    tool("Processes", uses: ["CLinux"]),
    tool("Money"),
    tool("CSV"),
    tool("Compression", uses: ["CZlib"]),
    tool("Secrets", uses: ["COath", "COpenSSL", "CSodium", "Processes"]),
    tool("HTML", uses: ["Money"], links: [.linkedLibrary("_FoundationICU")]),
    tool("Fields", uses: ["HTML"]),
    tool("PostgreSQL", uses: ["CPQ", "Money", "Observability", "Processes"]),
    tool("IPAddresses"),
    tool("HTTPServer", uses: ["CMicroHTTPD", "Compression", "Fields", "IPAddresses"]),
    tool("Jobs", uses: ["Observability", "PostgreSQL"]),
    tool("Transfers", uses: ["CCurl", "IPAddresses", "Processes"]),
    tool("HTTPClient", uses: ["IPAddresses", "Observability", "Transfers"]),
    tool("ObjectStorage", uses: ["HTTPClient", "Secrets"]),
    tool("Mail", uses: ["Transfers"]),
    tool("Documents", uses: ["CQREncode", "CVips", "Compression", "HTML", "Processes"]),

    shell("Scope", uses: ["PostgreSQL", "Processes"]),
    shell("DataKeys", uses: ["PostgreSQL", "Scope", "Secrets"]),
    shell("Access", uses: ["HTML", "HTTPServer", "Scope"]),
    shell("Limits", uses: ["HTML", "Jobs", "PostgreSQL", "Scope", "Secrets"]),
    shell(
      "API",
      uses: [
        "Access", "Fields", "HTML", "HTTPServer", "Jobs", "Limits", "PostgreSQL", "Scope",
        "Secrets",
      ]),
    shell(
      "Web",
      uses: [
        "Access", "Fields", "HTML", "HTTPServer", "Limits", "Observability", "PostgreSQL", "Scope",
        "Secrets",
      ]),
    shell("Notices", uses: ["HTML", "Jobs", "Mail"]),
    shell("Audit", uses: ["Access", "HTTPServer", "Jobs", "PostgreSQL", "Scope", "Secrets"]),

    capability(
      "Shops",
      uses: [
        "API", "Access", "Accounts", "Audit", "CSV", "DataKeys", "Documents", "Fields", "HTML",
        "HTTPServer", "Jobs", "Limits", "Mail", "Money", "Notices", "ObjectStorage",
        "Observability",
        "PostgreSQL", "Scope", "Secrets", "Web",
      ]),
    capability(
      "Accounts",
      uses: [
        "API", "Access", "DataKeys", "Documents", "Fields", "HTML", "HTTPServer", "Jobs", "Limits",
        "Mail", "Notices", "PostgreSQL", "Scope", "Secrets", "Web",
      ]),
    capability(
      "Console",
      uses: [
        "API", "Access", "Accounts", "Fields", "HTML", "HTTPServer", "PostgreSQL", "Scope", "Shops",
        "Web",
      ]),

    module(
      "Sandbox", in: "", uses: ["Fields", "HTML", "HTTPServer", "Processes"]),

    module(
      "Wiring", in: "",
      uses: [
        "API", "Access", "Accounts", "Audit", "Console", "DataKeys", "Documents", "Fields", "HTML",
        "HTTPServer", "IPAddresses", "Jobs", "Limits", "Mail", "Notices", "ObjectStorage",
        "Observability", "PostgreSQL",
        "Processes", "Sandbox", "Scope", "Secrets", "Shops", "Transfers", "Web",
      ]),
    .executableTarget(
      name: "martlet", dependencies: ["Wiring"], path: "Sources/martlet", swiftSettings: strict),

    // The same server with routes that only tests and benchmarks may have.
    .executableTarget(
      name: "martlet-probe",
      dependencies: [
        "API", "Accounts", "DataKeys", "Fields", "HTML", "HTTPServer", "Jobs", "PostgreSQL",
        "Processes", "Scope", "Secrets", "Wiring",
      ],
      path: "Tests/Probe", swiftSettings: strict),
    // A process that starts a private PostgreSQL, for tests to kill.
    .executableTarget(
      name: "postgres-starter", dependencies: ["PostgreSQL"], path: "Tests/Starter",
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["PostgreSQL", "Scope"], path: "Tests/Support",
      swiftSettings: strict),
    // Our tools, for servers and decoders that others wrote to judge.
    .executableTarget(
      name: "net-probe",
      dependencies: [
        "Documents", "HTML", "HTTPClient", "Mail", "ObjectStorage", "Observability", "Transfers",
      ],
      path: "Tests/NetProbe", swiftSettings: strict),
    // Servers and a proxy that misbehave as a test says.
    .target(name: "NetworkFaults", path: "Tests/NetworkFaults", swiftSettings: strict),

    tests(for: "Observability", uses: ["Observability"]),
    tests(for: "Processes", uses: ["Processes"]),
    tests(for: "API", uses: ["API", "Fields"]),
    tests(
      for: "Accounts",
      uses: [
        "API", "Access", "Accounts", "DataKeys", "Fields", "HTML", "HTTPServer", "Jobs", "Limits",
        "Mail", "Notices", "PostgreSQL", "Scope", "Secrets", "TestSupport", "Web",
      ]),
    tests(
      for: "Audit",
      uses: ["Access", "Audit", "PostgreSQL", "Scope", "TestSupport"]),
    tests(for: "CSV", uses: ["CSV"]),
    tests(for: "Limits", uses: ["Limits", "Scope", "TestSupport"]),
    tests(for: "Compression", uses: ["Compression"]),
    tests(for: "Money", uses: ["Money", "TestSupport"]),
    tests(for: "Secrets", uses: ["Secrets", "TestSupport"]),
    tests(for: "HTML", uses: ["HTML", "Money"]),
    tests(for: "Fields", uses: ["Fields", "HTML"]),
    tests(
      for: "PostgreSQL",
      uses: ["Money", "Observability", "PostgreSQL", "TestSupport", "postgres-starter"]),
    tests(for: "Jobs", uses: ["Jobs", "PostgreSQL", "Scope", "TestSupport"]),
    tests(for: "IPAddresses", uses: ["IPAddresses"]),
    tests(for: "HTTPServer", uses: ["HTTPServer", "Fields", "IPAddresses"]),
    tests(for: "Transfers", uses: ["IPAddresses", "NetworkFaults", "Transfers"]),
    tests(
      for: "HTTPClient",
      uses: ["HTTPClient", "IPAddresses", "NetworkFaults", "Observability", "Transfers"]),
    tests(
      for: "ObjectStorage",
      uses: [
        "HTTPClient", "NetworkFaults", "ObjectStorage", "Observability", "Secrets", "Transfers",
      ]),
    tests(for: "Mail", uses: ["Mail", "Transfers"]),
    tests(for: "Documents", uses: ["Compression", "Documents", "HTML", "TestSupport"]),
    tests(for: "Scope", uses: ["PostgreSQL", "Scope", "TestSupport"]),
    tests(
      for: "DataKeys",
      uses: ["DataKeys", "PostgreSQL", "Scope", "Secrets", "TestSupport", "martlet"]),
    tests(for: "Notices", uses: ["HTML", "Mail", "Notices"]),
    tests(for: "Sandbox", uses: ["Sandbox"]),
    tests(for: "Web", uses: ["Fields", "HTML", "HTTPServer", "Secrets", "Web"]),
    tests(
      for: "Shops",
      uses: [
        "Access", "Accounts", "DataKeys", "Fields", "HTML", "HTTPServer", "Mail", "Money",
        "Notices",
        "PostgreSQL", "Scope", "Secrets", "Shops", "TestSupport", "Web",
      ]),
    tests(for: "Wiring", uses: ["Mail", "Wiring"]),
    fuzz,
  ]
)
