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

  private static let (load, jumpIfEqual, jumpIfAnyBit, end): (UInt64, UInt64, UInt64, UInt64) = (0x20, 0x15, 0x45, 0x06)
  /// Offsets in `struct seccomp_data`; and AUDIT_ARCH_X86_64.
  private static let (number, architecture, arguments): (UInt32, UInt32, UInt32) = (0, 4, 16)
  private static let x86: UInt32 = 0xc000_003e
  /// Of ioctl(2): whether something is a terminal, the addresses of interfaces and their masks, a TD report and an extend.
  private static var requests: [UInt32] { [0x5413, 0x8912, 0x891b, 0xc440_5401, 0x8031_5403] }

  /// Allows these calls, refuses those, and does with all others what `others` says.
  init(_ allowed: [[Int32]], refused: [Int32] = [], others: Verdict) {
    add(Self.load, Self.architecture)
    add(Self.jumpIfEqual, Self.x86, skip: 0, else: 1)
    add(Self.load, Self.number)
    // another architecture's number is none of these
    for list in allowed {
      for call in list { on(call) { $0.allow(call) } }
    }
    for call in refused { on(call) { $0.conclude(.refuse) } }
    conclude(others)
  }

  /// From now on. Throws where the kernel has no such filters.
  func begin() throws(AgentError) {
    try Errno.check(sys_filter_calls(program, UInt32(program.count)), "system calls cannot be limited")
  }

  /// What follows for a call.
  private mutating func on(_ call: Int32, _ rules: (inout CallFilter) -> Void) {
    let place = program.count
    add(Self.jumpIfEqual, UInt32(bitPattern: call))
    rules(&self)
    program[place] |= UInt64(program.count - place - 1) << 24
  }

  /// Of the calls that can do two kinds of things, only one.
  private mutating func allow(_ call: Int32) {
    switch call {
    case SYS_mmap, SYS_mprotect:
      // PROT_EXEC
      add(Self.load, Self.arguments + 8 * 2)
      add(Self.jumpIfAnyBit, 4, skip: 0, else: 1)
      conclude(.kill)
    case SYS_ioctl:
      add(Self.load, Self.arguments + 8)
      for request in Self.requests {
        add(Self.jumpIfEqual, request, skip: 0, else: 1)
        conclude(.allow)
      }
      return conclude(.refuse)
    default: break
    }
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
  /// Whether another process is there.
  static var looking: [Int32] { [SYS_kill] }
  /// Children, and what becomes of them.
  static var children: [Int32] {
    [
      SYS_fork, SYS_clone, SYS_vfork, SYS_set_tid_address, SYS_pipe2, SYS_dup2, SYS_dup3, SYS_close_range, SYS_kill, SYS_wait4,
      SYS_prctl, SYS_setsid, SYS_mlockall, SYS_prlimit64, SYS_getrlimit, SYS_setrlimit, SYS_capget, SYS_capset,
    ]
  }
  /// The front's start, and listening.
  static var starting: [Int32] {
    [
      SYS_execve, SYS_arch_prctl, SYS_socketpair, SYS_memfd_create, SYS_setgroups, SYS_setresuid, SYS_setresgid, SYS_getuid,
      SYS_geteuid, SYS_getgid, SYS_getegid, SYS_listen, SYS_signalfd4, SYS_chmod, 424, 434, 444, 445, 446,
    ]
  }
}
