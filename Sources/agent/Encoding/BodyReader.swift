/// A long text that is made while it is sent, of a length that is known before: a slow reader costs one part of it. The subclasses make
/// it. A reader is for one who reads; others take copies.
class BodyReader {
  /// A reader that stands at a place of another text.
  typealias Insert = (at: Int, body: BodyReader)

  /// Bytes that are still to come.
  final private(set) var remaining: Int
  /// How long all of it is, also where it is escaped, if that is known.
  final private(set) var size: TextSize?

  init(_ count: Int, _ size: TextSize? = nil) {
    remaining = count
    self.size = size
  }

  /// Another reader, from the beginning.
  func copy() -> BodyReader { self }

  /// Appends some bytes, `room` at most, which is never less than 64; false at the end.
  func next(_ room: Int, to out: ByteBuffer) -> Bool { false }

  /// Appends the next part, which is not empty and has `most` bytes at most. Not to be called once nothing remains.
  final func read(upTo most: Int = Limits.bodyPart, into out: ByteBuffer) {
    let start = out.count
    // in a place that is half full: what stands inside of other texts comes in small pieces, and each part is a system call
    while out.count - start <= most / 2, next(most - (out.count - start), to: out) {}
    let count = out.count - start
    remaining = count == 0 ? 0 : remaining - count
  }

  /// All that remains, in one piece: for what is short, or nobody waits for.
  final func all() -> [UInt8] {
    let out = ByteBuffer(capacity: remaining)
    all(into: out)
    return out.take()
  }

  final func all(into out: ByteBuffer) {
    while remaining > 0 { read(into: out) }
  }

  /// How long it is where it is escaped.
  func measured() -> TextSize { size ?? TextSize() }

  /// Finds out once, by reading a copy of all of it.
  final func measure() {
    let copy = copy()
    var meter = TextMeter()
    while copy.remaining > 0 {
      let part = ByteBuffer(capacity: Limits.bodyPart)
      copy.read(into: part)
      meter.add(part.storage[...])
    }
    meter.finish()
    size = meter.size
  }
}

/// Bytes that are there, and what stands between them.
final class JoinedBody: BodyReader {
  private let buffer: ByteBuffer
  private let inserts: [Insert]
  private var at = 0
  private var nextInsert = 0

  /// `inserts` stand in the order of their places.
  init(_ buffer: ByteBuffer, _ inserts: [Insert] = [], _ size: TextSize? = nil) {
    self.buffer = buffer
    self.inserts = inserts
    super.init(inserts.reduce(buffer.count) { $0 + $1.body.remaining }, size)
  }

  /// Bytes that are no secret.
  @inline(never)
  convenience init(_ data: [UInt8]) { self.init(ByteBuffer(holding: data)) }

  override func copy() -> BodyReader { JoinedBody(buffer, inserts.map { ($0.at, $0.body.copy()) }, size) }

  override func next(_ room: Int, to out: ByteBuffer) -> Bool {
    let insert = nextInsert < inserts.count ? inserts[nextInsert] : nil
    let stop = min(insert?.at ?? buffer.count, at + room)
    if at < stop {
      out.append(buffer.storage[at..<stop])
      at = stop
    } else if let insert {
      if insert.body.remaining > 0 { insert.body.read(upTo: room, into: out) } else { nextInsert += 1 }
    } else {
      return false
    }
    return true
  }

  override func measured() -> TextSize {
    if let size { return size }
    var meter = TextMeter()
    meter.add(buffer.storage[...])
    meter.finish()
    return inserts.reduce(meter.size) { $0 + $1.body.measured() }
  }
}

/// Another text in a form in which it can stand inside of one.
final class EscapedBody: BodyReader {
  enum Form {
    /// The inside of a JSON string.
    case json
    /// The content of an HTML element; for ASCII.
    case html
    /// Two digits a byte.
    case hex
  }

  private let body: BodyReader
  private let form: Form
  private var escaper = JSONEscaper()
  private var isFinished = false

  init(_ body: BodyReader, _ form: Form, _ size: TextSize? = nil) {
    self.body = body
    self.form = form
    let count =
      switch form {
      case .json: body.measured().json
      case .html: body.measured().html
      case .hex: 2 * body.remaining
      }
    super.init(count, size)
  }

  override func copy() -> BodyReader { EscapedBody(body.copy(), form, size) }

  override func next(_ room: Int, to out: ByteBuffer) -> Bool {
    if body.remaining == 0 {
      if isFinished { return false }
      isFinished = true
      escaper.finish(to: out)
      return true
    }
    // a byte becomes six at most, or completes a character
    let most = form == .hex ? room / 2 : room / 6 - 2
    let part = ByteBuffer(capacity: most)
    body.read(upTo: most, into: part)
    switch form {
    case .json: escaper.write(part.storage[...], to: out)
    case .html: out.appendHTML(part.storage)
    case .hex: out.appendHex(part.storage)
    }
    return true
  }
}
