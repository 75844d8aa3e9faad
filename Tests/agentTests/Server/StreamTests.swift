import Testing

@testable import agent

/// Answers whose bodies are made while they are sent.
struct StreamTests {
  private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
  private static let chunked = head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

  /// A client whose request is answered by `stream`.
  private static func begin(_ harness: Harness, _ stream: BodyStream, _ request: String = "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    throws
    -> Client
  {
    let client = try harness.connect()
    client.send(request)
    #expect(harness.run { harness.exchanges.count == 1 })
    harness.exchanges[0].answer(Response(contentType: .text, stream: stream))
    return client
  }

  private static func add(_ text: String, to stream: BodyStream) {
    stream.pending.append(Array(text.utf8))
    stream.flush()
  }

  @Test func chunks() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: false))
    let client = try Self.begin(harness, stream)
    #expect(harness.run { client.text == Self.chunked })
    Self.add("one", to: stream)
    #expect(harness.run { client.text == Self.chunked + "3\r\none\r\n" })
    Self.add(String(repeating: "x", count: 300), to: stream)
    stream.end(broken: false)
    let end = "12c\r\n" + String(repeating: "x", count: 300) + "\r\n0\r\n\r\n"
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.chunked + "3\r\none\r\n" + end)
  }

  @Test func untilTheEnd() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: false))
    let client = try Self.begin(harness, stream, "GET / HTTP/1.0\r\n\r\n")
    Self.add("one", to: stream)
    stream.end(broken: false)
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.head + "Connection: close\r\n\r\none")
  }

  @Test func broken() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: false))
    let client = try Self.begin(harness, stream)
    Self.add("one", to: stream)
    stream.end(broken: true)
    #expect(harness.run { client.isEnded || client.brokenBy != nil })
    #expect(client.text == Self.chunked + "3\r\none\r\n")
  }

  @Test func answerToHead() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: false))
    var isAbandoned = false
    stream.abandoned = { isAbandoned = true }
    let client = try Self.begin(harness, stream, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(harness.run { client.isEnded })
    #expect(client.text == Self.chunked && isAbandoned)
  }

  /// A producer that heeds the signals never has more pending than allowed.
  @Test func slowReader() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: false))
    var made = 0
    let fill = {
      while !stream.isFull, made < 2_000_000 {
        stream.pending.append([UInt8](repeating: 0x78, count: 1000))
        made += 1000
      }
      stream.flush()
      if made == 2_000_000 { stream.end(broken: false) }
    }
    stream.drained = fill
    let client = try Self.begin(harness, stream)
    client.events = 0
    fill()
    let round = Alarm(harness.loop.now + 200)
    harness.loop.add(round)
    #expect(harness.run { round.hasExpired })
    // what the kernel's buffers take, and no more
    #expect(made < 1_000_000)
    #expect(stream.pending.count <= Limits.streamPending + 1000)
    client.readChunk = 1 << 20
    client.events = Poll.readable
    #expect(harness.run { client.isEnded })
    #expect(made == 2_000_000 && client.received.count > made)
  }

  /// For an endless stream, a reader that ends its side is gone; for one with an end, it only waits.
  @Test(arguments: [true, false])
  func readerEnds(_ isEndless: Bool) throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: isEndless))
    var isAbandoned = false
    stream.abandoned = { isAbandoned = true }
    let client = try Self.begin(harness, stream)
    client.endWriting()
    if isEndless {
      #expect(harness.run { isAbandoned })
    } else {
      let round = Alarm(harness.loop.now + 50)
      harness.loop.add(round)
      #expect(harness.run { round.hasExpired } && !isAbandoned)
      stream.end(broken: false)
      #expect(harness.run { client.isEnded })
      #expect(client.text == Self.chunked + "0\r\n\r\n")
    }
  }

  /// Nobody is left to read an answer that comes too late.
  @Test func readerIsGoneBefore() throws {
    let (harness, stream) = (try Harness(), BodyStream(isEndless: true))
    var isAbandoned = false
    stream.abandoned = { isAbandoned = true }
    let client = try harness.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(harness.run { harness.exchanges.count == 1 })
    client.leave()
    #expect(harness.run { harness.listener.isEmpty })
    harness.exchanges[0].answer(Response(stream: stream))
    #expect(isAbandoned)
  }

  /// Large bodies follow the head, small ones go with it; nothing is lost either way.
  @Test(arguments: [0, 1, Limits.joinedBody, Limits.joinedBody + 1, 1_000_000])
  func bodies(_ size: Int) throws {
    let harness = try Harness()
    let client = try harness.connect()
    client.readChunk = 1 << 20
    for turn in 1...2 {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(harness.run { harness.exchanges.count == turn })
      let body = ByteBuffer()
      body.append([UInt8](repeating: 0x7e, count: size))
      harness.exchanges[turn - 1].answer(Response(body: body))
      #expect(harness.run { client.received.count { $0 == 0x7e } == turn * size })
    }
  }
}
