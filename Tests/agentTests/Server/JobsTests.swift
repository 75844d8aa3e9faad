import Foundation
import Testing

@testable import agent

/// Children of a process with threads: they do simple work only, and one suite forks at a time.
@Suite(.serialized) struct JobsTests {
  typealias Outcome = Result<[UInt8], AgentError>

  private let loop: Loop
  private let jobs: Jobs

  init() throws {
    loop = try Loop()
    jobs = Jobs(loop)
    warmUpWorkers()
  }

  /// Runs one job to its end. Its child stays a zombie: only the agent tells the kernel to reap children.
  private func run(timeout: Int64 = 20_000, _ work: () throws(AgentError) -> [UInt8]) throws -> Outcome {
    var outcome: Outcome?
    jobs.start(.host, timeout: timeout, work) { outcome = $0 }
    #expect(loop.turn { outcome != nil })
    return try #require(outcome)
  }

  /// The kind and text of a failure.
  static func failure(_ outcome: Outcome) -> String {
    switch outcome {
    case .success(let data): "success of \(data.count) bytes"
    case .failure(let error): "\(error.kind): \(String(decoding: error.text, as: Unicode.UTF8.self))"
    }
  }

  /// Memory that a child shares with the test.
  static func shared() throws -> UnsafeMutablePointer<Int32> {
    let pages = try #require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
    try #require(pages != MAP_FAILED)
    return pages.assumingMemoryBound(to: Int32.self)
  }

  /// Waits for a child and returns the signal that ended it; nil if none did.
  static func endingSignal(_ pid: Int32) throws -> Int32? {
    var status: Int32 = 0
    try #require(waitpid(pid, &status, 0) == pid)
    return status & 0x7f == 0 ? nil : status & 0x7f
  }

  static func hang() -> Never { while true { pause() } }

  // MARK: - Results

  @Test func result() throws {
    #expect(try run { bytes("result") }.get() == bytes("result"))
    #expect(try run { [] }.get() == [])
  }

  /// A child that has reported ends by itself.
  @Test func runsInAChild() throws {
    let pid = try #require(parseDecimal(try run { decimal(getpid()) }.get()))
    #expect(pid != getpid())
    #expect(try Self.endingSignal(Int32(pid)) == nil)
  }

  @Test func thrownErrors() throws {
    #expect(Self.failure(try run { () throws(AgentError) in throw .invalid("bad") }) == "invalid: bad")
    #expect(Self.failure(try run { () throws(AgentError) in throw .notFound("no such") }) == "notFound: no such")
    #expect(Self.failure(try run { () throws(AgentError) in throw .failed("broken", code: -5) }) == "failed: broken (-5)")
    #expect(Self.failure(try run { () throws(AgentError) in throw .unavailable("busy") }) == "unavailable: busy")
  }

  @Test func resultAtTheLimit() throws {
    let result = try run { [UInt8](repeating: 0x61, count: Limits.jobResult) }
    #expect(try result.get() == [UInt8](repeating: 0x61, count: Limits.jobResult))
  }

  @Test func resultOneAboveTheLimit() throws {
    let outcome = try run { [UInt8](repeating: 0x61, count: Limits.jobResult + 1) }
    #expect(Self.failure(outcome) == "failed: a worker process sent too much")
  }

  // MARK: - Children that fail

  @Test func deaths() throws {
    #expect(Self.failure(try run { _exit(0) }) == "failed: a worker process died")
    #expect(Self.failure(try run { _exit(1) }) == "failed: a worker process died")
    for number in [SIGKILL, SIGSEGV, SIGABRT, SIGTERM] {
      let outcome = try run {
        signal(number, SIG_DFL)
        kill(getpid(), number)
        Self.hang()
      }
      #expect(Self.failure(outcome) == "failed: a worker process died")
    }
  }

  /// A child that dies within its report: what arrived is not taken for the whole.
  @Test func partialReports() throws {
    for report in [
      [], [0], [1, 0, 0, 0], [1, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0x61], [0, 0, 0, 0, 9],
    ] as [[UInt8]] {
      let outcome = try run {
        _ = IO.writeAll(3, report)
        _exit(0)
      }
      #expect(Self.failure(outcome) == "failed: a worker process died")
    }
  }

