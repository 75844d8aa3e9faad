/// How one of the operator's programs runs: the settings of `NAME.conf` in /etc/dstack/run.d, described in dstack-init(8). A line
/// is `key = value`; empty lines and lines that begin with `#` are ignored.
final class ProgramSettings {
  /// When the program is restarted after it has ended.
  enum Restart { case always, onFailure, never }
  /// Which of the agent's sockets the program can reach.
  enum Access { case all, evidence, none }

  /// In the order of `keys`. Those up to `env` may be repeated.
  enum Key: Int {
    case arg, args, env, after, capabilities, program, user, group, directory, restart, once, stop, memory, pids, nofile,
      sockets, log
  }

  private static let keys: StaticString =
    "arg args env after capabilities program user group directory restart once stop memory pids nofile sockets log"
  /// The names of capabilities(7), in the order of their numbers.
  private static let capabilityNames: StaticString =
    """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin \
    net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time \
    sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read \
    perfmon bpf checkpoint_restore
    """

  /// What the name of a settings file ends in.
  static let suffix: StaticString = ".conf"

  /// The name of its file, or of its settings without the suffix.
  let name: [UInt8]
  /// The path of its entry in run.d, and that of its settings, which need not exist.
  let entry, file: [UInt8]
  /// The path of the program; empty until the settings name one.
  private(set) var path: [UInt8]
  /// The arguments after the program's name, each followed by a NUL.
  private(set) var arguments: [UInt8] = []
  /// `NAME=VALUE`.
  private var variables: [[UInt8]] = []
  /// IDs; the group's is the same as the user's unless the settings say otherwise.
  private(set) var user: UInt32
  private(set) var group: UInt32
  /// The working directory.
  private(set) var directory = bytes("/")
  private(set) var restart = Restart.always
  /// It does its work and ends. Programs that list it in `after` wait for its success.
  private(set) var isOnce = false
  /// Names of the programs that must be started before it.
  private(set) var after: [[UInt8]] = []
  /// Milliseconds from SIGTERM to SIGKILL.
  private(set) var grace = Limits.stopGrace
  /// Limits in the form that control groups take: a number of bytes or of processes, or `max`.
  private(set) var memory = bytes("max")
  private(set) var pids = bytes("max")
  /// The limit of open files; 0 keeps the kernel's default.
  private(set) var files: UInt64 = 0
  /// The capabilities that it keeps, one bit for each number.
  private(set) var capabilities: UInt64 = 0
  private(set) var access = Access.all
  /// Whether its output is kept for `/logs`; if not, it goes to /dev/null.
  private(set) var keepsOutput = true

  /// The program's own folder.
  var state: [UInt8] { bytes("/var/lib/", name) }
  /// `NAME=VALUE` strings. HOME is `state` unless the settings set it.
  var environment: [[UInt8]] {
    variables.contains { $0.hasPrefix("HOME=") } ? variables : variables + [bytes("HOME=", state)]
  }

  /// The line that sets each `Key`, the last one if it is repeated; 0 if none does.
  private var lines = [Int](repeating: 0, count: Key.log.rawValue + 1)

  /// The defaults. `isFile`: whether the entry is the program itself, and not settings that must name one.
  init(_ name: [UInt8], in folder: [UInt8], isFile: Bool) {
    self.name = name
    file = folder + "/" + name + Self.suffix
    entry = isFile ? folder + "/" + name : file
    path = isFile ? entry : []
    user = Self.user(of: name)
    group = user
  }

  /// The default user ID for a name: 28 bits of its FNV hash, plus 2^28, which is far above the IDs that usually own files in
  /// images. It depends on the name alone, so adding or removing programs changes nobody's ID.
  static func user(of name: [UInt8]) -> UInt32 {
    0x1000_0000 | FNV.hash(name[...]) & 0x0fff_ffff
  }

  /// Whether the settings have a key.
  func sets(_ key: Key) -> Bool { lines[key.rawValue] > 0 }

  /// Where a key is set, `FILE:LINE`, for error texts; the program's entry if it is not.
  @inline(never)
  func place(of key: Key) -> [UInt8] { sets(key) ? place(lines[key.rawValue]) : entry }

  @inline(never)
  private func place(_ line: Int) -> [UInt8] { file + ":" + decimal(line) }

  /// Takes a step that a setting asks for. The text of a failure begins with the setting's place.
  @inline(never)
  func explain(_ key: Key, _ failure: StaticString, _ step: () throws(Errno) -> Void) throws(AgentError) {
    try AgentError.during(place(of: key), try Errno.explain(failure, step))
  }

  /// Applies the text of a settings file. Throws `.invalid` for the first error, with its line number.
  func read(_ text: [UInt8]) throws(AgentError) {
    var number = 0
    for line in TextParts(linesOf: text) {
      number += 1
      let line = TextWords(line).rest
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      do throws(AgentError) { try take(line, number) } catch { throw error.during(place(number)) }
    }
    if isOnce, restart == .always { restart = .onFailure }
    if !sets(.group) { group = user }
  }

