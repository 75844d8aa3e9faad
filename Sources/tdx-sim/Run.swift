import CFuse3
import Glibc

/// `run`: moves this process into the guest of a state folder, starting that if necessary, and becomes COMMAND there. So COMMAND
/// has this process id, and signals and the exit status need not be forwarded.
enum Run {
  static func run(state: String, options: Options, command: [String]) throws -> Never {
    let lock = try System.check(sim_open(state + "/start.lock", O_RDWR | O_CREAT, 0o644), "cannot open \(state)/start.lock")
    if flock(lock, LOCK_EX) != 0 { throw Failure("cannot lock \(state)", code: errno) }
    let pid: Int32
    if let running = try join(state, options) {
      pid = running
    } else {
      pid = try start(state, options)
    }
    close(lock)
    try Mounts.join(pid)

    var arguments = command.map { strdup($0) }
    arguments.append(nil)
    execvp(command[0], arguments)
    let code = errno
    throw Failure("cannot run \(command[0]): \(String(cString: strerror(code)))", status: code == ENOENT ? 127 : 126)
  }

  /// The simulator's process id, if one runs. It then waits for this process's end, too.
  private static func join(_ state: String, _ options: Options) throws -> Int32? {
    let folder = try System.check(sim_open(state, O_RDONLY | O_DIRECTORY, 0), "cannot open \(state)")
    defer { close(folder) }
    let socket = sim_unix_socket(folder, "sim.sock", 0)
    if socket == -ENOENT || socket == -ECONNREFUSED { return nil }
    try System.check(socket, "cannot reach the simulator of \(state)")
    defer { close(socket) }
    let request = options.given.map { "\($0.key)\n\($0.value)\n" }.joined()
    _ = send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL))
    shutdown(socket, Int32(SHUT_WR))
    var answer = [UInt8](zeros: 4096)
    let n = read(socket, &answer, answer.count)
    if n <= 0 { return nil }  // it ended just now
    let text = String(decoding: answer[..<n], as: UTF8.self)
    guard text == "ok" else { throw Failure(text, status: 2) }
    return try System.check(sim_peer_pid(socket), "no process behind the simulator's socket")
  }

  /// Starts the simulator as a daemon, not as a child of this process: COMMAND must not find a child that it did not start.
  private static func start(_ state: String, _ options: Options) throws -> Int32 {
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw Failure("no pipe", code: errno) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
    let log = try System.check(sim_open(state + "/sim.log", flags, 0o644), "cannot write \(state)/sim.log")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, log, 2)
    let words = ["tdx-sim", "simulate", "--state", state, "--starter", "\(getpid())"]
    var arguments = (words + options.given.flatMap { [$0.key, $0.value] }).map { strdup($0) }
    arguments.append(nil)
    var child: pid_t = 0
    let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, arguments, environ)
    close(ends[1])
    close(log)
    defer { close(ends[0]) }
    if code != 0 { throw Failure("cannot start the simulator", code: code) }
    waitpid(child, nil, 0)

    var answer: [UInt8] = []
    var part = [UInt8](zeros: 4096)
    while true {
      let n = read(ends[0], &part, part.count)
      if n < 0, errno == EINTR { continue }
      if n <= 0 { break }
      answer += part[..<n]
    }
    let text = String(decoding: answer, as: UTF8.self)
    guard let pid = Int32(text) else { throw Failure(text.isEmpty ? "the simulator died; see \(state)/sim.log" : text) }
    return pid
  }

  /// The simulator's side of ``start(_:_:)``: writes its process id, or why it cannot start, to descriptor 1.
  static func simulate(state: String, options: Options, starter: Int32) throws {
    if daemon(1, 1) != 0 { throw Failure("no new process", code: errno) }
    sim_close_from(3)
    signal(SIGPIPE, SIG_IGN)
    umask(0o022)
    chdir("/")
    func answer(_ text: String) {
      _ = write(1, text, text.utf8.count)
      dup2(2, 1)
    }
    do {
      let simulator = try Simulator(state: state, options: options, starter: starter)
      answer("\(getpid())")
      try simulator.run()
    } catch let failure as Failure {
      answer(failure.text)
      throw failure
    }
  }
}
