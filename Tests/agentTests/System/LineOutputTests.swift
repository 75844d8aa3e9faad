import Foundation
import Testing

@testable import agent

// One at a time: the agent has one thread, and so one buffer for the line that reports a loss.
@Suite(.serialized) struct LineOutputTests {
  /// All that can be read now.
  private static func taken(_ descriptor: Int32) -> String {
    var data: [UInt8] = []
    while case .bytes = IO.read(descriptor, appendingTo: &data, limit: 4096) {}
    return String(decoding: data, as: UTF8.self)
  }

  private static func mark(_ lost: Int) -> String { "dstack-guest-agent: lines lost here: \(lost)\n" }

  /// A terminal that does not block, and the end that reads what is written to it.
  private static func pseudoterminal() throws -> (leader: OpenFile, terminal: OpenFile) {
    var (number, isLocked): (Int32, Int32) = (0, 0)
    let leader = OpenFile(Descriptor(owning: open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)))
    // TIOCGPTN, TIOCSPTLCK
    try #require(ioctl(leader.number, 0x8004_5430, &number) == 0 && ioctl(leader.number, 0x4004_5431, &isLocked) == 0)
    let terminal = OpenFile(Descriptor(owning: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_NONBLOCK)))
    try #require(isatty(terminal.number) == 1)
    return (leader, terminal)
  }

  /// Whether writing to it blocks or not: nobody waits for a full pipe.
  @Test(arguments: [false, true]) func fullPipe(_ isBlocking: Bool) throws {
    let pipe = try RelayPipe()
    if !isBlocking { _ = fcntl(pipe.input.number, F_SETFL, O_NONBLOCK) }
    try #require(fcntl(pipe.input.number, 1031 /* F_SETPIPE_SZ */, 8192) == 8192)
    var output = LineOutput(pipe.input.number)
    output.write(utf8("first\n"))
    #expect(Self.taken(pipe.output.number) == "first\n")
    let full = String(repeating: "0123456\n", count: 512)
    for _ in 0..<2 { output.write(utf8(full)) }
    for text in ["one\n", "two\nthree\n", "of a line ", "its end\n"] { output.write(utf8(text)) }
    #expect(Self.taken(pipe.output.number) == full + full)
    output.write(utf8("next\n"))
    // a part without an end counts too
    #expect(Self.taken(pipe.output.number) == Self.mark(5) + "next\n")
    output.write(utf8("last\n"))
    #expect(Self.taken(pipe.output.number) == "last\n")
  }

  /// A full pipe that its reader empties in time costs no line; without patience it does. Whether writing to it blocks or not.
  @Test(arguments: [20_000, 0] as [Int32], [false, true]) func patience(_ patience: Int32, _ isBlocking: Bool) throws {
    let pipe = try RelayPipe()
    if !isBlocking { _ = fcntl(pipe.input.number, F_SETFL, O_NONBLOCK) }
    try #require(fcntl(pipe.input.number, 1031 /* F_SETPIPE_SZ */, 4096) == 4096)
    var output = LineOutput(pipe.input.number)
    output.wait(patience)
    output.write(utf8(String(repeating: "0123456\n", count: 512)))
    let reader = pipe.output.number
    if patience > 0 { Thread.detachNewThread { _ = Self.taken(reader) } }
    output.write(utf8("next\n"))
    _ = Self.taken(reader)
    output.write(utf8("last\n"))
    #expect(Self.taken(reader).contains("lost") == (patience == 0))
  }

  /// A terminal that another process writes to at this moment refuses what does not block. The line waits for its turn, unless the output has
  /// no patience.
  @Test(arguments: [20_000, 0] as [Int32]) func busyTerminal(_ patience: Int32) throws {
    let (leader, terminal) = try Self.pseudoterminal()
    var output = LineOutput(terminal.number)
    output.wait(patience)
    let blocking = Descriptor(owning: open("/proc/self/fd/\(terminal.number)", O_WRONLY | O_NOCTTY))
    let number = blocking.number
    let (isWritten, isRead) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      utf8(String(repeating: "x", count: 1 << 20) + "\n").withUnsafeBytes { _ = write(number, $0.baseAddress, $0.count) }
      isWritten.signal()
    }
    // not writable: the other one holds the terminal, and waits for its reader
    var entry = pollfd(fd: terminal.number, events: Poll.writable, revents: 0)
    while poll(&entry, 1, 0) != 0 { sched_yield() }
    nonisolated(unsafe) var text = ""
    let reader = leader.number
    let read: @Sendable () -> Void = {
      while !text.contains("last\r\n") { text += Self.taken(reader) }
      isRead.signal()
    }
    if patience > 0 { Thread.detachNewThread(read) }
    output.write(utf8("next\n"))
    if patience == 0 { Thread.detachNewThread(read) }
    isWritten.wait()
    while isRead.wait(timeout: .now()) == .timedOut { output.write(utf8("last\n")) }
    #expect(text.contains("x\r\nnext\r\n") == (patience > 0) && text.contains("lost here") == (patience == 0))
  }

  /// Who has waited in vain does not wait again before a whole text has found room; that the mark has is not enough.
  @Test func patienceAfterALoss() throws {
    let pipe = try RelayPipe()
    _ = fcntl(pipe.input.number, F_SETFL, O_NONBLOCK)
    try #require(fcntl(pipe.input.number, 1031 /* F_SETPIPE_SZ */, 8192) == 8192)
    nonisolated(unsafe) var output = LineOutput(pipe.input.number)
    output.wait(0)
    let full = utf8(String(repeating: "0123456\n", count: 512))
    for _ in 0..<3 { output.write(full) }
    // room for the mark only
    var data: [UInt8] = []
    _ = IO.read(pipe.output.number, appendingTo: &data, limit: 4096)
    output.wait(60_000)
    let isWritten = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      output.write(full)
      isWritten.signal()
    }
    #expect(isWritten.wait(timeout: .now() + 20) == .success)
    #expect(Self.taken(pipe.output.number).hasSuffix(Self.mark(512)))
  }

  /// The mark stands on a line of its own. A text at the size that a pipe takes whole, and one byte above.
  @Test func cut() throws {
    let pipe = try RelayPipe()
    var output = LineOutput(pipe.input.number)
    let line = String(repeating: "x", count: 4095) + "\n"
    output.write(utf8(line))
    output.write(utf8("x" + line))
    #expect(Self.taken(pipe.output.number) == line + "x" + line.dropLast())
    output.write(utf8("next\n"))
    #expect(Self.taken(pipe.output.number) == "\n" + Self.mark(1) + "next\n")
  }

  /// A terminal takes parts of lines. Each line is there, or counted; one that lacks nothing but its end is both.
  @Test func terminal() throws {
    let (leader, terminal) = try Self.pseudoterminal()
    var output = LineOutput(terminal.number)
    var (text, written) = ("", 2000)
    for number in 0..<written { output.write(utf8("line \(number) " + String(repeating: "x", count: number % 100) + ".\n")) }
    while !text.contains("the end\r\n") {
      text += Self.taken(leader.number)
      output.write(utf8("the end\n"))
      written += 1
      text += Self.taken(leader.number)
    }
    let lines = text.components(separatedBy: "\r\n")
    let there = lines.filter { $0.hasPrefix("line ") && $0.hasSuffix(".") || $0 == "the end" }.count
    let mark = "dstack-guest-agent: lines lost here: "
    let lost = lines.filter { $0.hasPrefix(mark) }.compactMap { Int($0.dropFirst(mark.count)) }
    #expect(!lost.isEmpty && (written...(written + lost.count)).contains(there + lost.reduce(0, +)))
  }

  /// What is closed takes nothing, and harms nobody.
  @Test func closed() {
    var output = LineOutput(-1)
    for _ in 0..<2 { output.write(utf8("line\n")) }
  }
}
