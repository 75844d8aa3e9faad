/// Which output of a container's something came from.
enum LogChannel: UInt8 {
  case stdin = 0
  case stdout = 1
  case stderr = 2
  /// All of a terminal's; no frame has it.
  case console = 0xff

  var name: StaticString {
    switch self {
    case .stdin: "stdin"
    case .stdout: "stdout"
    case .stderr: "stderr"
    case .console: "console"
    }
  }
}

/// Takes a container's log, frame by frame; a frame's bytes come in any number of pieces.
class LogSink {
  /// Where what becomes of the log goes.
  final let stream: BodyStream

  init(_ stream: BodyStream) { self.stream = stream }

  func begin(_ channel: LogChannel) {}
  func write(_ data: ArraySlice<UInt8>) {}
  func end() {}
  /// No frame follows.
  func finish() {}
}

/// Takes the engine's stream apart. Of a container without a terminal it is multiplexed (Docker Engine API, ContainerAttach): a byte
/// for the channel, three zeros, the size in four bytes, big-endian, and so many bytes. One with a terminal has no frames: each line
/// counts as one, and so does what is left when the engine pauses. A frame may be larger than memory, so it is never held.
struct LogFrames {
  private static let headSize = 8

  private let isFramed: Bool
  private var head: [UInt8] = []
  /// Bytes of the frame that are still to come.
  private var remaining: UInt32 = 0
  private var isInside = false

  init(isFramed: Bool) { self.isFramed = isFramed }

  /// Whether the stream may end here.
  var isComplete: Bool { !isInside && head.isEmpty }

  /// Takes in what has come. Throws for what cannot be a frame's head.
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
    // 3 is a message of the engine's own
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
