/// Which of a container's streams something was written to.
enum LogChannel: UInt8 {
  case stdin = 0
  case stdout = 1
  case stderr = 2
  /// All output of a terminal; no frame has this value.
  case console = 0xff

  /// As `/logs` names it.
  var name: StaticString {
    switch self {
    case .stdin: "stdin"
    case .stdout: "stdout"
    case .stderr: "stderr"
    case .console: "console"
    }
  }
}

/// Takes a container's log frame by frame. A frame's bytes arrive in any number of pieces.
class LogSink {
  /// Where the result goes.
  final let stream: BodyStream

  /// The result goes to `stream`.
  init(_ stream: BodyStream) { self.stream = stream }

  /// A frame begins.
  func begin(_ channel: LogChannel) {}
  /// More bytes of the frame.
  func write(_ data: ArraySlice<UInt8>) {}
  /// The frame ends.
  func end() {}
  /// No more frames follow.
  func finish() {}
}

/// Splits the engine's stream. Without a terminal it is multiplexed (Docker Engine API, ContainerAttach). Each frame is a byte
/// for the channel, three zeros, its size in four bytes, big-endian, and that many bytes. With a terminal there are no frames:
/// each line counts as one, and so does a part of a line that the engine pauses after. A frame may be larger than memory, so none
/// is ever held.
struct LogFrames {
  private static let headSize = 8

  private let isFramed: Bool
  private var head: [UInt8] = []
  /// Bytes of the frame still to come.
  private var remaining: UInt32 = 0
  private var isInside = false

  /// `isFramed`: the container has no terminal.
  init(isFramed: Bool) { self.isFramed = isFramed }

  /// Whether the stream may end here.
  var isComplete: Bool { !isInside && head.isEmpty }

  /// Takes what has arrived. Throws for what cannot be a frame's head.
  mutating func take(_ input: [UInt8], _ sink: LogSink) throws(AgentError) {
    if !isFramed { return takeLines(input, sink) }
    var at = 0
    while at < input.count {
      if isInside {
        let count = min(Int(remaining), input.count - at)
        sink.write(input[at..<(at + count)])
        at += count
        remaining -= UInt32(truncatingIfNeeded: count)
      } else {
        head.append(input[at])
        at += 1
        if head.count < Self.headSize { continue }
        try begin(sink)
      }
      if isInside, remaining == 0 {
        isInside = false
        sink.end()
      }
    }
  }

  private mutating func begin(_ sink: LogSink) throws(AgentError) {
    // 3 is a message from the engine itself
    guard head[0] <= 3, head[1] | head[2] | head[3] == 0 else { throw .failed("the container engine's log is malformed") }
    remaining = 0
    for byte in head[4...] { remaining = remaining << 8 | UInt32(byte) }
    sink.begin(LogChannel(rawValue: head[0]) ?? .stderr)
    isInside = true
    head.removeAll(keepingCapacity: true)
  }

  private func takeLines(_ input: [UInt8], _ sink: LogSink) {
    var at = 0
    while at < input.count {
      var end = at
      while end < input.count, input[end] != 0x0a { end += 1 }
      end = min(end + 1, input.count)
      sink.begin(.console)
      sink.write(input[at..<end])
      sink.end()
      at = end
    }
  }
}
