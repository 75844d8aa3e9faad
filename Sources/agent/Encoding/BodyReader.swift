/// A long text that is made while it is sent, of a length that is known before: a slow reader costs one part of it. The subclasses make
/// it. A reader is for one who reads; others take copies.
class BodyReader {
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

  /// Tells what it is made of, from the beginning.
  func describe(to recipe: BodyRecipe) { recipe.append(copy().all()[...]) }

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

/// A buffer with what stands in it.
final class JoinedBody: BodyReader {
  private let buffer: ByteBuffer
  private var at = 0
  private var nextInsert = 0
  private var insert: BodyReader?

  @inline(never)
  init(_ buffer: ByteBuffer, _ size: TextSize? = nil) {
    self.buffer = buffer
    super.init(buffer.inserts.reduce(buffer.count) { $0 + $1.body.remaining }, size)
  }

  /// Bytes that are no secret.
  @inline(never)
  convenience init(_ data: [UInt8]) { self.init(ByteBuffer(holding: data)) }

  override func copy() -> BodyReader { JoinedBody(buffer, size) }

  override func describe(to recipe: BodyRecipe) {
    var start = 0
    for (at, body) in buffer.inserts {
      recipe.append(buffer.storage[start..<at])
      body.describe(to: recipe)
      start = at
    }
    recipe.append(buffer.storage[start...])
  }

  override func next(_ room: Int, to out: ByteBuffer) -> Bool {
    if let body = insert {
      if body.remaining > 0 { body.read(upTo: room, into: out) } else { insert = nil }
      return true
    }
    let isLast = nextInsert == buffer.inserts.count
    let stop = isLast ? buffer.count : buffer.inserts[nextInsert].at
    if at < stop {
      let end = min(stop, at + room)
      out.append(buffer.storage[at..<end])
      at = end
    } else if isLast {
      return false
    } else {
      insert = buffer.inserts[nextInsert].body.copy()
      nextInsert += 1
    }
    return true
  }

  override func measured() -> TextSize {
    if let size { return size }
    var meter = TextMeter()
    meter.add(buffer.storage[...])
    meter.finish()
    return buffer.inserts.reduce(meter.size) { $0 + $1.body.measured() }
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
