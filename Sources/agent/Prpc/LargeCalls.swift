/// How to handle a call whose body is above `Limits.largeBody`.
enum LargeBody {
  /// The method takes no arguments: the body is not read.
  case ignored
  /// A child reads the arguments and cuts them down; the method runs here with what is left.
  case reduced
  /// A child runs the method, which needs only the arguments; or also the app's key, which the child is lent.
  case whole, wholeByKey
}

/// Works on calls with large bodies in children, so that they delay only each other.
final class LargeCalls {
  private let queue: FairQueue
  private let jobs: Jobs
  /// The app's key, alone in its pages.
  private let key: SecretMemory

  init(_ loop: Loop, _ jobs: Jobs, lending key: SecretMemory) {
    queue = FairQueue(loop, patience: Limits.callWait)
    loop.add(queue)
    self.jobs = jobs
    self.key = key
  }

  /// Not for `.ignored`, which needs no child.
  func add(_ call: Call, by caller: Peer, _ large: LargeBody, _ method: @escaping Service.Method) {
    queue.add(caller, isWanted: { call.isWanted }) { [self] over in
      // if lending fails, the child crashes when it reads the key
      if large == .wholeByKey { try? key.lend() }
      jobs.startSecret(.call, timeout: Limits.callTime) { () throws(AgentError) in
        try call.work(method, endsAtArguments: large == .reduced)
      } done: { result in
        over()
        call.proceed(result, large == .reduced ? method : nil)
      }
      key.withhold()
      call.forgetBody()
    } refuse: {
      call.fail(.unavailable("too many large requests are in progress"))
    }
  }
}
