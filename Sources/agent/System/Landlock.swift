import CSystem

/// Limits what a process and its children may do with the file system from now on (landlock(7)): only what is allowed here.
struct Landlock: ~Copyable {
  /// What may be done with files below a path.
  struct Rights: OptionSet {
    let rawValue: UInt64

    static let execute = Rights(rawValue: 1)
    static let write = Rights(rawValue: 1 << 1 | 1 << 14 | 1 << 15)
    static let read = Rights(rawValue: 1 << 2)
    static let list = Rights(rawValue: 1 << 3)
    static let removeDirectory = Rights(rawValue: 1 << 4)
    static let removeFile = Rights(rawValue: 1 << 5)
    static let makeDirectory = Rights(rawValue: 1 << 7)
    static let makeFile = Rights(rawValue: 1 << 8)
    static let makeSocket = Rights(rawValue: 1 << 9)
  }

  /// How many kinds of access to files each version of the interface knows, from version 1.
  private static var kinds: [UInt64] { [13, 14, 15, 15, 16] }

  private let rules: Descriptor
  private let known: UInt64

  /// Unless the process `connects`, TCP is closed to it as well (version 4); unless it `leads` others, so are abstract sockets
  /// and signals to processes outside (version 6). Throws if the kernel has no Landlock.
  init(connects: Bool = false, leads: Bool = false) throws(AgentError) {
    let version = Int(sys_landlock_version())
    guard version > 0 else { throw .failed("the kernel has no Landlock: files are not limited") }
    let all: UInt64 = 1 << Self.kinds[min(version, Self.kinds.count) - 1] - 1
    let network: UInt64 = !connects && version >= 4 ? 3 : 0
    let scopes: UInt64 = !leads && version >= 6 ? 3 : 0
    let made = try Descriptor(taking: sys_landlock(all, network, scopes), "files cannot be limited")
    known = all
    rules = made
  }

  /// Allows these rights below a directory, or for a file. With `orAbove`, the nearest existing directory above stands in for a
  /// path that does not exist.
  @inline(never)
  borrowing func allow(_ path: [UInt8], _ rights: Rights, orAbove: Bool = false) {
    var path = path
    while true {
      let result = withPath(path) { sys_landlock_allow(rules.number, $0, rights.rawValue & known) }
      guard orAbove, result == -ENOENT, let end = path.lastIndex(of: UInt8(ascii: "/")), path.count > 1 else { return }
      path = end == 0 ? bytes("/") : Array(path[..<end])
    }
  }

  /// The same for a path known at build time.
  @inline(never)
  borrowing func allow(_ path: StaticString, _ rights: Rights) { allow(bytes(path), rights) }

  /// Puts the limits into force.
  borrowing func begin() throws(AgentError) {
    try Errno.check(sys_landlock_enter(rules.number), "files cannot be limited")
  }
}
