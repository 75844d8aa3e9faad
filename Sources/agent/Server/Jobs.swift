/// Blocking work in forked children. A child that crashes, hangs or floods costs one answer, never the loop.
final class Jobs {
  /// Each kind has its own slots: work that hangs or piles up blocks no other kind.
  enum Kind: Int, CaseIterable {
    case evidence, event, digest, kms, host
    /// One at a time: what hangs in the kernel delays the next.
    case health, cleaning
    /// Relaying what the container engine says: to the agent itself; and to readers of logs, of which each may take its time.
    case engine, log
    case call

    fileprivate var limit: Int {
      switch self {
      case .health, .cleaning: 1
      case .log: Limits.relays
      default: Limits.jobs
      }
    }
    /// Bytes of a result, at most.
    fileprivate var resultLimit: Int { self == .call ? Limits.callResult : Limits.jobResult }
  }

  /// What a child does first, to confine itself for its kind of work.
  var confine: (Kind) -> Void = { _ in }

  private let loop: Loop
  /// Running children by kind. One that has timed out counts until it is gone, as it may hang in the kernel.
  fileprivate var running = [Int](repeating: 0, count: Kind.allCases.count)

  /// Jobs whose results arrive through `loop`.
  init(_ loop: Loop) { self.loop = loop }

  /// How many jobs of a kind are running.
  func running(_ kind: Kind) -> Int { running[kind.rawValue] }

  /// Runs `work` in a child and gives `done` what it returned (at most the kind's result limit) or threw. A child that could not be
  /// started, died, sent too much or took longer than `timeout` milliseconds counts as `.failed`. The child keeps `descriptor` open, if
  /// given.
  func start(
    _ kind: Kind, timeout: Int64, keeping descriptor: Int32 = -1, _ work: () throws(AgentError) -> [UInt8],
    done: @escaping (Result<[UInt8], AgentError>) -> Void
  ) {
    startSecret(kind, timeout: timeout, keeping: descriptor, { () throws(AgentError) in try Secret(copying: try work()) }) {
      done($0.map { $0.plain() })
    }
  }

  /// The same for a result that may be secret.
  func startSecret(
    _ kind: Kind, timeout: Int64, keeping descriptor: Int32 = -1, _ work: () throws(AgentError) -> Secret,
    done: @escaping (Result<SecretMemory, AgentError>) -> Void
  ) {
    if loop.hasEnded { return done(.failure(Job.stopping)) }
    guard running[kind.rawValue] < kind.limit else { return done(.failure(.unavailable("too many jobs are running"))) }
    do throws(AgentError) {
      let worker = try Worker(keeping: descriptor) { [confine] () throws(AgentError) in
        confine(kind)
        return try work()
      }
      running[kind.rawValue] += 1
      let job = Job(worker, kind, of: self, done)
      job.deadline = loop.now + timeout
      loop.add(job)
    } catch {
      done(.failure(error))
    }
  }
}

/// One child and the pipe for its report. It stays in the loop until the child is gone.
private final class Job: EventSource {
  static var stopping: AgentError { .unavailable("the agent is stopping") }

  private let pid: Int32
  private let kind: Jobs.Kind
  private let jobs: Jobs
  private var done: ((Result<SecretMemory, AgentError>) -> Void)?
  private var report: WorkerReport
  private var isCounted = true

  init(
    _ worker: consuming Worker, _ kind: Jobs.Kind, of jobs: Jobs, _ done: @escaping (Result<SecretMemory, AgentError>) -> Void
  ) {
    pid = worker.pid
    report = WorkerReport(limit: kind.resultLimit)
    self.kind = kind
    self.jobs = jobs
    self.done = done
    super.init(worker.pipe)
    events = Poll.readable
  }

  override func ready(_ happened: Int16) {
    // nothing is read after the answer: only Poll.gone can have happened
    if done == nil { return leave() }
    switch report.read(descriptor) {
    case .unfinished: break
    case .whole:
      // does not wait for the child to exit
      uncount()
      answer(Result { () throws(AgentError) in try report.take().source })
    case .tooLarge: giveUp(Worker.sentTooMuch)
    case .broken:
      leave()
      answer(.failure(Worker.died))
    }
  }

  override func expired() { giveUp(Worker.tookTooLong) }

  override func release() {
    // once answered, the child has exited or was killed, and its process ID may have been reused
    if done != nil { Worker.kill(pid) }
    answer(.failure(Job.stopping))
  }

  /// The other end of the pipe is closed: the child is gone.
  private func leave() {
    isFinished = true
    uncount()
  }

  private func uncount() {
    if isCounted { jobs.running[kind.rawValue] -= 1 }
    isCounted = false
  }

  /// Kills the child, which is alive as long as the pipe is open, and waits for it to go.
  private func giveUp(_ error: AgentError) {
    Worker.kill(pid)
    deadline = Int64.max
    answer(.failure(error))
  }

  private func answer(_ result: Result<SecretMemory, AgentError>) {
    events = 0
    // cleared before the call: what `done` starts must not find this job again
    let call = done
    done = nil
    call?(result)
  }
}
