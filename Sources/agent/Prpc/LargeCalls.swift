/// What becomes of a call whose body is above `Limits.largeBody`.
enum LargeBody {
  /// The method takes no arguments: nobody looks at the body.
  case ignored
  /// A child reads the arguments, and the method goes on with what is left of them.
  case reduced
  /// A child does all of it, as it needs nothing but the arguments; or beside them the app's key, which it is lent.
  case whole, wholeByKey
}

/// Works on calls with large bodies in children, so that they hold up nobody but those who wait for their turn here.
final class LargeCalls {
  private let queue: FairQueue
  private let jobs: Jobs
  /// The app's, alone in its pages.
  private let key: SecretMemory

  init(_ loop: Loop, _ jobs: Jobs, lending key: SecretMemory) {
    queue = FairQueue(loop, patience: Limits.callWait)
    loop.add(queue)
    self.jobs = jobs
    self.key = key
  }

  /// Not for `.ignored`, for which there is nothing to do.
  func add(_ call: Call, by caller: Peer, _ large: LargeBody, _ method: @escaping Service.Method) {
    queue.add(caller, isWanted: { call.isWanted }) { [self] over in
      // where it cannot be lent, the child dies of it
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
      call.fail(.unavailable("too many large requests at present"))
    }
  }
}
