import Foundation
import Testing

@testable import agent

struct WorkerReportTests {
  /// A report that arrives in parts, byte by byte or at once, and how far it has come.
  private static func progress(
    _ report: [UInt8], in size: Int, ends: Bool = false
  ) throws -> (WorkerReport.Progress, String) {
    let pipe = try WorkerPipe()
    var read = WorkerReport(limit: 9)
    var progress = WorkerReport.Progress.unfinished
    for start in stride(from: 0, to: report.count, by: size) where progress == .unfinished {
      #expect(IO.writeAll(pipe.input, Array(report[start..<min(start + size, report.count)])))
      // the head, and then the rest
      for _ in 0..<2 where progress == .unfinished { progress = read.read(pipe.output.number) }
    }
    if ends {
      pipe.end()
      progress = read.read(pipe.output.number)
    }
    guard progress == .whole else { return (progress, "") }
    do throws(AgentError) {
      return (progress, String(decoding: try read.take().plain(), as: Unicode.UTF8.self))
    } catch {
      return (progress, "\(error.kind): \(String(decoding: error.text, as: Unicode.UTF8.self))")
    }
  }

  @Test(arguments: [1, 2, 100]) func whole(_ size: Int) throws {
    for (report, result) in [
      ([0, 0, 0, 0, 0], ""), ([2, 0, 0, 0, 0, 0x61, 0x62], "ab"), ([9, 0, 0, 0, 0] + bytes("123456789"), "123456789"),
      ([2, 0, 0, 0, 1, 0x61, 0x62], "invalid: ab"), ([1, 0, 0, 0, 2, 0x61], "notFound: a"),
      ([1, 0, 0, 0, 3, 0x61], "failed: a"), ([0, 0, 0, 0, 4], "unavailable: "),
      ([1, 0, 0, 0, 5, 0x61], "notImplemented: a"), ([1, 0, 0, 0, 6, 0x61], "overdue: a"),
      // what a worker that was taken over may say
      ([1, 0, 0, 0, 7, 0x61], "failed: a worker process died"), ([0, 0, 0, 0, 0xff], "failed: a worker process died"),
      ([5, 0, 0, 0, 1, 0x61, 0x0a, 0x00, 0xc3, 0x7f], "invalid: a????"),
    ] as [([UInt8], String)] {
      let found = try Self.progress(report, in: size)
      #expect(found == (.whole, result), "\(report)")
    }
  }

  @Test(arguments: [1, 100]) func others(_ size: Int) throws {
    for report in [[], [0], [0, 0, 0, 0], [1, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0x61]] as [[UInt8]] {
      #expect(try Self.progress(report, in: size).0 == .unfinished, "\(report)")
      #expect(try Self.progress(report, in: size, ends: true).0 == .broken, "\(report)")
    }
    for report in [[10, 0, 0, 0, 0], [10, 0, 0, 0, 1], [0xff, 0xff, 0xff, 0xff, 0]] as [[UInt8]] {
      #expect(try Self.progress(report, in: size).0 == .tooLarge, "\(report)")
    }
  }

  /// Nothing is read past the end.
  @Test func whatComesBehind() throws {
    #expect(try Self.progress([1, 0, 0, 0, 0, 0x61, 0x62], in: 100) == (.whole, "a"))
    #expect(try Self.progress([0, 0, 0, 0, 0, 0x62], in: 100) == (.whole, ""))
  }
}

/// A pipe whose read end does not block.
final class WorkerPipe {
  let output: Descriptor
  private(set) var input: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    output = Descriptor(owning: ends[0])
    input = ends[1]
  }

  deinit { end() }

  func end() {
    if input >= 0 { close(input) }
    input = -1
  }
}

/// What a child will call is called before the fork: none of it may wait for a lock that another thread holds.
func warmUpWorkers() {
  guard let pipe = try? WorkerPipe() else { return }
  _ = WorkerReport.send(to: pipe.input) { () throws(AgentError) in try Secret(copying: decimal(getpid())) }
  _ = WorkerReport.send(to: pipe.input) { () throws(AgentError) in throw .failed("x", code: 1) }
}
