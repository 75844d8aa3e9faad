import CFuse3
import Glibc

/// The process of a running guest: it holds the registers and the mount namespace, and ends with the last COMMAND. It locks
/// `sim.lock` while it lives, so a crash leaves nothing that could block the next start.
final class Simulator {
  private let state: String
  private let options: Options
  private let loop = Loop()
  private var commands = 0
  private var mounts: [FuseMount] = []
  private var qgs: Qgs?

  /// Sets everything up. COMMANDs may join once ``run()`` is called. `starter` is the process that will become the first COMMAND.
  init(state: String, options: Options, starter: Int32) throws {
    self.state = state
    self.options = options
    try hold()
    let pki = try Pki(state: state)
    let log = options.ccel.isEmpty ? Ccel.sample() : try System.read(options.ccel, limit: Ccel.areaLimit)
    let guest = Guest(mrConfigID: options.mrConfigID, bootRegisters: try Ccel.replay(log))
    let faults = Faults(state: state, delay: options.quoteDelay)
    let signer = try QuoteSigner(pki)

    let eventLog = state + "/log"
    try System.makeFolders(eventLog)
    for name in System.names(in: eventLog) { unlink(eventLog + "/" + name) }

    try listen()
    try follow(starter)
    let tree = try Mounts(state: state)
    try mountLogs(tree, boot: log, events: eventLog)
    try mountBus(tree, devices: options.pci)
    if options.isOldKernel {
      qgs = try Qgs(signer: signer, faults: faults, socket: state + "/qgs.sock", loop: loop)
    } else {
      let getQuote = GetQuote(guest: guest, signer: signer, faults: faults, loop: loop)
      try mount(Configfs(getQuote: getQuote, loop: loop), "/sys/kernel/config/tsm/report", tree)
      try mount(Measurements(guest: guest, faults: faults), "/sys/devices/virtual/misc/tdx_guest/measurements", tree)
    }
    try System.replace(state + "/sim.pid", with: Array("\(getpid())\n".utf8))
  }

  func run() throws { try loop.run() }

  /// Takes the lock. The previous simulator of this folder may still be ending, so this waits up to 5 s.
  private func hold() throws {
    let path = state + "/sim.lock"
    let fd = try System.check(sim_open(path, O_RDWR | O_CREAT, 0o644), "cannot open \(path)")
    let limit = System.now() + 5_000_000_000
    while flock(fd, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK, System.now() < limit else { throw Failure("another simulator uses \(state)", code: errno) }
      usleep(2000)
    }
  }

  private func mountLogs(_ tree: Mounts, boot: [UInt8], events: String) throws {
    let tables = "/sys/firmware/acpi/tables"
    try tree.folder(tables + "/data")
    try tree.copy(tables, without: ["CCEL"])
    try tree.copy(tables + "/data", without: ["CCEL"])
    try System.write(tables + "/CCEL", Ccel.table(logSize: boot.count), mode: 0o400)
    try System.write(tables + "/data/CCEL", boot, mode: 0o400)
    try tree.makeReadOnly(tables + "/data")
    try tree.makeReadOnly(tables)

    // In the machine's own /run if possible: a copy would hide from outside what COMMAND makes there, such as sockets.
    let target = "/run/log/dstack"
    if (try? System.makeFolders(target)) == nil { try tree.folder(target) }
    try tree.bind(events, target)
  }

  /// The machine's own devices, such as a display, are not the guest's.
  private func mountBus(_ tree: Mounts, devices: String) throws {
    let bus = "/sys/bus/pci/devices"
    try tree.folder(bus)
    if devices.isEmpty {
      try tree.copy(bus, without: System.names(in: bus))
    } else {
      try tree.bind(devices, bus)
    }
    try tree.makeReadOnly(bus)
  }

  private func mount(_ fileSystem: FileSystem, _ path: String, _ tree: Mounts) throws {
    try tree.folder(path)
    mounts.append(try FuseMount(fileSystem, over: path, loop: loop))
  }

  // MARK: COMMANDs

  private func listen() throws {
    let folder = try System.check(sim_open(state, O_RDONLY | O_DIRECTORY, 0), "cannot open \(state)")
    defer { close(folder) }
    let listener = try System.check(sim_unix_socket(folder, "sim.sock", 1), "cannot listen in \(state)")
    loop.watch(listener) { [self] in
      let connection = sim_accept(listener)
      if connection < 0 { return }
      var text: [UInt8] = []
      loop.watch(connection) { [self] in
        var part = [UInt8](zeros: 4096)
        let n = read(connection, &part, part.count)
        if n < 0, errno == EAGAIN { return }
        if n > 0, text.count < 65536 {
          text += part[..<n]
          return
        }
        let answer = Array(join(sim_peer_pid(connection), text).utf8)
        _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
        loop.unwatch(connection)
        close(connection)
      }
    }
  }

  /// Lets a process join. `text` has the given options, names and values alternating, one per line. The answer is `ok`, or says why not.
  private func join(_ pid: Int32, _ text: [UInt8]) -> String {
    var wanted = Options()
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    do {
      for i in stride(from: 0, to: lines.count - 1, by: 2) { _ = try wanted.take(lines[i], lines[i + 1]) }
      if let name = wanted.conflict(with: options) {
        return "the guest of \(state) is running with \(name) \(options.values[name] ?? "")"
      }
      try follow(pid)
      return "ok"
    } catch {
      return "\((error as? Failure)?.text ?? "cannot join")"
    }
  }

  /// Ends the simulator with the last of the followed processes.
  private func follow(_ pid: Int32) throws {
    let fd = try System.check(sim_pidfd_open(pid), "cannot follow process \(pid)")
    commands += 1
    loop.watch(fd) { [self] in
      loop.unwatch(fd)
      close(fd)
      commands -= 1
      if commands == 0 { loop.stop() }
    }
  }
}
