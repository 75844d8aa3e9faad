import CSystem

/// The system calls that a process and its children may make from now on, as a BPF program for seccomp(2) (SECCOMP_MODE_FILTER).
/// The numbers are x86-64's, and the lists hold what musl and our own code call.
struct CallFilter {
  /// What happens to a call.
  enum Verdict: UInt32 {
    case allow = 0x7fff_0000
    case kill = 0x8000_0000
    /// The call fails with EACCES.
    case refuse = 0x0005_000d
  }

  /// The instructions, each a `struct sock_filter`: 16 bits of code, two jumps of 8 bits each, and a 32-bit operand.
  private(set) var program: [UInt64] = []
  /// The address family that new sockets must have; 0 for any.
  private let family: UInt32

  // Codes of instructions (linux/bpf_common.h): load a word, three conditional jumps, and return. Separate constants, because Swift would
  // make a tuple of them at run time, at each use.
  private static let load: UInt64 = 0x20
  private static let jumpIfEqual: UInt64 = 0x15
  private static let jumpIfFrom: UInt64 = 0x35
  private static let jumpIfAnyBit: UInt64 = 0x45
  private static let end: UInt64 = 0x06
  /// Offsets in `struct seccomp_data`, whose arguments are 8 bytes each and are compared by their low half; and
  /// AUDIT_ARCH_X86_64.
  private static let number: UInt32 = 0
  private static let architecture: UInt32 = 4
  private static let arguments: UInt32 = 16
  private static let x86: UInt32 = 0xc000_003e
  /// MSG_FASTOPEN, which connects a socket without connect(2), so that Landlock does not see it.
  private static let fastOpen: UInt32 = 0x2000_0000
  /// More than any number in the lists.
  private static let numbers = 512
  /// The requests of ioctl(2) that pass: TIOCGWINSZ (by which isatty(3) asks), SIOCGIFCONF, SIOCGIFNETMASK, and the TD report and
  /// the extend of /dev/tdx_guest.
  private static var requests: [UInt32] { [0x5413, 0x8912, 0x891b, 0xc440_5401, 0x8031_5403] }

  /// What the filter does with a call: a test of its arguments, or a verdict. A verdict's number stands in a jump to it until it
  /// is known where that is, as real jumps are shorter; 0 is the jump to the next instruction. Numbers, because an array of an
  /// enumeration would cost its own code.
  private typealias Rule = UInt8
  private static let unlessExecutable: Rule = 1
  private static let sendingMessages: Rule = 2
  private static let sending: Rule = 3
  private static let endOfWriting: Rule = 4
  private static let noCopies: Rule = 5
  private static let oneFamily: Rule = 6
  private static let someRequests: Rule = 7
  private static let allow: Rule = 253
  private static let kill: Rule = 254
  private static let refuse: Rule = 255

  /// Allows the calls in these lists, some only with certain arguments (`apply`); refuses those in `refused`; and does with all
  /// others what `others` says. New sockets must be of `family`, unless that is 0.
  init(_ allowed: [[Int32]], family: UInt32 = 0, refused: [Int32] = [], others: Verdict) {
    self.family = family
    let other = others == .kill ? Self.kill : Self.refuse
    var rules = [Rule](repeating: other, count: Self.numbers)
    for call in refused { rules[Int(call)] = Self.refuse }
    for list in allowed {
      for call in list {
        switch call {
        case SYS_mmap, SYS_mprotect: rules[Int(call)] = Self.unlessExecutable
        case SYS_sendmsg: rules[Int(call)] = Self.sendingMessages
        case SYS_sendto: rules[Int(call)] = Self.sending
        case SYS_shutdown: rules[Int(call)] = Self.endOfWriting
        // the keeper and its children, whose filters do not kill, make such copies
        case SYS_fcntl where others == .kill: rules[Int(call)] = Self.noCopies
        case SYS_socket where family > 0: rules[Int(call)] = Self.oneFamily
        case SYS_ioctl: rules[Int(call)] = Self.someRequests
        default: rules[Int(call)] = Self.allow
        }
      }
    }
    // the numbers at which the rule changes; the last rule also covers every number above the lists
    var starts = [0]
    for call in 1..<rules.count where rules[call] != rules[call - 1] { starts.append(call) }
    add(Self.load, Self.architecture)
    // the numbers of another architecture mean other calls
    add(Self.jumpIfEqual, Self.x86, else: other)
    add(Self.load, Self.number)
    _ = decide(starts[...], rules, from: 0)
    conclude()
  }

  /// Puts the filter into force. Throws if the kernel has no such filters.
  func begin() throws(AgentError) {
    try Errno.check(sys_filter_calls(program, UInt32(program.count)), "system calls cannot be limited")
  }

  /// Finds the rule by binary search. When the kernel installs a filter, it runs it once for every call number, to learn which
  /// are always allowed; testing one number after the other would make that ten times as slow. Returns the jump to the search
  /// from before the instruction at `place`.
  private mutating func decide(_ starts: ArraySlice<Int>, _ rules: [Rule], from place: Int) -> UInt64 {
    let rule = rules[starts[starts.startIndex]]
    let begin = program.count
    if starts.count > 1 {
      let middle = starts.startIndex + starts.count / 2
      add(Self.jumpIfFrom, UInt32(starts[middle]))
      program[begin] |= decide(starts[..<middle], rules, from: begin + 1) << 24
      program[begin] |= decide(starts[middle...], rules, from: begin + 1) << 16
    } else if rule >= Self.allow {
      return UInt64(rule)
    } else {
      apply(rule)
    }
    return UInt64(begin - place)
  }

