import CSystem
import Foundation
import Testing

@testable import agent

@Suite struct QGSTests {
  private static let report = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  private static let answer = sampleQuote(over: [UInt8](0..<64))

  private static func little(_ numbers: [UInt32]) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
  }

  /// A response with the given parts, after its length.
  private static func response(
    version: [UInt8] = [1, 0, 0, 0], type: UInt32 = 1, size: UInt32? = nil, code: UInt32 = 0, selected: [UInt8] = [],
    quoteSize: UInt32? = nil, quote: [UInt8] = answer
  ) -> [UInt8] {
    let total = UInt32(24 + selected.count + quote.count)
    let body =
      version + little([type, size ?? total, code, UInt32(selected.count), quoteSize ?? UInt32(quote.count)]) + selected + quote
    return little([UInt32(body.count).byteSwapped]) + body
  }

  /// What the agent makes of a service that takes the request and then runs `serve` on its end of the connection.
  private func exchange(
    within: Int64 = 10_000, _ serve: @escaping @Sendable (_ socket: Int32, _ request: [UInt8]) -> Void
  ) throws -> [UInt8] {
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let (near, far) = (ends[0], ends[1])
    #expect(fcntl(near, F_SETFL, O_NONBLOCK) == 0)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      var request: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while request.count < 1052 {
        let count = read(far, &buffer, buffer.count)
        if count <= 0 { break }
        request += buffer[..<count]
      }
      serve(far, request)
      close(far)
      done.signal()
    }
    defer { done.wait() }
    return try exchange(near, deadline(after: within))
  }

  /// Closes the near end, so that a waiting service ends.
  private func exchange(_ near: Int32, _ deadline: Int64) throws -> [UInt8] {
    let socket = DeadlineSocket(try Descriptor(taking: near), deadline: deadline)
    return try QGSQuote.exchange(socket, Self.report)
  }

  /// The agent may be gone already.
  private static func put(_ socket: Int32, _ data: [UInt8]) { _ = send(socket, data, data.count, Int32(MSG_NOSIGNAL)) }

  @Test func quote() throws {
    let answered = try exchange { socket, request in
      // length, version 1.0, get-quote request, whole size, no error, sizes of report and identifier list
      let head: [UInt8] = [0, 0, 4, 24] + [1, 0, 0, 0] + Self.little([0, 1048, 0, 1024, 0])
      Self.put(socket, request == head + Self.report ? Self.response() : [])
    }
    #expect(answered == Self.answer)
  }

  @Test func inParts() throws {
    let answered = try exchange { socket, _ in
      for byte in Self.response(version: [1, 0, 9, 0], selected: [1, 2, 3]) { Self.put(socket, [byte]) }
    }
    #expect(answered == Self.answer)
  }

  @Test(arguments: [
    response(version: [2, 0, 0, 0]), response(type: 0), response(size: 24), response(size: 0xffff_ffff),
    response(quoteSize: 0xffff_ffff), response(quoteSize: 699), response(quoteSize: 701),
    [0, 0, 0, 15] + [UInt8](repeating: 0, count: 15), [0, 0, 0, 16] + [UInt8](repeating: 0, count: 16),
    [0xff, 0xff, 0xff, 0xff], [UInt8](repeating: 0x41, count: 64),
  ])
  func malformed(answer: [UInt8]) {
    let error = failureText { _ = try exchange { socket, _ in Self.put(socket, answer) } }
    #expect(error == "malformed answer")
  }

  @Test(arguments: [(16 * 1024, true), (16 * 1024 + 1, false), (17 * 1024, false)])
  func size(size: Int, fits: Bool) {
    let answer = Self.response(quote: [UInt8](repeating: 1, count: size - 24))
    let error = failureText {
      let quote = try exchange { socket, _ in Self.put(socket, answer) }
      #expect(quote.count == size - 24)
    }
    #expect((error == nil) == fits)
  }

  @Test func refused() {
    let error = failureText { _ = try exchange { socket, _ in Self.put(socket, Self.response(code: 0x12001, quote: [])) } }
    #expect(error == "refused (73729)")
  }

  @Test func truncated() {
    let whole = Array(Self.response(selected: [1]).dropFirst(4))
    for length in 0..<whole.count { #expect((try? QGSMessage.quote(Array(whole[..<length]))) == nil) }
    #expect((try? QGSMessage.quote(whole)) == Self.answer)
  }

  @Test(arguments: [0, 3, 4, 100]) func closed(after count: Int) {
    let error = failureText { _ = try exchange { socket, _ in Self.put(socket, Array(Self.response().prefix(count))) } }
    #expect(error == "the connection broke: connection reset")
  }

  /// Leaves without reading the request.
  @Test func reset() throws {
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let (near, far) = (ends[0], ends[1])
    #expect(send(near, "request", 7, 0) == 7)
    close(far)
    let error = failureText { _ = try exchange(near, deadline(after: 10_000)) }
    #expect(error?.hasPrefix("the connection broke") == true)
  }

  /// Says nothing, or stops in the middle. The wait ends when the agent's side closes.
  @Test(arguments: [0, 3, 100]) func silent(after count: Int) {
    let error = failureText {
      _ = try exchange(within: 50) { socket, _ in
        Self.put(socket, Array(Self.response().prefix(count)))
        var byte: UInt8 = 0
        _ = read(socket, &byte, 1)
      }
    }
    #expect(error == "no answer in time")
  }
}
