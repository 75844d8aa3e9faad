import CSystem

/// What of the file system a process may use from now on, its children too (landlock(7)): nothing but what it is allowed here.
struct Landlock: ~Copyable {
  /// What may be done with what lies below a path.
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

  /// Kinds of access to files that each version of the interface has added to.
  private static var kinds: [UInt64] { [13, 14, 15, 15, 16] }

  private let rules: Descriptor
  private let known: UInt64

  /// Unless it is to `connect`, TCP is out of reach as well; unless it is to `lead` others, so are abstract sockets and other processes'
  /// signals. Throws where the kernel has none.
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

  /// Allows something below a path, or of a file. If there is nothing and `orAbove`, below what there is above it.
  @inline(never)
  borrowing func allow(_ path: [UInt8], _ rights: Rights, orAbove: Bool = false) {
    var path = path
    while true {
      let result = withPath(path) { sys_landlock_allow(rules.number, $0, rights.rawValue & known) }
      guard orAbove, result == -ENOENT, let end = path.lastIndex(of: UInt8(ascii: "/")), path.count > 1 else { return }
      path = end == 0 ? bytes("/") : Array(path[..<end])
    }
  }

  /// The same of a path that is always the same.
  @inline(never)
  borrowing func allow(_ path: StaticString, _ rights: Rights) { allow(bytes(path), rights) }

  /// From now on.
  borrowing func begin() throws(AgentError) {
    try Errno.check(sys_landlock_enter(rules.number), "files cannot be limited")
  }
}