  @Test func hangs() throws {
    let shared = try Self.shared()
    defer { munmap(shared, 4096) }
    let outcome = try run(timeout: 20) {
      shared[0] = getpid()
      Self.hang()
    }
    #expect(Self.failure(outcome) == "failed: a worker process took too long")
    // it was killed, if it got far enough to run at all
    if shared[0] != 0 { #expect(try Self.endingSignal(shared[0]) == SIGKILL) }
  }

  @Test func floods() throws {
    let shared = try Self.shared()
    defer { munmap(shared, 4096) }
    let outcome = try run {
      shared[0] = getpid()
      let chunk = [UInt8](repeating: 0xff, count: 4096)
      while IO.writeAll(3, chunk) {}
      Self.hang()
    }
    #expect(Self.failure(outcome) == "failed: a worker process sent too much")
    #expect(try Self.endingSignal(shared[0]) == SIGKILL)
  }

  /// Key pages do not exist in a child.
  @Test func secretsAreNotInherited() throws {
    let key = try Secret(copying: bytes("key"))
    let outcome = try run { [key[0]] }
    #expect(Self.failure(outcome) == "failed: a worker process died")
    #expect(key[0] == UInt8(ascii: "k"))
  }

  /// A child that drops its parent's secret does not release its own that lies at the same address.
  @Test(arguments: [3, SecretArena.slotSize + 1]) func secretsOfTheParentDroppedInAChild(_ size: Int) throws {
    var key: Secret? = try Secret(count: size)
    let address = key?.withUnsafeBytes { UInt(bitPattern: $0) }
    let outcome = try run {
      let page = UnsafeMutableRawPointer(bitPattern: (address ?? 0) & ~4095)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_FIXED_NOREPLACE)
      guard let own = mmap(page, 4096, PROT_READ | PROT_WRITE, flags, -1, 0), own == page else { return bytes("not gone") }
      memset(own, 7, 4096)
      key = nil
      return Array(UnsafeRawBufferPointer(start: own, count: 4096))
    }
    #expect(try outcome.get() == [UInt8](repeating: 7, count: 4096))
  }

  /// A child has a copy of what it is handed, in pages that are neither swapped nor dumped. From then on, child and parent change
  /// their own.
  @Test(arguments: [3, 5000]) func secretsHandedOver(_ size: Int) throws {
    let key = try Secret(copying: [UInt8](repeating: 7, count: size))
    var handed: Secret? = try key.handedOver()
    let address = handed?.withUnsafeBytes { UInt(bitPattern: $0) } ?? 0
    let maps = try run { () throws(AgentError) in
      guard let copy = handed.take() else { throw .failed("no copy") }
      guard revealed(copy) == [UInt8](repeating: 7, count: size) else { throw .failed("another key") }
      return try Files.read(bytes("/proc/self/smaps"), limit: Limits.jobResult)
    }
    let flags = mappingFlags(at: address, try maps.get())
    #expect(flags.contains("dd") && !flags.contains("dc"))
    #expect(flags.contains("lo") || getuid() != 0)
    #expect(handed?.count == size && key.count == size)
    handed = nil
    // a test that runs at the same time may have mapped something there by then, but not every time
    let isGone = try (0..<20).contains { _ in
      let copy = try key.handedOver()
      let address = copy.withUnsafeBytes { UInt(bitPattern: $0) }
      _ = consume copy
      return mappingFlags(at: address, try Files.read(bytes("/proc/self/smaps"), limit: 16 << 20)) == []
    }
    #expect(isGone)
    #expect(revealed(key) == [UInt8](repeating: 7, count: size))
  }

  /// In a child, no descriptor above the pipe, number 3, is open.
  @Test func descriptorsAreNotInherited() throws {
    let open = try run { (4..<1024).filter { fcntl($0, F_GETFD) >= 0 }.flatMap { decimal($0) + [0x20] } }
    #expect(try open.get() == [])
  }

  // MARK: - Children that stay

