import Testing

@testable import agent

struct LogTests {
  /// The output for a stream that arrives in these pieces; nil if it is refused.
  private static func written(_ pieces: [[UInt8]], _ form: Logs.Form, isFramed: Bool = true) -> String? {
    let stream = BodyStream(isEndless: false)
    let sink = LogWriter(stream, form)
    var frames = LogFrames(isFramed: isFramed)
    do {
      for piece in pieces { try frames.take(piece, sink) }
    } catch {
      return nil
    }
    sink.finish()
    return String(decoding: stream.pending.storage, as: Unicode.UTF8.self)
  }

  private static func frame(_ text: String, _ channel: UInt8 = 1) -> [UInt8] {
    let data = Array(text.utf8)
    return [channel, 0, 0, 0, 0, 0, UInt8(data.count / 256), UInt8(data.count % 256)] + data
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 1000])
  func forms(_ size: Int) {
    var rest = (Self.frame("a\u{1b}[1mb\n") + Self.frame("é", 2) + Self.frame(""))[...]
    var pieces: [[UInt8]] = []
    while !rest.isEmpty {
      pieces.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    let lines = """
      {"channel":"stdout","message":"YRtbMW1iCg=="}
      {"channel":"stderr","message":"w6k="}
      {"channel":"stdout","message":""}

      """
    #expect(Self.written(pieces, Logs.Form()) == lines)
    #expect(Self.written(pieces, Logs.Form(isBare: true)) == "YRtbMW1iCg==\nw6k=\n\n")
    #expect(Self.written(pieces, Logs.Form(isText: true, isBare: true)) == "ab\né")
    #expect(Self.written(pieces, Logs.Form(isText: true, isBare: true, keepsEscapes: true)) == "a\u{1b}[1mb\né")
  }

  @Test func withoutFrames() {
    let pieces = [Array("one\r\ntw".utf8), Array("o\n".utf8)]
    let lines = """
      {"channel":"console","message":"one\\r\\n"}
      {"channel":"console","message":"tw"}
      {"channel":"console","message":"o\\n"}

      """
    #expect(Self.written(pieces, Logs.Form(isText: true), isFramed: false) == lines)
  }

  @Test(arguments: [[4, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1], [0xff, 0, 0, 0]] as [[UInt8]])
  func malformed(_ start: [UInt8]) {
    #expect(Self.written([start + [0, 0, 0, 0]], Logs.Form()) == nil)
  }

  @Test func isComplete() throws {
    var frames = LogFrames(isFramed: true)
    let sink = LogSink(BodyStream(isEndless: false))
    for byte in Self.frame("ab") {
      try frames.take([byte], sink)
    }
    #expect(frames.isComplete)
    try frames.take([1], sink)
    #expect(!frames.isComplete)
    try frames.take([0, 0, 0, 0, 0, 0, 1], sink)
    #expect(!frames.isComplete)
    try frames.take([1], sink)
    #expect(frames.isComplete)
  }

  @Test(
    arguments: [
      ("plain é 😀\t\r\n", "plain é 😀\t\r\n"), ("\u{1b}[0;1mx\u{1b}[K", "x"), ("\u{1b}]0;title\u{7}x", "x"),
      ("\u{1b}]8;;u\u{1b}\\x", "x"), ("\u{1b}]8;;u\u{9c}x", "x"), ("\u{1b}Pq\u{1b}\\x", "x"),
      ("\u{1b}(Bx\u{1b}7y\u{1b}=", "xy"),
      ("\u{9b}1mx\u{90}y\u{9c}z\u{85}", "xz"), ("\u{1b}[1\nx", "\nx"), ("\u{1b}]0;\nx", "\nx"), ("\u{1b}_x\u{1b}[1my", "y"),
      ("\u{1b}[1é", "é"), ("\u{1b}é", "é"), ("\u{1b}[1\u{c2}x", "\u{c2}x"), ("\u{1b}]é\u{c2}\u{7}x", "x"),
      ("a\u{8}b\u{0}\u{7f}", "ab"),
      ("\u{1b}[1\u{18}x\u{1b}]y\u{1a}z", "xz"), ("\u{1b}\u{1b}[mx", "x"), ("\u{a0}\u{c2}", "\u{a0}\u{c2}"), ("x\u{1b}", "x"),
      ("\u{1b}[1;2;3:4 qx", "x"), ("\u{1b}[\u{1b}[mx", "x"),
    ])
  func terminal(_ text: String, _ expected: String) {
    let whole = ByteBuffer()
    var state = TerminalText()
    state.write(Array(text.utf8), to: whole)
    #expect(String(decoding: whole.storage, as: Unicode.UTF8.self) == expected)
    let pieces = ByteBuffer()
    state = TerminalText()
    for byte in text.utf8 { state.write([byte], to: pieces) }
    #expect(pieces.storage == whole.storage)
  }

  /// As Swift's own decoder repairs it.
  @Test(
    arguments: [
      [0x61, 0xff, 0x62], [0xe2, 0x82], [0xe2, 0x82, 0x61], [0xe2, 0x28, 0xa1], [0xf0, 0x9f, 0x98, 0x80],
      [0xf0, 0x9f, 0xf0, 0x9f, 0x98],
      [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3], [0x80, 0x80], [0xc3, 0xc3, 0xa9], [],
    ] as [[UInt8]])
  func repair(_ text: [UInt8]) {
    var out: [UInt8] = []
    var repair = UTF8Repair()
    for byte in text { repair.write([byte], to: &out) }
    repair.finish(to: &out)
    #expect(String(decoding: out, as: Unicode.UTF8.self) == String(decoding: text, as: Unicode.UTF8.self))
    #expect(UTF8Text.isValid(out))
  }

  @Test func names() {
    for name in ["a", "A0_.-z", String(repeating: "x", count: Limits.containerName)] {
      #expect(EngineRequestLine.isName(Array(name.utf8)))
    }
    for name in ["", ".a", "-a", "_a", "a/b", "a b", "é", "a?", String(repeating: "x", count: Limits.containerName + 1)] {
      #expect(!EngineRequestLine.isName(Array(name.utf8)))
    }
  }
}
