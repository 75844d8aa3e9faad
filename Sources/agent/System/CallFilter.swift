import CSystem

/// A list of the system calls that a process may make from now on, its children too, as a program for the kernel's packet filter
/// (seccomp(2), SECCOMP_MODE_FILTER). Lists of x86-64, of what musl and we call.
struct CallFilter {
  /// What happens to a call.
  enum Verdict: UInt32 {
    case allow = 0x7fff_0000
    case kill = 0x8000_0000
    /// The call fails with EACCES.
    case refuse = 0x0005_000d
  }

  /// The instructions, each a `struct sock_filter`: code in 16 bits, two jumps in 8 each, and a number.
  private(set) var program: [UInt64] = []
  /// Of sockets; 0 for any.
  private let family: UInt32

  // not in tuples, which would be made at run time, at each use
  private static let load: UInt64 = 0x20
  private static let jumpIfEqual: UInt64 = 0x15
  private static let jumpIfFrom: UInt64 = 0x35
  private static let jumpIfAnyBit: UInt64 = 0x45
  private static let end: UInt64 = 0x06
  /// Offsets in `struct seccomp_data`; and AUDIT_ARCH_X86_64.
  private static let number: UInt32 = 0
  private static let architecture: UInt32 = 4
  private static let arguments: UInt32 = 16
  private static let x86: UInt32 = 0xc000_003e
  /// MSG_FASTOPEN, by which a socket connects without connect(2), and where Landlock does not look.
  private static let fastOpen: UInt32 = 0x2000_0000
  /// Above all numbers that the lists have.
  private static let numbers = 512
  /// Of ioctl(2): whether something is a terminal, the addresses of interfaces and their masks, a TD report and an extend.
  private static var requests: [UInt32] { [0x5413, 0x8912, 0x891b, 0xc440_5401, 0x8031_5403] }

  /// What is done with a call's number.
  private enum Rule {
    case others, allow, refuse, unlessExecutable, sendingMessages, sending, endOfWriting, noCopies, oneFamily, someRequests
  }

  /// Allows these calls, refuses those, and does with all others what `others` says. Sockets are of one family alone, unless that is 0.
  init(_ allowed: [[Int32]], family: UInt32 = 0, refused: [Int32] = [], others: Verdict) {
    self.family = family
    var rules = [Rule](repeating: .others, count: Self.numbers)
    for call in refused { rules[Int(call)] = .refuse }
    for list in allowed {
      for call in list {
        switch call {
        case SYS_mmap, SYS_mprotect: rules[Int(call)] = .unlessExecutable
        case SYS_sendmsg: rules[Int(call)] = .sendingMessages
        case SYS_sendto: rules[Int(call)] = .sending
        case SYS_shutdown: rules[Int(call)] = .endOfWriting
        // which a keeper and its children make
        case SYS_fcntl where others == .kill: rules[Int(call)] = .noCopies
        case SYS_socket where family > 0: rules[Int(call)] = .oneFamily
        case SYS_ioctl: rules[Int(call)] = .someRequests
        default: rules[Int(call)] = .allow
        }
      }
    }
    // where another rule begins; behind the last number, that of all others
    var starts = [0]
    for call in 1..<rules.count where rules[call] != rules[call - 1] { starts.append(call) }
    add(Self.load, Self.architecture)
    add(Self.jumpIfEqual, Self.x86, skip: 1, else: 0)
    // another architecture's number is none of these
    conclude(others)
    add(Self.load, Self.number)
    decide(starts[...], rules, others)
  }

  /// From now on. Throws where the kernel has no such filters.
  func begin() throws(AgentError) {
    try Errno.check(sys_filter_calls(program, UInt32(program.count)), "system calls cannot be limited")
  }

  /// Looks up a number by halves: the kernel goes through the program for each number there is when it takes it, so that one test after
  /// the other would take it ten times as long.
  private mutating func decide(_ starts: ArraySlice<Int>, _ rules: [Rule], _ others: Verdict) {
    if starts.count == 1 { return apply(rules[starts[starts.startIndex]], others) }
    let middle = starts.startIndex + starts.count / 2
    let place = program.count
    add(Self.jumpIfFrom, UInt32(starts[middle]))
    decide(starts[..<middle], rules, others)
    program[place] |= UInt64(program.count - place - 1) << 16
    decide(starts[middle...], rules, others)
  }

