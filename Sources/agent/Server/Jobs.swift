/// Blocking work in forked children. A child that crashes, hangs or floods costs one answer, never the loop.
final class Jobs {
  private let loop: Loop
  private(set) var running = 0

  init(_ loop: Loop) { self.loop = loop }

  /// Runs `work` in a child and hands `done` what it returned, at most `Limits.jobResult` bytes. `done` gets nil if the child could not
  /// be started, died, sent too much or was not finished after `timeout` milliseconds.
  func start(timeout: Int64, _ work: () -> [UInt8], done: @escaping ([UInt8]?) -> Void) {
    guard running < Limits.jobs else { return done(nil) }
    do throws(AgentError) {
      // the length goes first, so that a child that dies half-way is told from one that has finished
      let child = try Process.fork {
        let result = work()
        return LittleEndian.encode(UInt32(truncatingIfNeeded: result.count)) + result
      }
      running += 1
      let job = Job(child.pid, pipe: child.result) { [self] result in
        running -= 1
        done(result)
      }
      job.deadline = loop.now + timeout
      loop.add(job)
    } catch {
      done(nil)
    }
  }
}

/// One child, and the pipe that its result comes through.
private final class Job: EventSource {
  private let pid: Int32
  private var done: (([UInt8]?) -> Void)?
  private var received: [UInt8] = []

  init(_ pid: Int32, pipe: Int32, done: @escaping ([UInt8]?) -> Void) {
    self.pid = pid
    self.done = done
    super.init(pipe)
    events = Poll.readable
  }

  override func ready(_ happened: Int16) {
    switch IO.read(descriptor, appendingTo: &received, limit: Limits.readChunk) {
    case .bytes where received.count > Limits.jobResult + 4: finish(nil)
    case .bytes, .wouldBlock: break
    case .end, .failed:
      let isWhole = received.count >= 4 && Int(LittleEndian.decode32(received, at: 0)) == received.count - 4
      finish(isWhole ? Array(received[4...]) : nil)
    }
  }

  override func expired() { finish(nil) }

  override func release() {
    Sockets.close(descriptor)
    Process.reap(pid)
    finish(nil)
  }

  private func finish(_ result: [UInt8]?) {
    isFinished = true
    // cleared before the call: what `done` starts must not find this job again
    let call = done
    done = nil
    call?(result)
  }
}