  /// It ends later, or at its deadline.
  @Test func anAnswerDoesNotWaitForTheEnd() throws {
    let report = [6, 0, 0, 0, 0] + bytes("result")
    let shared = try Self.shared()
    defer { munmap(shared, 4096) }
    let outcome = try run(timeout: 20_000) {
      shared[0] = getpid()
      _ = IO.writeAll(3, report)
      Self.hang()
    }
    #expect(try outcome.get() == bytes("result"))
    #expect(jobs.running(.host) == 0)
    loop.stop()
    loop.run { true }
    // its number may be another process's by now, so nothing is sent to it: it ends with its parent
    try #require(shared[0] > 0 && kill(shared[0], 0) == 0)
    kill(shared[0], SIGKILL)
    #expect(try Self.endingSignal(shared[0]) == SIGKILL)
  }

  /// A child that hangs in the kernel survives being killed. Here its own child holds the pipe open.
  @Test func whatCannotBeKilledCounts() throws {
    let shared = try Self.shared()
    defer { munmap(shared, 4096) }
    let outcome = try run {
      let pid = fork()
      if pid == 0 { Self.hang() }
      shared[0] = pid
      while IO.writeAll(3, [UInt8](repeating: 0xff, count: 4096)) {}
      Self.hang()
    }
    #expect(Self.failure(outcome) == "failed: a worker process sent too much")
    #expect(try run { [7] }.get() == [7])
    #expect(loop.turn { jobs.running(.host) == 1 })
    try #require(shared[0] > 0)
    kill(shared[0], SIGKILL)
    #expect(loop.turn { jobs.running(.host) == 0 })
  }

  // MARK: - Many

  @Test func asManyAsAllowedAndOneMore() throws {
    var outcomes: [String] = []
    for _ in 0..<Limits.jobs { jobs.start(.host, timeout: 300, { Self.hang() }) { outcomes.append(Self.failure($0)) } }
    #expect(jobs.running(.host) == Limits.jobs && outcomes.isEmpty)
    // reported at once, without the loop
    jobs.start(.host, timeout: 300, { bytes("one too many") }) { outcomes.append(Self.failure($0)) }
    #expect(outcomes == ["unavailable: too many jobs are running"])
    #expect(loop.turn { jobs.running(.host) == 0 })
    #expect(outcomes.dropFirst() == ArraySlice(repeating: "failed: a worker process took too long", count: Limits.jobs))
    #expect(try run { bytes("again") }.get() == bytes("again"))
  }

  /// Readers of logs may take their time: what the agent itself asks the container engine goes on.
  @Test func logs() throws {
    var outcomes: [String] = []
    for _ in 0...Limits.relays { jobs.start(.log, timeout: 20_000, { Self.hang() }) { outcomes.append(Self.failure($0)) } }
    #expect(jobs.running(.log) == Limits.relays && outcomes == ["unavailable: too many jobs are running"])
    jobs.start(.engine, timeout: 20_000, { bytes("list") }) { outcomes.append(Self.failure($0)) }
    #expect(loop.turn { outcomes.count == 2 } && outcomes.last == "success of 4 bytes")
    // kills the others
    loop.stop()
    loop.run(isIdle: { true })
  }

  @Test func oneBehindTheOther() throws {
    var results: [[UInt8]] = []
    func next() {
      let number = results.count
      jobs.start(.host, timeout: 20_000, { decimal(number) }) { outcome in
        results.append((try? outcome.get()) ?? bytes("failed"))
        if results.count < 5 { next() }
      }
    }
    next()
    #expect(loop.turn { results.count == 5 && jobs.running(.host) == 0 })
    #expect(results == (0..<5).map { decimal($0) })
  }

  @Test func stopping() throws {
    var outcomes: [String] = []
    jobs.start(.host, timeout: 20_000, { Self.hang() }) { outcomes.append(Self.failure($0)) }
    loop.stop()
    loop.run(isIdle: { true })
    #expect(outcomes == ["unavailable: the agent is stopping"])
    // what is requested now is not begun any more
    jobs.start(.host, timeout: 20_000, { [7] }) { outcomes.append(Self.failure($0)) }
    #expect(outcomes.count == 2 && outcomes[1] == outcomes[0] && jobs.running(.host) == 1)
  }
}
