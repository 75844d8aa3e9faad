/// A long text of known length, made part by part while it is sent, so a slow reader costs one part. Subclasses make the text. A reader can
/// be read once; make a copy for each reading.
class BodyReader {
  /// Bytes still to come.
  final private(set) var remaining: Int
  /// The size of the whole, also escaped, if it is known.
  final private(set) var size: TextSize?

  init(_ count: Int, _ size: TextSize? = nil) {
    remaining = count
    self.size = size
  }

  /// Another reader, at the beginning.
  func copy() -> BodyReader { self }

  /// Describes the whole text to a recipe.
  func describe(to recipe: BodyRecipe) { recipe.append(copy().all()[...]) }

  /// Appends some bytes, at most `room`, which is at least 64; false at the end.
  func next(_ room: Int, to out: ByteBuffer) -> Bool { false }

  /// Appends the next part, which is not empty and has at most `most` bytes. Not to be called once nothing remains.
  final func read(upTo most: Int = Limits.bodyPart, into out: ByteBuffer) {
    let start = out.count
    // until half full: inserted texts come in small pieces, and each part costs a system call
    while out.count - start <= most / 2, next(most - (out.count - start), to: out) {}
    let count = out.count - start
    remaining = count == 0 ? 0 : remaining - count
  }

  /// All that remains, in one piece: only for short texts, or where nobody waits.
  final func all() -> [UInt8] {
    let out = ByteBuffer(capacity: remaining)
    all(into: out)
    return out.take()
  }

  final func all(into out: ByteBuffer) {
    while remaining > 0 { read(into: out) }
  }

  /// The size, also escaped; zero if it is not known.
  func measured() -> TextSize { size ?? TextSize() }

  /// Determines `size` once, by reading a copy.
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

/// A buffer with its inserts.
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

  /// Bytes that are not secret.
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

/// Another text, escaped for the one around it.
final class EscapedBody: BodyReader {
  enum Form {
    /// The inside of a JSON string.
    case json
    /// The content of an HTML element; ASCII only.
    case html
    /// Two digits per byte.
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
    // each byte may become six, and the part before may have left one character unfinished
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
