/// Blocking work in forked children. A child that crashes, hangs or floods costs one answer, never the loop.
final class Jobs {
  private let loop: Loop
  /// Children at work: also one that has got no answer out in time, until it is gone, as it may hang in the kernel.
  fileprivate(set) var running = 0

  init(_ loop: Loop) { self.loop = loop }

  /// Runs `work` in a child and hands `done` what it returned, at most `Limits.jobResult` bytes, or threw. A child that could not be
  /// started, died, sent too much or was not finished after `timeout` milliseconds counts as `.failed`.
  func start(
    timeout: Int64, _ work: () throws(AgentError) -> [UInt8], done: @escaping (Result<[UInt8], AgentError>) -> Void
  ) {
    if loop.hasEnded { return done(.failure(Job.stopping)) }
    guard running < Limits.jobs else { return done(.failure(.unavailable("too much work at present"))) }
    do throws(AgentError) {
      let child = try Process.fork {
        do throws(AgentError) {
          return JobReport.encode(.success(try work()))
        } catch {
          return JobReport.encode(.failure(error))
        }
      }
      running += 1
      let job = Job(child.pid, pipe: child.result, of: self, done)
      job.deadline = loop.now + timeout
      loop.add(job)
    } catch {
      done(.failure(error))
    }
  }
}

/// What a child tells its parent: the length of the rest (so that a child that dies half-way is told from one that has finished), a
/// byte that is 0 for a result and else 1 + the error's kind, and the result or the error's text.
enum JobReport {
  static let headSize = 5

  static func encode(_ result: Result<[UInt8], AgentError>) -> [UInt8] {
    switch result {
    case .success(let data): LittleEndian.encode(UInt32(truncatingIfNeeded: data.count)) + [0] + data
    case .failure(let error):
      LittleEndian.encode(UInt32(truncatingIfNeeded: error.text.count)) + [1 + error.kind.rawValue] + error.text
    }
  }

  /// Nil for a report that is not whole.
  static func decode(_ report: [UInt8]) -> Result<[UInt8], AgentError>? {
    guard report.count >= headSize, Int(LittleEndian.decode32(report, at: 0)) == report.count - headSize else { return nil }
    let rest = Array(report[headSize...])
    if report[4] == 0 { return .success(rest) }
    guard let kind = AgentError.Kind(rawValue: report[4] - 1) else { return nil }
    return .failure(AgentError(kind, rest))
  }
}

/// One child, and the pipe that its report comes through. It is in the loop until the child is gone.
private final class Job: EventSource {
  static var stopping: AgentError { .unavailable("the agent is stopping") }

  private let pid: Int32
  private let jobs: Jobs
  private var done: ((Result<[UInt8], AgentError>) -> Void)?
  private var report: [UInt8] = []
  private var isCounted = true

  init(_ pid: Int32, pipe: Int32, of jobs: Jobs, _ done: @escaping (Result<[UInt8], AgentError>) -> Void) {
    self.pid = pid
    self.jobs = jobs
    self.done = done
    super.init(Descriptor(owning: pipe))
    events = Poll.readable
  }

  override func ready(_ happened: Int16) {
    // nothing more is read behind the answer: only Poll.gone can have happened
    if done == nil { return leave() }
    switch IO.read(descriptor, appendingTo: &report, limit: Limits.readChunk) {
    case .bytes where report.count > Limits.jobResult + JobReport.headSize:
      giveUp(.failed("a worker process sent too much"))
    case .bytes:
      // its end is not waited for
      guard let result = JobReport.decode(report) else { break }
      uncount()
      answer(result)
    case .wouldBlock: break
    case .end, .failed:
      leave()
      answer(JobReport.decode(report) ?? .failure(.failed("a worker process died")))
    }
  }

  override func expired() { giveUp(.failed("a worker process took too long")) }

  override func release() {
    // one that was answered for has ended by itself or been killed, and its number may be another's by now
    if done != nil { Process.kill(pid) }
    wipe(&report)
    answer(.failure(Job.stopping))
  }

  /// The other end of the pipe is closed: the child is gone.
  private func leave() {
    isFinished = true
    uncount()
  }

  private func uncount() {
    if isCounted { jobs.running -= 1 }
    isCounted = false
  }

  /// The pipe is open, so the child runs and its number is its own. If it hangs in the kernel it goes later.
  private func giveUp(_ error: AgentError) {
    Process.kill(pid)
    deadline = Int64.max
    answer(.failure(error))
  }

  private func answer(_ result: Result<[UInt8], AgentError>) {
    events = 0
    // cleared before the call: what `done` starts must not find this job again
    let call = done
    done = nil
    call?(result)
  }
}
