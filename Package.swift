// swift-tools-version: 6.0
import PackageDescription

// The shipped plugin is built by the Makefile: it is Embedded Swift, linked with the C shim into
// one file that needs libc alone. Here the same core is ordinary Swift, for the unit tests.
let package = Package(
  name: "dovecot-xexec",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CXexec", path: "CShim/include", publicHeadersPath: "."),
    .target(name: "CSpawn"),
    .target(name: "XexecCore", dependencies: ["CXexec", "CSpawn"]),
    .testTarget(name: "XexecCoreTests", dependencies: ["XexecCore"]),

    .target(name: "CCurl"),
    .executableTarget(
      name: "xexec-modules",
      dependencies: [
        "CCurl", "CXexec", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "XexecModulesTests", dependencies: ["xexec-modules"]),

    .executableTarget(
      name: "xexec-check",
      dependencies: [
        "CXexec", "XexecCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "XexecCheckTests", dependencies: ["xexec-check"]),

    // what tests and measures, and is not shipped
    .systemLibrary(name: "CZlib", path: "Tests/CZlib"),
    .target(name: "PrivateDovecot", dependencies: ["CZlib"], path: "Tests/PrivateDovecot"),
    .target(name: "CBench", path: "Benchmarks/CBench"),
    .executableTarget(
      name: "xexec-bench", dependencies: ["PrivateDovecot", "CBench"],
      path: "Benchmarks/xexec-bench"),
    .executableTarget(
      name: "xexec-demo", dependencies: ["PrivateDovecot"], path: "Tests/xexec-demo"),
    .executableTarget(
      name: "xexec-memcheck", dependencies: ["PrivateDovecot"], path: "Tests/xexec-memcheck"),
    .executableTarget(
      name: "xexec-soak", dependencies: ["PrivateDovecot"], path: "Tests/xexec-soak"),
    .testTarget(name: "IntegrationTests", dependencies: ["PrivateDovecot"]),
  ]
)
