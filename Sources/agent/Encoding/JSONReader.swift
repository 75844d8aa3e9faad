/// A strict reader of RFC 8259 text, value by value, without a tree: memory does not grow with the input, and a secret is never copied on
/// the way. Refuses nesting deeper than `Limits.jsonDepth`, malformed UTF-8, and lone surrogates in text that is used.
struct JSONReader: ~Copyable {
  let source: ByteSource
  private let count: Int
  /// Bytes read so far.
  private(set) var position = 0
  /// The byte at `position`, 0 at the end (no JSON token starts with 0).
  private var next: UInt8 = 0
  private var depth = 0

  /// Starts at an offset, at most the source's size.
  init(_ source: ByteSource, at offset: Int = 0) {
    self.source = source
    count = source.count
    move(to: offset)
  }

  init(_ text: [UInt8], at offset: Int = 0) { self.init(ArraySource(text), at: offset) }

  /// Nothing but white space may follow.
  @inline(never)
  mutating func end() throws(AgentError) {
    skipSpace()
    if position != count { throw malformed() }
  }

  /// The position within an object or array.
  struct Items { fileprivate var isFirst = true }

  mutating func enterObject() throws(AgentError) -> Items { try enter(UInt8(ascii: "{"), "expected a JSON object") }

  mutating func enterArray() throws(AgentError) -> Items { try enter(UInt8(ascii: "["), "expected a JSON array") }

  /// The next member's name, after which its value must be read; nil at the object's end.
  @inline(never)
  mutating func nextMember(_ members: inout Items) throws(AgentError) -> [UInt8]? {
    guard try nextItem(&members, UInt8(ascii: "}")) else { return nil }
    let name = try string()
    try colon()
    return name
  }

  /// Whether there is another element, which must then be read.
  mutating func nextElement(_ elements: inout Items) throws(AgentError) -> Bool { try nextItem(&elements, UInt8(ascii: "]")) }

  /// The UTF-8 bytes of a string.
  @inline(never)
  mutating func string() throws(AgentError) -> [UInt8] {
    var out: [UInt8] = []
    try string(strict: true, run: { out += $0 }, each: { out.append($0) })
    return out
  }

  /// Passes on the bytes of a string one by one, for callers that must not hold them in an array.
  mutating func string(_ each: (UInt8) -> Void) throws(AgentError) {
    try string(strict: true, run: { $0.forEach(each) }, each: each)
  }

  @inline(never)
  mutating func bool() throws(AgentError) -> Bool {
    skipSpace()
    if try literal("true") { return true }
    if try literal("false") { return false }
    throw unexpected("expected true or false")
  }

  /// An integer without sign, fraction and exponent, 0 to 2^64 − 1.
  mutating func unsigned() throws(AgentError) -> UInt64 {
    skipSpace()
    let start = position
    var text: [UInt8] = []
    if next == UInt8(ascii: "-") || isDigit(next) { try number { text.append($0) } }
    guard let value = parseDecimal(text) else {
      move(to: start)
      throw unexpected("expected an unsigned 64-bit integer")
    }
    return value
  }

  /// The same, bare or in quotes, as protobuf's JSON writes it.
  mutating func quotableUnsigned() throws(AgentError) -> UInt64 {
    guard peek() == UInt8(ascii: "\"") else { return try unsigned() }
    let start = position
    guard let value = parseDecimal(try string()) else {
      move(to: start)
      throw unexpected("expected an unsigned 64-bit integer")
    }
    return value
  }

  /// Reads a `null` if one is next.
  mutating func null() throws(AgentError) -> Bool {
    skipSpace()
    return try literal("null")
  }

  /// The first byte of the next value: `{`, `[`, `"`, `t`, `f`, `n`, a digit or `-`; 0 at the end.
  mutating func peek() -> UInt8 {
    skipSpace()
    return next
  }

