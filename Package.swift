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

    tool("Observability"),
    tool("Processes", uses: ["CLinux"]),
    tool("HTML", links: [.linkedLibrary("_FoundationICU")]),
    tool("Fields", uses: ["HTML"]),
    tool("PostgreSQL", uses: ["CPQ", "Observability", "Processes"]),
    tool("HTTPServer", uses: ["CMicroHTTPD", "CZlib", "Fields"]),
    tool("Jobs", uses: ["Observability", "PostgreSQL"]),

    shell("Scope", uses: ["PostgreSQL"]),
    shell("Web", uses: ["Fields", "HTML", "HTTPServer", "Observability", "PostgreSQL", "Scope"]),

    capability("Shops", uses: ["Fields", "HTML", "HTTPServer", "PostgreSQL", "Scope", "Web"]),

    module(
      "Wiring", in: "",
      uses: [
        "HTML", "HTTPServer", "Jobs", "Observability", "PostgreSQL", "Processes", "Scope", "Shops",
        "Web",
      ]),
    .executableTarget(
      name: "martlet", dependencies: ["Wiring"], path: "Sources/martlet", swiftSettings: strict),

    // The same server with routes that only tests and benchmarks may have.
    .executableTarget(
      name: "martlet-probe",
      dependencies: [
        "HTML", "HTTPServer", "Jobs", "PostgreSQL", "Processes", "Scope", "Wiring",
      ],
      path: "Tests/Probe", swiftSettings: strict),
    // A process that starts a private PostgreSQL, for tests to kill.
    .executableTarget(
      name: "postgres-starter", dependencies: ["PostgreSQL"], path: "Tests/Starter",
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["PostgreSQL", "Scope"], path: "Tests/Support",
      swiftSettings: strict),

    tests(for: "Observability", uses: ["Observability"]),
    tests(for: "HTML", uses: ["HTML"]),
    tests(for: "Fields", uses: ["Fields", "HTML"]),
    tests(
      for: "PostgreSQL", uses: ["Observability", "PostgreSQL", "TestSupport", "postgres-starter"]),
    tests(for: "HTTPServer", uses: ["HTTPServer", "Fields"]),
    tests(
      for: "Jobs", uses: ["Jobs", "PostgreSQL", "Scope", "TestSupport"]),
    tests(for: "Scope", uses: ["PostgreSQL", "Scope", "TestSupport"]),
    tests(for: "Web", uses: ["Fields", "HTML", "Web"]),
    tests(
      for: "Shops",
      uses: ["Fields", "HTML", "PostgreSQL", "Scope", "Shops", "TestSupport", "Web"]),
    tests(for: "Wiring", uses: ["Wiring"]),
  ]
)