  private func take(_ line: ArraySlice<UInt8>, _ number: Int) throws(AgentError) {
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw .invalid("want key = value") }
    let value = TextWords(line[(equals + 1)...]).rest
    guard let key = Self.place(of: TextWords(line[..<equals]).rest, in: Self.keys).flatMap({ Key(rawValue: $0) }) else {
      throw AgentError(.invalid, bytes("unknown key; want one of ") + Self.keys)
    }
    if value.isEmpty || value.contains(0) { throw .invalid("the value is empty, or has a NUL") }
    if sets(key), key.rawValue > Key.env.rawValue { throw .invalid("the key is given twice") }
    lines[key.rawValue] = number
    try set(key, value)
  }

  private func set(_ key: Key, _ value: ArraySlice<UInt8>) throws(AgentError) {
    switch key {
    case .arg: arguments += value + [0]
    case .args: for word in TextWords(value) { arguments += word + [0] }
    case .env:
      guard let equals = value.firstIndex(of: UInt8(ascii: "=")), equals > value.startIndex else {
        throw .invalid("want NAME=VALUE")
      }
      variables.append(Array(value))
    case .after: for word in TextWords(value) { after.append(Array(word)) }
    case .capabilities:
      for word in TextWords(value) {
        if word.matches("all") {
          capabilities = UInt64.max
        } else {
          guard let number = Self.place(of: word, in: Self.capabilityNames) else {
            throw AgentError(.invalid, bytes("unknown capability: ") + printable(word.prefix(Limits.quotedName)))
          }
          capabilities |= 1 << UInt64(number)
        }
      }
    case .program: path = try Self.path(value)
    case .user: user = try Self.identity(value)
    case .group: group = try Self.identity(value)
    case .directory: directory = try Self.path(value)
    case .restart:
      switch try Self.choice(value, of: "always on-failure never") {
      case 0: restart = .always
      case 1: restart = .onFailure
      default: restart = .never
      }
    case .once: isOnce = try Self.choice(value, of: "yes no") == 0
    case .stop: grace = Int64(try Self.number(value, 1...Limits.stopSeconds)) * 1000
    case .memory: memory = decimal(try Self.size(value))
    case .pids: pids = decimal(try Self.number(value, 1...Limits.programNumber))
    case .nofile: files = try Self.number(value, 8...Limits.programNumber)
    case .sockets:
      switch try Self.choice(value, of: "all quote none") {
      case 0: access = .all
      case 1: access = .evidence
      default: access = .none
      }
    case .log: keepsOutput = try Self.choice(value, of: "ring none") == 0
    }
  }

  /// The index of a word in a list of words; nil if it is not there.
  private static func place(of word: ArraySlice<UInt8>, in list: StaticString) -> Int? {
    var place = 0
    for each in TextWords(bytes(list)[...]) {
      if each == word { return place }
      place += 1
    }
    return nil
  }

  private static func choice(_ value: ArraySlice<UInt8>, of words: StaticString) throws(AgentError) -> Int {
    guard let place = place(of: value, in: words) else { throw AgentError(.invalid, bytes("want one of ") + words) }
    return place
  }

  private static func path(_ value: ArraySlice<UInt8>) throws(AgentError) -> [UInt8] {
    if value.first != UInt8(ascii: "/") { throw .invalid("want an absolute path") }
    return Array(value)
  }

  private static func number(_ value: ArraySlice<UInt8>, _ range: ClosedRange<UInt64>) throws(AgentError) -> UInt64 {
    guard let number = parseDecimal(value), range.contains(number) else {
      throw AgentError(
        .invalid, bytes("want a number from ", decimal(range.lowerBound)) + " to " + decimal(range.upperBound))
    }
    return number
  }

  /// A user or group ID. 2^32−1 is not one: setresuid(2) takes it to mean no change.
  private static func identity(_ value: ArraySlice<UInt8>) throws(AgentError) -> UInt32 {
    UInt32(truncatingIfNeeded: try number(value, 0...UInt64(UInt32.max - 1)))
  }

  /// A number of bytes. The suffixes K, M and G multiply by powers of 1024.
  private static func size(_ value: ArraySlice<UInt8>) throws(AgentError) -> UInt64 {
    var (digits, shift): (ArraySlice<UInt8>, UInt64) = (value, 0)
    switch value.last {
    case UInt8(ascii: "K"): shift = 10
    case UInt8(ascii: "M"): shift = 20
    case UInt8(ascii: "G"): shift = 30
    default: break
    }
    if shift > 0 { digits.removeLast() }
    guard let number = parseDecimal(digits), number > 0, number <= UInt64.max >> (20 + shift) else {
      throw .invalid("want a size such as 64M")
    }
    return number << shift
  }
}
