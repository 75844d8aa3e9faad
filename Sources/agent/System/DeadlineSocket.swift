import CSystem

/// A non-blocking stream socket. Its waits end at a deadline, with `unavailable`.
struct DeadlineSocket: ~Copyable {
  private let descriptor: Descriptor
  /// A time of `Clock.monotonic`.
  var deadline: Int64

  /// `deadline` is a time of `Clock.monotonic`.
  init(_ descriptor: consuming Descriptor, deadline: Int64) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  /// Waits until a connect(2) in progress has ended.
  borrowing func connect() throws(AgentError) {
    try wait(Poll.writable)
    try Errno.check(sys_socket_error(descriptor.number), "no connection")
  }

  /// Sends everything.
  borrowing func send(_ data: [UInt8]) throws(AgentError) {
    var rest = data[...]
    while !rest.isEmpty {
      let chunk = Array(rest)
      let (number, flags) = (descriptor.number, Int32(MSG_NOSIGNAL))
      let sent = try attempt(Poll.writable, try Errno.last(CSystem.send(number, chunk, chunk.count, flags)))
      rest = rest.dropFirst(sent)
    }
  }

  /// Moves everything that arrives from now on into a pipe, unread, until either end closes. No deadline applies. Ends this process, a
  /// child, without a report.
  borrowing func forward(to pipe: Int32) { sys_forward(descriptor.number, pipe) }

  /// Exactly `count` bytes.
  borrowing func receive(_ count: Int) throws(AgentError) -> [UInt8] {
    var data: [UInt8] = []
    while data.count < count {
      let part = try receive(upTo: count - data.count)
      if part.isEmpty { throw Self.broken(Errno(code: ECONNRESET)) }
      data += part
    }
    return data
  }

  /// What has arrived, at least one byte and at most `limit`; nothing at the end of the stream.
  borrowing func receive(upTo limit: Int) throws(AgentError) -> [UInt8] {
    try attempt(Poll.readable, try descriptor.read(limit))
  }

  /// Makes a call once the socket is ready, and again if it was not ready after all.
  private borrowing func attempt<Result>(
    _ events: Int16, _ call: @autoclosure () throws(Errno) -> Result
  ) throws(AgentError) -> Result {
    while true {
      try wait(events)
      do throws(Errno) { return try call() } catch { if !error.isBusy { throw Self.broken(error) } }
    }
  }

  private borrowing func wait(_ events: Int16) throws(AgentError) {
    guard Poll.wait(descriptor.number, for: events, until: deadline) else { throw .unavailable("no answer in time") }
  }

  private static func broken(_ error: Errno) -> AgentError { .failed("the connection broke", errno: error.code) }
}
