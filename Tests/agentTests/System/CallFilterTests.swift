import CSystem
import Testing

@testable import agent

/// The filters' programs, run here as the kernel would (include/uapi/linux/bpf_common.h).
struct CallFilterTests {
  /// What becomes of a call; nil for a program that the kernel would refuse.
  private static func verdict(_ filter: CallFilter, _ call: Int32, _ arguments: [UInt64] = [], arch: UInt32 = 0xc000_003e)
    -> String?
  {
    var accumulator: UInt32 = 0
    var at = 0
    while at < filter.program.count {
      let instruction = filter.program[at]
      let (yes, no) = (Int(instruction >> 16 & 0xff), Int(instruction >> 24 & 0xff))
      let value = UInt32(truncatingIfNeeded: instruction >> 32)
      at += 1
      switch instruction & 0xffff {
      case 0x20:
        switch value {
        case 0: accumulator = UInt32(bitPattern: call)
        case 4: accumulator = arch
        default:
          let index = (Int(value) - 16) / 8
          accumulator = UInt32(truncatingIfNeeded: index < arguments.count ? arguments[index] : 0)
        }
      case 0x15: at += accumulator == value ? yes : no
      case 0x35: at += accumulator >= value ? yes : no
      case 0x45: at += accumulator & value != 0 ? yes : no
      case 0x06:
        switch CallFilter.Verdict(rawValue: value) {
        case .allow: return "allow"
        case .kill: return "kill"
        case .refuse: return "refuse"
        case nil: return nil
        }
      default: return nil
      }
    }
    return nil
  }