  /// Tests the arguments of a call.
  private mutating func apply(_ rule: Rule) {
    switch rule {
    // PROT_EXEC
    case Self.unlessExecutable: test(2, Self.jumpIfAnyBit, 4, then: Self.kill, else: Self.allow)
    case Self.sendingMessages: test(2, Self.jumpIfAnyBit, Self.fastOpen, then: Self.kill, else: Self.allow)
    case Self.sending: test(3, Self.jumpIfAnyBit, Self.fastOpen, then: Self.kill, else: Self.allow)
    // Only SHUT_WR: any other way stops a listening socket from listening. And not below 3: stderr may be a socket that other
    // processes share.
    case Self.endOfWriting:
      test(0, Self.jumpIfFrom, 3, else: Self.kill)
      test(1, Self.jumpIfEqual, 1, then: Self.allow, else: Self.kill)
    // F_DUPFD and F_DUPFD_CLOEXEC, which would give stderr another number
    case Self.noCopies:
      test(1, Self.jumpIfEqual, 0, then: Self.kill)
      test(1, Self.jumpIfEqual, 1030, then: Self.kill, else: Self.allow)
    case Self.oneFamily: test(0, Self.jumpIfEqual, family, then: Self.allow, else: Self.refuse)
    default:
      for request in Self.requests { test(1, Self.jumpIfEqual, request, then: Self.allow) }
      test(1, Self.jumpIfEqual, 0, then: Self.refuse, else: Self.refuse)
    }
  }

  /// Compares an argument by its low half. Where a verdict is missing, the next instruction is next.
  @inline(never)
  private mutating func test(
    _ argument: UInt32, _ jump: UInt64, _ value: UInt32, then yes: Rule = 0, else no: Rule = 0
  ) {
    add(Self.load, Self.arguments + 8 * argument)
    add(jump, value, then: yes, else: no)
  }

  /// Appends the verdicts, and turns what stands for them into jumps.
  private mutating func conclude() {
    let count = program.count
    for place in 0..<count {
      for half in [16, 24] as [UInt64] {
        let jump = program[place] >> half & 0xff
        if jump < UInt64(Self.allow) { continue }
        program[place] -= jump << half
        program[place] += (jump - UInt64(Self.allow) + UInt64(count - place - 1)) << half
      }
    }
    for verdict in [Verdict.allow, .kill, .refuse] { add(Self.end, verdict.rawValue) }
  }

  @inline(never)
  private mutating func add(_ code: UInt64, _ number: UInt32, then yes: Rule = 0, else no: Rule = 0) {
    program.append(code | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(number) << 32)
  }
}

/// The calls, by purpose.
extension CallFilter {
  /// Memory, time, signals and descriptors that are open: every process of ours needs these.
  static var basic: [Int32] {
    [
      SYS_read, SYS_write, SYS_poll, SYS_close, SYS_fcntl, SYS_fstat, SYS_lseek, SYS_pread64, SYS_brk, SYS_mmap, SYS_munmap,
      SYS_mremap, SYS_mprotect, SYS_madvise, SYS_mlock, SYS_clock_gettime, SYS_gettimeofday, SYS_time, SYS_getrandom,
      SYS_getpid,
      SYS_getppid, SYS_gettid, SYS_tkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit,
      SYS_exit_group, SYS_restart_syscall, SYS_readv, SYS_writev, SYS_sched_getaffinity,
    ]
  }
  /// Waiting, incoming connections, the channel between the processes, and disk space.
  static var serving: [Int32] {
    [
      SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_timerfd_settime, SYS_accept4, SYS_recvfrom, SYS_recvmsg,
      SYS_sendmsg, SYS_getsockopt, SYS_getpeername, SYS_shutdown, SYS_statfs, SYS_fstatfs, SYS_access, SYS_ioctl,
    ]
  }
  /// For lines on stderr, besides `basic`: isatty(3).
  static var telling: [Int32] { [SYS_ioctl] }
  /// Opening files.
  static var opening: [Int32] { [SYS_open, SYS_openat] }
  /// Outgoing connections.
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
  /// Children, and waiting for them.
  static var children: [Int32] {
    [
      SYS_fork, SYS_clone, SYS_vfork, SYS_set_tid_address, SYS_pipe2, SYS_dup2, SYS_dup3, SYS_close_range, SYS_kill, SYS_wait4,
      SYS_prctl, SYS_mlockall,
    ]
  }
  /// For the keeper alone: starting a front, and listening. With prlimit64, another process of the keeper's user could lower the
  /// keeper's limits to nothing; with setpriority, its priority. The bare numbers are pidfd_send_signal, pidfd_open and Landlock's
  /// three calls.
  static var starting: [Int32] {
    [
      SYS_execve, SYS_arch_prctl, SYS_socketpair, SYS_memfd_create, SYS_setgroups, SYS_setresuid, SYS_setresgid, SYS_getuid,
      SYS_geteuid, SYS_getgid, SYS_getegid, SYS_listen, SYS_epoll_create1, SYS_timerfd_create, SYS_signalfd4, SYS_chmod,
      SYS_setsid, SYS_prlimit64, SYS_getrlimit, SYS_setrlimit, SYS_getpriority, SYS_setpriority, SYS_capget, SYS_capset,
      424, 434, 444, 445, 446,
    ]
  }
}