  /// Reads any value and drops it.
  mutating func skip() throws(AgentError) {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      var members = try enterObject()
      while try nextItem(&members, UInt8(ascii: "}")) {
        try skipString()
        try colon()
        try skip()
      }
    case UInt8(ascii: "["):
      var elements = try enterArray()
      while try nextElement(&elements) { try skip() }
    case UInt8(ascii: "\""):
      try skipString()
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      _ = try bool()
    case UInt8(ascii: "n"):
      guard try null() else { throw malformed() }
    default:
      try number { _ in }
    }
  }

  // MARK: - Tokens

  private mutating func move(to offset: Int) {
    position = offset
    next = offset < count ? source[offset] : 0
  }

  @inline(never)
  private mutating func advance() { move(to: position + 1) }

  @inline(never)
  private mutating func skipSpace() {
    while next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 { advance() }
  }

  @inline(never)
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    advance()
    return true
  }

  @inline(never)
  private mutating func enter(_ bracket: UInt8, _ expectation: StaticString) throws(AgentError) -> Items {
    guard take(bracket) else { throw unexpected(expectation) }
    depth += 1
    if depth > Limits.jsonDepth { throw .invalid("JSON is nested too deeply") }
    return Items()
  }

  /// Reads the comma before an item, or the closing bracket.
  @inline(never)
  private mutating func nextItem(_ items: inout Items, _ bracket: UInt8) throws(AgentError) -> Bool {
    if take(bracket) {
      depth -= 1
      return false
    }
    if !items.isFirst, !take(UInt8(ascii: ",")) { throw malformed() }
    items.isFirst = false
    skipSpace()
    return true
  }

  private mutating func colon() throws(AgentError) {
    guard take(UInt8(ascii: ":")) else { throw malformed() }
  }

  private mutating func literal(_ text: StaticString) throws(AgentError) -> Bool {
    let start = position
    var same = true
    text.forEachByte {
      if same, next == $0 { advance() } else { same = false }
    }
    if !same { move(to: start) }
    return same
  }

  /// Passes on the text of a number (RFC 8259 §6).
  @inline(never)
  private mutating func number(_ each: (UInt8) -> Void) throws(AgentError) {
    if next == UInt8(ascii: "-") { shift(each) }
    if next == UInt8(ascii: "0") { shift(each) } else { try digits(each) }
    if next == UInt8(ascii: ".") {
      shift(each)
      try digits(each)
    }
    if next | 0x20 == UInt8(ascii: "e") {
      shift(each)
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { shift(each) }
      try digits(each)
    }
  }

  private mutating func digits(_ each: (UInt8) -> Void) throws(AgentError) {
    guard isDigit(next) else { throw malformed() }
    while isDigit(next) { shift(each) }
  }

  private mutating func shift(_ each: (UInt8) -> Void) {
    each(next)
    advance()
  }

  private mutating func skipString() throws(AgentError) { try string(strict: false, run: { _ in }, each: { _ in }) }

  /// Reads a string (RFC 8259 §7), in runs of bytes where possible. Unless `strict`, a lone surrogate is accepted, as the grammar allows.
  @inline(never)
  private mutating func string(
    strict: Bool, run: (ArraySlice<UInt8>) -> Void, each: (UInt8) -> Void
  ) throws(AgentError) {
    skipSpace()
    guard next == UInt8(ascii: "\"") else { throw unexpected("expected a JSON string") }
    advance()
    let plain = source.plain
    var utf8 = UTF8Check()
    while position < count {
      let text = try plainRun(plain)
      if !text.isEmpty {
        run(text)
        move(to: text.endIndex)
        continue
      }
      let byte = next
      advance()
      switch byte {
      case UInt8(ascii: "\"") where utf8.isComplete:
        return
      case UInt8(ascii: "\\") where utf8.isComplete:
        UTF8Text.write(try escape(strict), each)
      default:
        guard byte >= 0x20, utf8.accept(byte) else { throw malformed() }
        each(byte)
      }
    }
    throw malformed()
  }

  /// The next bytes of a string that need no unescaping; empty if there are none, or if the source is secret.
  private func plainRun(_ plain: [UInt8]) throws(AgentError) -> ArraySlice<UInt8> {
    var end = position
    var all: UInt8 = 0
    while end < plain.count, plain[end] >= 0x20, plain[end] != UInt8(ascii: "\""), plain[end] != UInt8(ascii: "\\") {
      all |= plain[end]
      end += 1
    }
    guard end > position else { return [] }
    if all >= 0x80, !UTF8Text.isValid(plain[position..<end]) { throw malformed() }
    return plain[position..<end]
  }

  /// The character after a backslash; surrogate pairs are joined.
  private mutating func escape(_ strict: Bool) throws(AgentError) -> UInt32 {
    let kind = next
    advance()
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt32(kind)
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "u"): break
    default: throw malformed()
    }
    let unit = try hexUnit()
    guard unit & 0xf800 == 0xd800 else { return unit }
    if unit < 0xdc00, try literal("\\u") {
      let low = try hexUnit()
      if low & 0xfc00 == 0xdc00 { return 0x10000 + (unit & 0x3ff) << 10 + (low & 0x3ff) }
    }
    if strict { throw malformed() }
    return 0xfffd
  }

  private mutating func hexUnit() throws(AgentError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let nibble = Hex.value(next) else { throw malformed() }
      unit = unit << 4 | UInt32(nibble)
      advance()
    }
    return unit
  }

  @inline(never)
  private func malformed() -> AgentError { unexpected("malformed JSON") }

  @inline(never)
  private func unexpected(_ what: StaticString) -> AgentError {
    AgentError(.invalid, bytes(what) + " at byte " + decimal(position))
  }
}
