import CSystem
import Foundation
import Testing

@testable import agent

/// Messages with descriptors, and files that nobody can change.
struct PacketSocketTests {
  private static func receive(_ socket: OpenFile, _ limit: Int = 16, mayPass: Bool = true) -> String {
    switch PacketSocket.receive(socket.number, limit: limit, mayPass: mayPass) {
    case .message(let text, let passed): "\(text)\(passed == nil ? "" : "+")"
    case .none: "none"
    case .end: "end"
    case .tooLong: "too long"
    case .passesTooMuch: "passes too much"
    }
  }

  @Test func messages() throws {
    let (one, second) = try PacketSocket.pair()
    #expect(Self.receive(one) == "none")
    let passed = try Descriptor(Array("/dev/null".utf8), .reading)
    for (limit, mayPass, isPassed, expected) in [
      (3, true, false, "[1, 2, 3]"), (2, true, false, "too long"), (3, true, true, "[1, 2, 3]+"),
      (3, false, true, "passes too much"),
      (2, true, true, "too long"), (3, false, false, "[1, 2, 3]"),
    ] {
      _ = PacketSocket.send(second.number, [1, 2, 3], passing: isPassed ? passed.number : -1)
      #expect(Self.receive(one, limit, mayPass: mayPass) == expected)
    }
    _ = second.take()
    #expect(Self.receive(one) == "end")
  }

  /// Messages that arrive at any moment of a call, also between its looks at the socket, are received whole: the other end sends each
  /// when the last one has been answered, while this end looks all the time.
  @Test func messagesAtAnyMoment() throws {
    let (one, second) = try PacketSocket.pair()
    let (count, other) = (2_000, second.number)
    Thread.detachNewThread {
      for _ in 0..<count {
        _ = PacketSocket.send(other, [1, 2, 3], passing: -1)
        while case .none = PacketSocket.receive(other, limit: 16, mayPass: false) { sched_yield() }
      }
    }
    var results: [String: Int] = [:]
    while results["[1, 2, 3]", default: 0] < count, results.count < 3 {
      let result = Self.receive(one)
      results[result, default: 0] += 1
      if result != "none" { _ = PacketSocket.send(one.number, [0], passing: -1) }
    }
    #expect(Set(results.keys).isSubset(of: ["none", "[1, 2, 3]"]) && results["[1, 2, 3]"] == count)
    _ = second.take()
  }

  @Test func sealedFiles() throws {
    let content = [UInt8](repeating: 7, count: 70_000)
    for (limit, isGood) in [(70_000, true), (69_999, false)] {
      let file = OpenFile(try SealedFile.make(content))
      #expect(SealedFile.content(file, limit: limit) == (isGood ? content : nil))
    }
    let empty = OpenFile(try SealedFile.make([]))
    #expect(SealedFile.content(empty, limit: 0) == [])
    let sealed = OpenFile(try SealedFile.make(content))
    let isCut = ftruncate(sealed.number, 0) == 0
    let isWritten = IO.writeAll(sealed.number, [1])
    #expect(!isCut && !isWritten)
  }

  @Test func otherFiles() throws {
    let path = try temporaryDirectory() + "/file"
    #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
    let regular = OpenFile(try Descriptor(Array(path.utf8), .reading))
    #expect(SealedFile.content(regular, limit: 9) == nil)
    let pipe = try RelayPipe()
    #expect(SealedFile.content(pipe.output, limit: 9) == nil)
    // one that may still shrink
    let open = OpenFile(Descriptor(owning: sys_memory_file()))
    let isWritten = IO.writeAll(open.number, [1])
    #expect(isWritten && SealedFile.content(open, limit: 9) == nil)
  }
}