  @Test func verdicts() {
    let filter = CallFilter([[SYS_read, SYS_mmap, SYS_ioctl], [SYS_mprotect]], refused: [SYS_open], others: .kill)
    #expect(Self.verdict(filter, SYS_read) == "allow")
    #expect(Self.verdict(filter, SYS_open) == "refuse")
    for call in [SYS_execve, SYS_socket, SYS_ptrace, SYS_write, -1, 0x4000_0000] {
      #expect(Self.verdict(filter, call) == "kill")
    }
    // 32-bit programs, whose calls have other numbers
    for call in [SYS_read, SYS_open, SYS_execve] { #expect(Self.verdict(filter, call, arch: 0x4000_0003) == "kill") }
    for call in [SYS_mmap, SYS_mprotect] {
      #expect(Self.verdict(filter, call, [0, 4096, 3]) == "allow")
      for protection: UInt64 in [4, 5, 7, 0x1_0000_0004] {
        #expect(Self.verdict(filter, call, [0, 4096, protection]) == "kill")
      }
    }
    #expect(Self.verdict(filter, SYS_ioctl, [2, 0x5413]) == "allow")
    let serving = CallFilter([CallFilter.serving], others: .kill)
    #expect(Self.verdict(serving, SYS_shutdown, [4, 1]) == "allow")
    // MSG_FASTOPEN, and MSG_NOSIGNAL
    for call in [SYS_sendmsg, SYS_sendto] {
      let filter = CallFilter([[call]], others: .refuse)
      let before = call == SYS_sendto ? [3, 0, 0] : [3, 0] as [UInt64]
      #expect(Self.verdict(filter, call, before + [0x4000]) == "allow")
      #expect(Self.verdict(filter, call, before + [0x2000_4000]) == "kill")
    }
    // the log's descriptor
    for number: UInt64 in 0...2 { #expect(Self.verdict(serving, SYS_shutdown, [number, 1]) == "kill") }
    #expect(Self.verdict(serving, SYS_shutdown, [3, 1]) == "allow")
    // F_DUPFD, F_DUPFD_CLOEXEC, F_GETFL, F_GET_SEALS
    for (command, front): (UInt64, String) in [(0, "kill"), (1030, "kill"), (3, "allow"), (1034, "allow")] {
      #expect(Self.verdict(CallFilter([CallFilter.basic], others: .kill), SYS_fcntl, [2, command]) == front)
      #expect(Self.verdict(CallFilter([CallFilter.basic], others: .refuse), SYS_fcntl, [2, command]) == "allow")
    }
    for how: UInt64 in [0, 2, 3] { #expect(Self.verdict(serving, SYS_shutdown, [4, how]) == "kill") }
    // TIOCSTI, FIONREAD
    for request: UInt64 in [0x5412, 0x541b, 0] { #expect(Self.verdict(filter, SYS_ioctl, [2, request]) == "refuse") }
  }

  /// Every number, compared with the lists.
  @Test func numbers() {
    let lists = [CallFilter.basic, CallFilter.serving, CallFilter.files, CallFilter.connecting, CallFilter.children]
    let filter = CallFilter(lists + [CallFilter.starting], refused: [SYS_ptrace], others: .kill)
    let allowed = Set((lists + [CallFilter.starting]).joined()).subtracting([SYS_ioctl])
    for call: Int32 in 0..<1024 where call != SYS_ioctl && call != SYS_ptrace {
      // as shutdown and fcntl must have it
      #expect(Self.verdict(filter, call, [3, 1]) == (allowed.contains(call) ? "allow" : "kill"), "\(call)")
    }
    #expect(Self.verdict(filter, SYS_ptrace) == "refuse")
    // the longest filter: no jump in it is so long that it could be taken for a verdict
    #expect(filter.program.count < 253)
  }

  /// A process inherits the keeper's list: one that allows more could not do more than the keeper.
  @Test func keeperHasAll() {
    let keeper = CallFilter.basic + CallFilter.serving + CallFilter.files + CallFilter.connecting + CallFilter.children
    #expect(CallFilter.opening.allSatisfy { keeper.contains($0) })
    for kind in Jobs.Kind.allCases {
      for list in kind.calls { #expect(list.allSatisfy { keeper.contains($0) }) }
    }
  }

  /// What a front that was taken over would like to do.
  @Test func frontHasLittle() {
    let front = CallFilter([CallFilter.basic, CallFilter.serving], refused: CallFilter.opening, others: .kill)
    for call in [
      SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, SYS_clone, SYS_ptrace, SYS_socket, SYS_connect, SYS_bind, SYS_listen,
      SYS_setuid,
      SYS_setresuid, SYS_kill, SYS_openat2, SYS_unlink, SYS_mkdir, SYS_mount, SYS_prctl, SYS_process_vm_readv, SYS_memfd_create,
      SYS_io_uring_setup, SYS_bpf, SYS_userfaultfd, SYS_keyctl,
    ] { #expect(Self.verdict(front, call) == "kill", "\(call)") }
    for call in CallFilter.opening { #expect(Self.verdict(front, call) == "refuse") }
  }

  /// What a keeper's child that was taken over would like to do. It has root's files, within Landlock.
  @Test func childrenHaveLittle() {
    for kind in Jobs.Kind.allCases {
      let filter = CallFilter(kind.calls, family: kind.family, others: .refuse)
      for call in [
        SYS_execve, SYS_execveat, SYS_ptrace, SYS_setuid, SYS_setresuid, SYS_mount, SYS_listen, SYS_accept4, SYS_rename,
        SYS_chmod,
        SYS_chown, SYS_symlink, SYS_link, SYS_process_vm_readv, SYS_io_uring_setup, SYS_bpf, SYS_userfaultfd, SYS_openat2,
        SYS_memfd_create, SYS_prlimit64, SYS_setrlimit, SYS_capset, SYS_setsid, SYS_setpriority, SYS_sched_setaffinity,
      ] { #expect(Self.verdict(filter, call) == "refuse", "\(kind) \(call)") }
      for call in [SYS_fork, SYS_clone, SYS_kill, SYS_prctl] {
        #expect(Self.verdict(filter, call) == (kind == .kms ? "allow" : "refuse"), "\(kind) \(call)")
      }
      let relays = kind == .engine || kind == .log
      let connects: Set<Jobs.Kind> = [.evidence, .kms, .host, .engine, .log]
      #expect(Self.verdict(filter, SYS_connect) == (connects.contains(kind) ? "allow" : "refuse"), "\(kind)")
      // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK
      for family: UInt64 in [1, 2, 10, 16, 40] {
        let isIts = relays ? family == 1 : kind == .evidence ? family == 40 : connects.contains(kind)
        #expect(Self.verdict(filter, SYS_socket, [family]) == (isIts ? "allow" : "refuse"), "\(kind) \(family)")
      }
      let opens = kind != .host && !relays
      #expect(Self.verdict(filter, SYS_open) == (opens ? "allow" : "refuse"), "\(kind)")
    }
  }
}
