/// The runtime events of this boot, in files that other programs of the guest read and write too. They lie on a tmpfs, as the
/// registers they explain do not outlive the boot either; so nothing is synced, and what a write accepted survives any crash but
/// the machine's.
struct RuntimeEventLog {
  /// Whether the events reproduce the register. They do not if a process died between extending and appending, or if someone
  /// extended the register without the log.
  enum Consistency { case consistent, mismatch }

  private let directory: [UInt8]

  /// The log's directory.
  static var standard: [UInt8] { bytes("/run/log/dstack") }

  /// Only tests use another directory.
  init(directory: [UInt8] = Self.standard) { self.directory = directory }

  /// Measures an event: extends RTMR3 with `extend`, then appends the line, under the lock of all writers. If it throws before `extend` has
  /// succeeded, nothing has happened. `deadline` is a time of `Clock.monotonic` and limits the wait for the lock.
  func emit(
    name: [UInt8], payload: [UInt8], deadline: Int64, extend: ([UInt8]) throws(AgentError) -> Void
  ) throws(AgentError) {
    try locked(deadline) { () throws(AgentError) in
      let event = RuntimeEvent(name: name, payload: payload, version: try version())
      try append(event, extend)
    }
  }

  /// Waits until a writer that has extended RTMR3 has appended its line, or until `deadline`, a time of `Clock.monotonic`.
  func settle(deadline: Int64) { try? locked(deadline) { () throws(AgentError) in } }

  /// The digest format of this boot: 1 unless the startup chose another.
  func version() throws(AgentError) -> RuntimeEvent.Version { try fixedVersion() ?? .one }

  /// Chooses the digest format. The startup does this once, before the first event; repeating the choice does nothing, a different choice
  /// is an error.
  func fix(_ version: RuntimeEvent.Version, deadline: Int64) throws(AgentError) {
    try locked(deadline) { () throws(AgentError) in
      if let fixed = try fixedVersion() {
        guard fixed == version else { throw .failed("a different event log version is already set for this boot") }
        return
      }
      try Errno.explain("cannot set the event log version") { () throws(Errno) in
        let file = try Descriptor(path("runtime_event_version"), .replacing)
        try file.write(decimal(version.rawValue))
      }
    }
  }

  /// Reads the events added since the last time. Throws if the log cannot be read or exceeds its limit.
  func refresh(_ history: inout RuntimeEventHistory) throws(AgentError) {
    // read in pieces; `text` begins with the incomplete last line of the piece before
    var text: [UInt8] = []
    while true {
      let at = history.position + text.count
      let (size, piece) = try read(at)
      if size > Limits.runtimeLog { throw .failed("the runtime event log is too large") }
      if size < at {
        history = RuntimeEventHistory(endsAtReady: history.endsAtReady)
        text = []
        continue
      }
      try Memory.require(Limits.lineCopies * (text.count + piece.count))
      text += piece
      let before = history.position
      history.append(text)
      if piece.isEmpty || at + piece.count == size { return }
      text.removeFirst(history.position - before)
    }
  }

  /// The size of the log, and a piece of it from `at`; 0 and empty if there is no log.
  private func read(_ at: Int) throws(AgentError) -> (size: Int, piece: [UInt8]) {
    try Errno.explain("cannot read the runtime event log") { () throws(Errno) -> (size: Int, piece: [UInt8]) in
      do throws(Errno) {
        let file = try Descriptor(logPath, .readingOwn)
        let size = try file.size()
        return (size, size <= at || size > Limits.runtimeLog ? [] : try file.read(min(size - at, Limits.copyChunk), at: at))
      } catch {
        if error.isAbsent { return (0, []) }
        throw error
      }
    }
  }

  /// Compares the log with RTMR3, which `register` reads, under the lock of all writers. Called at the start, to find out whether a process
  /// died in `emit`. Ends a line that was cut off, so that later lines are whole.
  @inline(never)
  func check(
    _ history: inout RuntimeEventHistory, deadline: Int64, register: () throws(AgentError) -> [UInt8]
  ) throws(AgentError) -> Consistency {
    try locked(deadline) { () throws(AgentError) in
      if Files.exists(logPath) { _ = try open() }
      try refresh(&history)
      return history.events.register == (try register()) ? .consistent : .mismatch
    }
  }

  /// The file of the lock that all writers take.
  var lockPath: [UInt8] { path("runtime_event.lock") }

  private var logPath: [UInt8] { path("runtime_events.log") }

  /// The path of a file in the log's directory.
  @inline(never)
  func path(_ name: StaticString) -> [UInt8] { directory + "/" + name }

  private func fixedVersion() throws(AgentError) -> RuntimeEvent.Version? {
    let text: [UInt8]
    do throws(Errno) {
      text = try KernelFile.read(path("runtime_event_version"), 16)
    } catch {
      if error.isAbsent { return nil }
      throw .failed("cannot read the event log version", errno: error.code)
    }
    // empty if the startup died between making and writing the file
    if text.isEmpty { return nil }
    let digits = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    guard let value = parseDecimal(digits), let version = RuntimeEvent.Version(rawValue: value) else {
      throw .failed("the event log version of this boot is unknown")
    }
    return version
  }

  private func append(_ event: RuntimeEvent, _ extend: ([UInt8]) throws(AgentError) -> Void) throws(AgentError) {
    let line = RuntimeEventHistory.line(event)
    let file = try open()
    let size = try Errno.explain("cannot read the runtime event log") { () throws(Errno) in try file.size() }
    guard line.count <= Limits.runtimeLog - size else { throw .failed("the runtime event log is full") }
    // reserved, so that the line does not fail for lack of space once the register is extended
    do throws(Errno) {
      try file.reserve(line.count, at: size)
    } catch {
      // not every file system supports this
      if error.isSpace { throw .failed("no space for the runtime event log") }
    }
    try extend(event.digest)
    try Errno.explain("RTMR3 is extended, but the log lacks the event") { () throws(Errno) in try file.write(line) }
  }

  /// The log, created if absent, ready for a new line.
  private func open() throws(AgentError) -> Descriptor {
    try Errno.explain("cannot open the runtime event log") { () throws(Errno) in
      let file = try Descriptor(logPath, .appending)
      let size = try file.size()
      if size > 0, try file.read(1, at: size - 1) != bytes("\n") { try file.write(bytes("\n")) }
      return file
    }
  }

  private func locked<Result>(_ deadline: Int64, _ body: () throws(AgentError) -> Result) throws(AgentError) -> Result {
    try lock(deadline).holding(body)
  }

  @inline(never)
  private func lock(_ deadline: Int64) throws(AgentError) -> FileLock {
    // the parent directory belongs to others too; if it is missing, opening the lock fails
    if let end = directory.lastIndex(of: UInt8(ascii: "/")), end > 0 {
      try? Directory.make(Array(directory[..<end]), mode: 0o755)
    }
    try? Directory.make(directory, mode: 0o700)
    return try AgentError.during("the runtime event log", try FileLock(lockPath, deadline: deadline))
  }
}
