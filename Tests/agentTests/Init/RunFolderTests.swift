import Foundation
import Testing

@testable import agent

struct RunFolderTests {
  /// Reads a folder of programs; nil means a program file without settings.
  private static func read(_ files: [(String, String?)], executable: Bool = true) throws -> [ProgramSettings] {
    let folder = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, settings) in files {
      let path = folder + "/" + name + (settings == nil ? "" : ".conf")
      try Data((settings ?? "").utf8).write(to: URL(fileURLWithPath: path))
      if settings == nil, executable { chmod(path, 0o755) }
    }
    return try RunFolder.read(utf8(folder), isInstalled: false)
  }

  /// The text of what is wrong with a folder's files, each with its content, without the folder's path.
  private static func fault(_ files: [(String, String)], isInstalled: Bool = false) throws -> String? {
    let folder = try TemporaryFolder()
    for (name, content) in files { try folder.write(name, utf8(content)) }
    let text = failureText { _ = try RunFolder.read(folder.bytes, isInstalled: isInstalled) }
    #expect(text?.hasPrefix(folder.path + "/") != false)
    return text.map { String($0.dropFirst(folder.path.count + 1)) }
  }

  private static func one(_ settings: String) throws -> ProgramSettings { try read([("a", settings), ("a", nil)])[0] }

  @Test func withoutSettings() throws {
    let programs = try Self.read([("b", nil), ("a", nil)])
    #expect(programs.map { $0.name } == [utf8("a"), utf8("b")])
    let program = programs[0]
    #expect(program.path.suffix(2) == utf8("/a") && program.arguments.isEmpty && program.capabilities == 0)
    #expect(program.environment == [utf8("HOME=/var/lib/a")] && program.restart == .always && !program.isOnce)
    // FNV-1a of "a" is 0xe40c292c
    #expect(program.user == 0x140c_292c && program.group == program.user)
    #expect(program.access == .all && program.grace == 5000 && program.memory == utf8("max") && program.pids == utf8("max"))
    #expect(program.keepsOutput)
  }

  @Test func everything() throws {
    let program = try Self.one(
      """
      # a comment

      program=/bin/x
      args = -a  b
       arg = c d
      env = A=1=2
      env = HOME=/x
      user = 0
      group = 7
      directory = /srv
      restart = never
      stop = 300
      memory = 64M
      pids = 1048576
      nofile = 8
      capabilities = chown checkpoint_restore
      sockets = none
      log = none
      """)
    #expect(program.path == utf8("/bin/x") && program.arguments == utf8("-a\0b\0c d\0"))
    #expect(program.environment == [utf8("A=1=2"), utf8("HOME=/x")] && program.user == 0 && program.group == 7)
    #expect(program.directory == utf8("/srv") && program.restart == .never && program.grace == 300_000)
    #expect(program.memory == utf8("67108864") && program.pids == utf8("1048576") && program.files == 8)
    #expect(program.capabilities == 1 | 1 << 40 && program.access == .none && !program.keepsOutput)
  }

  @Test(arguments: [("once = yes", true), ("once = no", false), ("once = yes\nrestart = never", true)])
  func once(_ settings: String, _ isOnce: Bool) throws {
    let program = try Self.one(settings)
    #expect(
      program.isOnce == isOnce && program.restart == (settings.contains("never") ? .never : isOnce ? .onFailure : .always))
  }

  @Test(arguments: [
    "x", "= 1", "usr = 1", "user =", "user = -1", "user = 4294967295", "user = 1\nuser = 1", "group = x", "env = A", "env = =x",
    "directory = srv", "program = bin/x", "restart = Always", "once = true", "stop = 0", "stop = 301", "memory = 0",
    "memory = M",
    "memory = 64m", "memory = 17592186044416G", "pids = 0", "pids = 1048577", "nofile = 7", "capabilities = CHOWN",
    "sockets = apps", "log = no", "log = file",
    "after = b", "after = a", "arg = a\0b",
  ])
  func refused(_ settings: String) { #expect(refusal { _ = try Self.one(settings) } == .invalid) }

  @Test(arguments: [0, 1]) func limitOfSettings(_ above: Int) throws {
    let settings = "#" + String(repeating: "x", count: 64 * 1024 - 1 + above)
    if above == 0 { #expect(try Self.one(settings).arguments.isEmpty) }
    if above > 0 { #expect(try Self.fault([("a.conf", settings)]) == "a.conf: is too large") }
  }

  /// Whatever is wrong, its file is named, and its line.
  @Test(
    arguments: [
      (["a.conf": "\n# x\nnofile = 7\n"], "a.conf:3: want a number from 8 to 1048576"),
      (["a.conf": "args = x\n"], "a.conf: there is no such file, and its settings name no program"),
      (["a": ""], "a: is not an executable file"), (["a": "", "a.conf": "user = 1"], "a: is not an executable file"),
      (["a b": ""], "a b: a program's name is 1 to 64 letters, digits, dots, hyphens and underscores"),
      (["a\tb.conf": ""], "a?b.conf: a program's name is 1 to 64 letters, digits, dots, hyphens and underscores"),
      (
        ["a.conf": "program = /bin/x\n\n\nafter = b c", "b.conf": "program = /bin/x"],
        "a.conf:4: c: no such program to start after"
      ),
      (["a.conf": "program = /bin/x\ncapabilities = chown \u{1}x"], "a.conf:2: unknown capability: ?x"),
    ] as [([String: String], String)])
  func placesAreNamed(_ files: [String: String], _ told: String) throws {
    #expect(try Self.fault(files.map { ($0, $1) }) == told)
  }

  @Test func programsThatAreNotThere() throws {
    let settings = "args = x\nprogram = /nowhere"
    #expect(try Self.fault([("a.conf", settings)], isInstalled: true) == "a.conf:2: /nowhere: is not an executable file")
    #expect(try Self.fault([("a.conf", settings)]) == nil)
  }

  @Test func settingsThatLeadNowhere() throws {
    let folder = try TemporaryFolder()
    try folder.write("a", [])
    chmod(folder.path + "/a", 0o755)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/a.conf", withDestinationPath: "nowhere")
    #expect(
      failureText { _ = try RunFolder.read(folder.bytes) }?.hasPrefix(folder.path + "/a.conf: cannot be opened") == true)
  }

  @Test func names() throws {
    #expect(try Self.read([(String(repeating: "n", count: 64), nil)]).count == 1)
    for name in [String(repeating: "n", count: 65), "a b", "ä"] {
      #expect(refusal { _ = try Self.read([(name, nil)]) } == .invalid)
    }
    #expect(try Self.read([(".hidden", nil)]).isEmpty)
    #expect(refusal { _ = try Self.read([("a", nil)], executable: false) } == .invalid)
    #expect(refusal { _ = try Self.read([("a", "args = x")]) } == .invalid)
    #expect(try Self.read([("a", "program = /bin/x")])[0].path == utf8("/bin/x"))
  }

  /// The output that the build of an image reads: one line per program.
  @Test func report() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/run.d", withIntermediateDirectories: true)
    try folder.write(
      "run.d/a.conf", utf8("program = /bin/x y\nuser = 7\ngroup = 8\ncapabilities = dac_override\ndirectory = /srv"))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(try Init.check(folder.bytes, words: []))) as? [String: NSObject])
    let settings = folder.path + "/run.d/a.conf"
    #expect(
      report == [
        "name": "a" as NSString, "program": "/bin/x y" as NSString, "directory": "/srv" as NSString, "user": 7 as NSNumber,
        "group": 8 as NSNumber, "capabilities": 2 as NSNumber, "program_place": settings + ":1" as NSString,
        "user_place": settings + ":2" as NSString, "directory_place": settings + ":5" as NSString,
      ])
    try folder.write("run.d/a.conf", utf8("program = x"))
    #expect(failureText { _ = try Init.check(folder.bytes, words: []) } == settings + ":1: want an absolute path")
    try folder.write("agent.json", utf8("{\n\"x\":1}"))
    #expect(
      failureText { _ = try Init.check(folder.bytes, words: []) }?.hasPrefix(
        folder.path + "/agent.json:2: x: an image can set only")
        == true)
    #expect(
      failureText { _ = try Init.check(folder.bytes, words: utf8("quiet dstack.on_exit=halt")) }
        == "the kernel command line: dstack.on_exit=halt: want restart or poweroff")
  }

  @Test(arguments: [0, 1]) func limitOfPrograms(_ above: Int) throws {
    let files = (0..<(128 + above)).map { ("\($0)", nil as String?) }
    if above == 0 { #expect(try Self.read(files).count == 128) }
    if above > 0 {
      #expect(failureText { _ = try Self.read(files) }?.hasSuffix(": there are more than 128 programs") == true)
    }
  }

  @Test func order() throws {
    for size in [Limits.quotedName, Limits.quotedName + 1] {
      let name = String(repeating: "c", count: size)
      let quoted = name.prefix(Limits.quotedName)
      #expect(
        failureText { _ = try Self.read([("a", nil), ("a", "after = " + name)]) }?.hasSuffix(
          "/a.conf:1: \(quoted): no such program to start after") == true)
    }
    let both: [(String, String?)] = [("a", nil), ("b", nil), ("c", nil)]
    #expect(try Self.read(both + [("a", "after = b c"), ("b", "after = c")])[0].after == [utf8("b"), utf8("c")])
  }

  /// The line is one of the cycle's, even if the first program that waits only leads to it.
  @Test(arguments: [
    (["after = a"], "a.conf:1: a"), (["after = b", "after = a"], "a.conf:1: b"),
    (["after = b", "after = c", "after = a"], "a.conf:1: b"),
    (["after = b", "\nafter = b"], "b.conf:2: b"),
    (["after = d b", "after = d c", "user = 1\nafter = d b", ""], "b.conf:1: c"),
    (["after = b", "after = c", "user = 1\nafter = d b", ""], "b.conf:1: c"),
    (["user = 1\nafter = c", "", "\n\nafter = b a"], "a.conf:2: c"),
  ])
  func cycles(_ settings: [String], _ place: String) throws {
    let files = zip(["a.conf", "b.conf", "c.conf", "d.conf"], settings).map { ($0, $1 + "\nprogram = /bin/x") }
    #expect(try Self.fault(files) == place + ": leads back to this program, so neither could start")
  }

  /// Two names with the same hash, found by a search.
  @Test func collisions() throws {
    var seen: [UInt32: String] = [:]
    var pair: (String, String)?
    for number in 0..<200_000 where pair == nil {
      let name = String(number)
      let user = ProgramSettings.user(of: utf8(name))
      if let other = seen[user] { pair = (other, name) }
      seen[user] = name
    }
    let (first, second) = try #require(pair)
    let text = failureText { _ = try Self.read([(first, nil), (second, nil)]) }
    let names = [first, second].sorted()
    #expect(text?.hasSuffix("/\(names[0]): would share a user with \(names[1]): rename one, or set user") == true)
    #expect(try Self.read([(first, nil), (second, nil), (second, "user = 1000")]).count == 2)
  }
}
