import Testing

// the standard library has a CommandLine, too
@testable import enum agent.CommandLine
@testable import agent

struct CommandLineTests {
  private static func described(_ words: [String]) -> String {
    switch agent.CommandLine.parse(words.map { Array($0.utf8) }) {
    case nil: "refused"
    case .help: "help"
    case .version: "version"
    case .boot(let options):
      [
        "boot", options.hostShared.map { String(decoding: $0, as: Unicode.UTF8.self) } ?? "-",
        String(decoding: options.workDirectory, as: Unicode.UTF8.self), options.isDryRun ? "dry" : "",
        String(decoding: bytes(options.disk.word), as: Unicode.UTF8.self),
      ].joined(separator: " ")
    case .replay(let file): "replay " + String(decoding: file, as: Unicode.UTF8.self)
    case .processOne: "init"
    case .check(let folder, let words):
      (words.isEmpty ? [folder] : [folder, words]).reduce("check") { $0 + " " + String(decoding: $1, as: UTF8.self) }
    case .dhcp: "dhcp"
    case .front(let options): "front \(options.user) \(options.memory) \(options.dataDisks.count)"
    case .serve(let file): file.map { "serve " + String(decoding: $0, as: Unicode.UTF8.self) } ?? "serve"
    }
  }

  @Test(arguments: [
    ([], "serve"), (["serve"], "serve"), (["-w"], "serve"), (["serve", "--watchdog"], "serve"),
    (["-c", "a.json"], "serve a.json"),
    // as upstream's systemd unit calls it
    (["--watchdog", "-c", "/dstack/agent.json"], "serve /dstack/agent.json"),
    (["serve", "--config", "a", "-w", "-w"], "serve a"), (["-c", ""], "serve "),
    (["-c", "-w"], "serve -w"), (["-c", "serve"], "serve serve"), (["--help"], "help"), (["-h"], "help"), (["help"], "help"),
    (["--version"], "version"),
    (["-V"], "version"), (["version"], "version"), (["init"], "init"), (["init", "--check", "x"], "check x"),
    (["init", "--check", "x", "a=b c"], "check x a=b c"),
    (["boot"], "boot - /dstack  "), (["boot", "--host-shared", "a", "--work-dir", "/b"], "boot a /b  "),
    (["boot", "--dry-run", "--host-shared", "a"], "boot a /dstack dry "),
    (["boot", "--dry-run", "--host-shared", "a", "--disk", "optional"], "boot a /dstack dry optional"),
    (["boot", "--disk", "required", "--machine"], "boot - /dstack  required"), (["replay", "a"], "replay a"),
    (["front", "65533", "1024"], "front 65533 1024 0"), (["front", "1", "2", "/", "serve"], "front 1 2 2"),
    (["dhcp"], "dhcp"),
    // wrong command lines
    (["dhcp", "eth0"], "refused"),
    (["front"], "refused"), (["front", "1"], "refused"), (["front", "4294967296", "1"], "refused"),
    (["front", "a", "1"], "refused"),
    (["boot", "--dry-run"], "refused"), (["boot", "--host-shared"], "refused"), (["boot", "--work-dir"], "refused"),
    (["boot", "--work-dir", "/a", "--work-dir", "/b"], "refused"),
    (["boot", "--host-shared", "a", "--host-shared", "a"], "refused"),
    (["boot", "--disk", "required"], "refused"), (["boot", "--machine", "--disk"], "refused"),
    (["boot", "--machine", "--disk", "none"], "refused"),
    (["boot", "--machine", "--disk", "scratch", "--disk", "scratch"], "refused"),
    (["boot", "a"], "refused"), (["boot", "-c", "a"], "refused"), (["--dry-run"], "refused"), (["replay"], "refused"),
    (["replay", "a", "b"], "refused"), (["serve", "boot"], "refused"),
    (["-c"], "refused"), (["serve", "-c"], "refused"), (["-c", "a", "-c", "b"], "refused"),
    (["-c", "a", "--config", "b"], "refused"), (["-ca"], "refused"),
    (["--config=a"], "refused"), (["serve", "serve"], "refused"), (["-w", "serve"], "refused"),
    (["version", "x"], "refused"), (["init", "x"], "refused"), (["init", "--check"], "refused"),
    (["init", "--check", "x", "y", "z"], "refused"),
    (["--help", "-w"], "refused"), (["-w", "--help"], "refused"), (["serve", "help"], "refused"), ([""], "refused"),
    (["-x"], "refused"), (["Serve"], "refused"),
    (["--watchdog=1"], "refused"), (["a.json"], "refused"), (["--"], "refused"),
  ])
  func words(_ words: [String], _ expected: String) { #expect(Self.described(words) == expected) }

  @Test func versionNamesTheInterface() {
    let text = String(decoding: agent.CommandLine.version(), as: Unicode.UTF8.self)
    #expect(text.hasPrefix("dstack-guest-agent \(Version.number) ("))
    #expect(text.hasSuffix("\n"))
  }
}
