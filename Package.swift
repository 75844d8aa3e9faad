// swift-tools-version: 6.2
//
//   swift build              ordinary Swift, debug, against the distribution's shared libraries (also `swift test`)
//   make build               the release: Embedded Swift, musl, static-pie (LIBS=system: glibc and Debian's own archives)
//
// Every Embedded and static flag is conditional on `.release`, so debug and release never share objects. Everything that
// the release takes from the machine (musl, archives, libgcc) is found by support/build-deps.sh and lies in deps/<variant>.
import PackageDescription

let root = Context.packageDirectory
let env = Context.environment
let release: BuildSettingCondition = .when(configuration: .release)
let debug: BuildSettingCondition = .when(configuration: .debug)
let never: BuildSettingCondition = .when(platforms: [])

let musl = env["LIBS"] != "system"
let deps = root + "/deps/" + (musl ? "musl" : "system")

/// For the C targets and for Swift's importer alike: deps/<variant> as the system root, so that no header of the machine's own
/// libc is seen, and the libraries' headers and Mbed TLS configuration are those that the archives were built with.
let headers = musl ? ["--sysroot=\(deps)"] : ["-I\(deps)/include"]

// Not .enableExperimentalFeature("Embedded", release): SwiftPM passes that one to the debug link too.
let embedded = ["-enable-experimental-feature", "Embedded"]

let swiftSettings: [SwiftSetting] = [
  .unsafeFlags(["-warnings-as-errors"]),
  .unsafeFlags(
    // else each parser is compiled once for every closure that it is given, 90 kB, and loop conditions are emitted twice, 3 kB
    embedded + ["-Osize"] + ["closure-specialize", "loop-rotate"].flatMap { ["-Xllvm", "-sil-disable-pass=\($0)"] }
      + headers.flatMap { ["-Xcc", $0] }, release),
]
let entryPoint: [SwiftSetting] = [.unsafeFlags(["-parse-as-library"])]

/// The commit that `version` prints; `make` sets it.
let commit = env["AGENT_COMMIT"] ?? "unknown"

let cSettings: [CSetting] = [
  .unsafeFlags(["-Wall", "-Wextra", "-Werror"]),
  .unsafeFlags(
    ["-Oz", "-fPIE", "-ffunction-sections", "-fdata-sections", "-fstack-protector-strong", "-fno-asynchronous-unwind-tables"]
      + headers, release),
  .define("AGENT_STATIC", release),
  .define("AGENT_COMMIT", to: "\"\(commit)\"", release),
  .define("AGENT_MUSL", musl ? release : never),
]

let clang = { (flags: [String]) in flags.flatMap { ["-Xclang-linker", $0] } }
let linker = { (flags: [String]) in flags.flatMap { ["-Xlinker", $0] } }

let linkerSettings: [LinkerSetting] =
  [
    .unsafeFlags(
      embedded + ["-use-ld=lld", "-L", deps + "/lib"]
        + clang(["-Wno-unused-command-line-argument", "-static-pie"] + (musl ? ["-nostdlib"] : []))
        + linker((musl ? ["rcrt1.o", "crti.o", "crtn.o"] : []).map { "\(deps)/lib/\($0)" })
        + linker(["--icf=all", "-O2", "-s", "--build-id=none"])
        + linker(["-inline-threshold=-10", "-inline-call-penalty=10"].flatMap { ["-mllvm", $0] })
        // processes of one thread: references are counted without locked instructions
        + linker(["--lto-newpm-passes=function(lower-atomic),lto<O2>"])
        + linker(["-z", "noseparate-code", "-z", "relro", "-z", "now"])
        + linker(["-T", root + "/support/discard.ld"]) + linker(musl ? ["--pack-dyn-relocs=relr"] : []), release),
    .linkedLibrary("mbedtls"), .linkedLibrary("mbedx509"), .linkedLibrary("mbedcrypto"),
    .linkedLibrary("secp256k1"), .linkedLibrary("sodium"),
    .linkedLibrary("swiftUnicodeDataTables", release), .linkedLibrary("c", release),
  ] + (musl ? [.linkedLibrary("gcc", release)] : [])

// Tests/fuzz/targets is for both: the unit tests run its seeds, and `make fuzz` looks for more, in a build of its own (FUZZ=1,
// --scratch-path .build-fuzz, --sanitize=address).
let fuzz = env["FUZZ"] != nil
let coverage: [SwiftSetting] = fuzz ? [.unsafeFlags(["-sanitize=fuzzer"], debug)] : []
let fuzzTargets: [Target] =
  fuzz
  ? [
    .systemLibrary(name: "CFuzz", path: "Tests/fuzz/CFuzz"),
    .executableTarget(
      name: "fuzz", dependencies: ["agent", "CFuzz"], path: "Tests/fuzz", exclude: ["CFuzz", "corpus", "fuzz.dict", "tests"],
      swiftSettings: entryPoint + [.unsafeFlags(["-sanitize=fuzzer"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ]
  : [
    .testTarget(
      name: "fuzzTests", dependencies: ["agent"], path: "Tests/fuzz", exclude: ["CFuzz", "corpus", "driver", "fuzz.dict"])
  ]

let package = Package(
  name: "dstack-guest-agent",
  products: [
    .executable(name: "dstack-guest-agent", targets: ["agentd"]),
    .executable(name: "selfcheck", targets: ["selfcheck"]),
    .executable(name: "tdx-sim", targets: ["tdx-sim"]),
  ],
  targets: [
    .systemLibrary(name: "CMbedTLS"),
    .systemLibrary(name: "CSecp256k1"),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CFuse3", pkgConfig: "fuse3"),
    .target(name: "CSystem", cSettings: cSettings),
    .target(
      name: "agent", dependencies: ["CSystem", "CMbedTLS", "CSecp256k1", "CSodium"],
      swiftSettings: swiftSettings + coverage, linkerSettings: linkerSettings),
    .executableTarget(
      name: "agentd", dependencies: ["agent"], swiftSettings: swiftSettings + entryPoint),
    // the agent's objects, linked in the same way with another entry; `checks` is compiled among them, by way of a link in Sources/agent
    .executableTarget(
      name: "selfcheck", dependencies: ["agent"], path: "Tests/selfcheck",
      exclude: ["checks", "make_vectors.py", "run.sh", "vectors.txt"], swiftSettings: swiftSettings + entryPoint),
    // no package access: the package's name, that of the checkout's folder, would be in the program
    .executableTarget(
      name: "tdx-sim", dependencies: ["CFuse3", "CMbedTLS"], packageAccess: false,
      swiftSettings: [.unsafeFlags(["-warnings-as-errors"], debug)] + entryPoint,
      linkerSettings: [.linkedLibrary("mbedcrypto")]),
    .testTarget(name: "agentTests", dependencies: ["agent"]),
  ] + fuzzTargets
)
