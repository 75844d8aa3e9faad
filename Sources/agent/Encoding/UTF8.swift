/// Well-formed UTF-8 as Unicode (table 3-7) and RFC 3629 define it: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Text {
  /// Whether all of `text` is well-formed.
  static func isValid(_ text: [UInt8]) -> Bool { isValid(text[...]) }

  /// The same for a slice.
  static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
    var check = UTF8Check()
    for byte in text where !check.accept(byte) { return false }
    return check.isComplete
  }

  /// The longest prefix of a well-formed text that has at most `count` bytes and ends between characters.
  static func prefix(_ text: [UInt8], _ count: Int) -> [UInt8] {
    if text.count <= count { return text }
    var end = count
    while end > 0, text[end] & 0xc0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }

  /// Appends a code point's bytes. `scalar` is at most 0x10FFFF.
  @inline(never)
  static func append(_ scalar: UInt32, to out: inout [UInt8]) { write(scalar) { out.append($0) } }

  /// Passes on a code point's bytes. `scalar` is at most 0x10FFFF.
  static func write(_ scalar: UInt32, _ each: (UInt8) -> Void) {
    if scalar < 0x80 { return each(UInt8(truncatingIfNeeded: scalar)) }
    let trailing: UInt32 = scalar < 0x800 ? 1 : scalar < 0x10000 ? 2 : 3
    // as many leading ones as there are bytes
    each(UInt8(truncatingIfNeeded: 0xff80 >> trailing | scalar >> (6 * trailing)))
    for place in (0..<trailing).reversed() { each(0x80 | UInt8(truncatingIfNeeded: scalar >> (6 * place)) & 0x3f) }
  }
}

/// Checks UTF-8 a byte at a time.
struct UTF8Check {
  /// Trailing bytes still to come, and the range that the next one must lie in.
  private var pending = 0
  private var low: UInt8 = 0x80
  private var high: UInt8 = 0xbf

  /// Whether the bytes so far end at the end of a code point.
  var isComplete: Bool { pending == 0 }

  /// False if the byte cannot follow; after that the state is that of a fresh check.
  mutating func accept(_ byte: UInt8) -> Bool {
    if pending > 0 {
      let fits = byte >= low && byte <= high
      (low, high) = (0x80, 0xbf)
      pending = fits ? pending - 1 : 0
      return fits
    }
    switch byte {
    case 0..<0x80: return true
    case 0xc2...0xdf: pending = 1
    case 0xe0: (pending, low) = (2, 0xa0)
    case 0xed: (pending, high) = (2, 0x9f)
    case 0xe1...0xef: pending = 2
    case 0xf0: (pending, low) = (3, 0x90)
    case 0xf1...0xf3: pending = 3
    case 0xf4: (pending, high) = (3, 0x8f)
    default: return false
    }
    return true
  }
}

/// Decodes text a byte at a time and passes on its code points: U+FFFD for each maximal part of a sequence that is not UTF-8 (Unicode,
/// §3.9).
struct UTF8Scalars {
  private var check = UTF8Check()
  private var scalar: UInt32 = 0

  /// Whether a byte is printable ASCII that stands for itself in JSON too.
  static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c }

  /// Whether the bytes so far end at the end of a code point.
  var isComplete: Bool { check.isComplete }

  mutating func take(_ byte: UInt8, _ each: (UInt32) -> Void) {
    let starts = check.isComplete
    guard check.accept(byte) else {
      each(0xfffd)
      // a byte that ends a sequence early may start the next one
      if !starts { take(byte, each) }
      return
    }
    let mask: UInt8 = byte < 0x80 ? 0x7f : byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07
    scalar = starts ? UInt32(byte & mask) : scalar << 6 | UInt32(byte & 0x3f)
    if check.isComplete { each(scalar) }
  }

  /// Takes a piece of the text. Runs of plain bytes, which are most of it, go to `run` whole.
  @inline(never)
  mutating func take(_ text: ArraySlice<UInt8>, run: (ArraySlice<UInt8>) -> Void, _ each: (UInt32) -> Void) {
    let bytes = text.span
    var at = 0
    while at < bytes.count {
      if check.isComplete {
        let start = at
        while at < bytes.count, Self.isPlain(bytes[at]) { at += 1 }
        run(text.dropFirst(start).prefix(at - start))
        if at == bytes.count { return }
      }
      take(bytes[at], each)
      at += 1
    }
  }

  /// At the end of the text: an unfinished sequence counts as one U+FFFD.
  @inline(never)
  mutating func finish(_ each: (UInt32) -> Void) {
    if !check.isComplete { each(0xfffd) }
    check = UTF8Check()
  }
}