  /// Of the calls that can do two kinds of things, only one.
  private mutating func apply(_ rule: Rule, _ others: Verdict) {
    switch rule {
    case .others: conclude(others)
    case .refuse: conclude(.refuse)
    case .allow: conclude(.allow)
    // PROT_EXEC
    case .unlessExecutable: allow(without: 4, in: 2)
    case .sendingMessages: allow(without: Self.fastOpen, in: 2)
    case .sending: allow(without: Self.fastOpen, in: 3)
    // SHUT_WR, else a listening socket listens no more; and not of the log, which may be a socket: others have them as well
    case .endOfWriting:
      add(Self.load, Self.arguments)
      add(Self.jumpIfFrom, 3, skip: 1, else: 0)
      conclude(.kill)
      allow(1, in: 1, else: .kill)
    // by another number: F_DUPFD and F_DUPFD_CLOEXEC
    case .noCopies:
      add(Self.load, Self.arguments + 8)
      add(Self.jumpIfEqual, 0, skip: 1, else: 0)
      add(Self.jumpIfEqual, 1030, skip: 0, else: 1)
      conclude(.kill)
      conclude(.allow)
    case .oneFamily: allow(family, in: 0, else: .refuse)
    case .someRequests:
      add(Self.load, Self.arguments + 8)
      for request in Self.requests {
        add(Self.jumpIfEqual, request, skip: 0, else: 1)
        conclude(.allow)
      }
      conclude(.refuse)
    }
  }

  /// Allows a call that has none of these bits in an argument; who has one is up to no good.
  private mutating func allow(without bits: UInt32, in argument: UInt32) {
    add(Self.load, Self.arguments + 8 * argument)
    add(Self.jumpIfAnyBit, bits, skip: 0, else: 1)
    conclude(.kill)
    conclude(.allow)
  }

  /// Allows a call with that value of an argument.
  private mutating func allow(_ value: UInt32, in argument: UInt32, else other: Verdict) {
    add(Self.load, Self.arguments + 8 * argument)
    add(Self.jumpIfEqual, value, skip: 1, else: 0)
    conclude(other)
    conclude(.allow)
  }

  private mutating func conclude(_ verdict: Verdict) { add(Self.end, verdict.rawValue) }

  @inline(never)
  private mutating func add(_ code: UInt64, _ number: UInt32, skip yes: UInt64 = 0, else no: UInt64 = 0) {
    program.append(code | yes << 16 | no << 24 | UInt64(number) << 32)
  }
}

/// The calls, by what they are for.
extension CallFilter {
  /// Memory, time, signals and what is open already: what every process of ours does.
  static var basic: [Int32] {
    [
      SYS_read, SYS_write, SYS_poll, SYS_close, SYS_fcntl, SYS_fstat, SYS_lseek, SYS_pread64, SYS_brk, SYS_mmap, SYS_munmap,
      SYS_mremap, SYS_mprotect, SYS_madvise, SYS_mlock, SYS_clock_gettime, SYS_gettimeofday, SYS_time, SYS_getrandom,
      SYS_getpid,
      SYS_getppid, SYS_gettid, SYS_tkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit,
      SYS_exit_group, SYS_restart_syscall, SYS_readv, SYS_writev, SYS_sched_getaffinity,
    ]
  }
  /// Connections that come in, and the channel.
  static var serving: [Int32] {
    [
      SYS_accept4, SYS_recvmsg, SYS_sendmsg, SYS_getsockopt, SYS_getpeername, SYS_shutdown, SYS_statfs, SYS_fstatfs, SYS_access,
      SYS_ioctl,
    ]
  }
  /// Lines on stderr, beside the basic ones.
  static var telling: [Int32] { [SYS_ioctl] }
  static var opening: [Int32] { [SYS_open, SYS_openat] }
  /// Connections that go out.
  static var connecting: [Int32] {
    [
      SYS_socket, SYS_connect, SYS_sendto, SYS_recvfrom, SYS_recvmsg, SYS_sendmsg, SYS_getsockopt, SYS_setsockopt, SYS_bind,
      SYS_getsockname, SYS_splice, SYS_ioctl,
    ]
  }
  /// Files.
  static var files: [Int32] {
    [
      SYS_open, SYS_openat, SYS_access, SYS_stat, SYS_lstat, SYS_newfstatat, SYS_getdents64, SYS_mkdir, SYS_rmdir, SYS_unlink,
      SYS_umask, SYS_flock, SYS_fallocate, SYS_ftruncate, SYS_readlink, SYS_ioctl, SYS_timer_create, SYS_timer_settime,
      SYS_timer_delete,
    ]
  }
  /// Children, and what becomes of them.
  static var children: [Int32] {
    [
      SYS_fork, SYS_clone, SYS_vfork, SYS_set_tid_address, SYS_pipe2, SYS_dup2, SYS_dup3, SYS_close_range, SYS_kill, SYS_wait4,
      SYS_prctl, SYS_mlockall,
    ]
  }
  /// The front's start, and listening. Who has prlimit64 and the keeper's user can take all from the keeper.
  static var starting: [Int32] {
    [
      SYS_execve, SYS_arch_prctl, SYS_socketpair, SYS_memfd_create, SYS_setgroups, SYS_setresuid, SYS_setresgid, SYS_getuid,
      SYS_geteuid, SYS_getgid, SYS_getegid, SYS_listen, SYS_signalfd4, SYS_chmod, SYS_setsid, SYS_prlimit64, SYS_getrlimit,
      SYS_setrlimit, SYS_capget, SYS_capset, 424, 434, 444, 445, 446,
    ]
  }
}
