// Text is bytes here: String comparison would link 45 kB of Unicode tables into an Embedded program. Functions with hundreds of callers are
// not inlined, which saves another 12 kB.

/// The UTF-8 bytes of a literal.
@inline(never)
func bytes(_ text: StaticString) -> [UInt8] {
  text.withUTF8Buffer { Array($0) }
}

/// The same with more after them.
@inline(never)
func bytes(_ text: StaticString, _ more: [UInt8]) -> [UInt8] { bytes(text) + more }

/// The shortest decimal form of a number.
@inline(never)
func decimal<Number: BinaryInteger>(_ number: Number) -> [UInt8] { decimal(UInt64(number.magnitude), isNegative: number < 0) }

@inline(never)
private func decimal(_ magnitude: UInt64, isNegative: Bool) -> [UInt8] {
  var digits: [UInt8] = []
  var rest = magnitude
  repeat {
    digits.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
    rest /= 10
  } while rest > 0
  if isNegative { digits.append(UInt8(ascii: "-")) }
  return digits.reversed()
}

/// The value of a string of ASCII digits; nil if it is empty, contains anything else or exceeds UInt64.max.
func parseDecimal(_ text: some Collection<UInt8>) -> UInt64? {
  if text.isEmpty { return nil }
  var value: UInt64 = 0
  for byte in text {
    guard isDigit(byte) else { return nil }
    let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
    let (next, overflow) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
    if tooLarge || overflow { return nil }
    value = next
  }
  return value
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

func isLetter(_ byte: UInt8) -> Bool {
  let lower = byte | 0x20
  return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
}

/// Whether a byte is a letter, a digit or one of `others`.
@inline(never)
func isAlphanumeric(_ byte: UInt8, or others: StaticString) -> Bool {
  var isOther = false
  others.forEachByte { if $0 == byte { isOther = true } }
  return isOther || isLetter(byte) || isDigit(byte)
}

/// ASCII upper-case letters become lower case; everything else stays.
func lowercased(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}

/// The text with a question mark for each byte that is not printable ASCII.
@inline(never)
func printable(_ text: ArraySlice<UInt8>) -> [UInt8] { text.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") } }

/// The text without surrounding spaces and tabs.
func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var text = text
  while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
  while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
  return text
}

// The standard library's ways to make or extend an array are inlined at each call, about 100 bytes each. These overloads replace them for
// the most common elements.

extension [UInt8] {
  /// A copy.
  @inline(never)
  init(_ slice: ArraySlice<UInt8>) { self = copied(slice) }

  /// Like the standard library's.
  @inline(never)
  mutating func append(_ byte: UInt8) { grow(&self, byte) }

  /// Like the standard library's.
  @inline(never)
  mutating func reserveCapacity(_ count: Int) { reserve(&self, count) }

  /// Like the standard library's.
  @inline(never)
  mutating func removeAll(keepingCapacity isKept: Bool) { empty(&self, isKept) }

  /// Like the standard library's.
  @inline(never)
  static func == (one: [UInt8], other: [UInt8]) -> Bool { one.count == other.count && one.span.has(other.span, at: 0) }
  static func != (one: [UInt8], other: [UInt8]) -> Bool { !(one == other) }
}

extension [[UInt8]] {
  /// Like the standard library's.
  @inline(never)
  mutating func append(_ text: consuming [UInt8]) { grow(&self, text) }
}

extension [Int32] {
  /// Like the standard library's.
  @inline(never)
  mutating func append(_ number: Int32) { grow(&self, number) }
}

extension [UInt64] {
  /// Like the standard library's.
  @inline(never)
  mutating func append(_ number: UInt64) { grow(&self, number) }
}

extension [UInt8] {
  /// Like the standard library's.
  subscript(range: Range<Int>) -> ArraySlice<UInt8> { slice(range.lowerBound, range.upperBound) }
  /// Like the standard library's.
  subscript(range: PartialRangeUpTo<Int>) -> ArraySlice<UInt8> { slice(0, range.upperBound) }
  /// Like the standard library's.
  subscript(range: PartialRangeFrom<Int>) -> ArraySlice<UInt8> { slice(range.lowerBound, count) }

  @inline(never)
  private func slice(_ start: Int, _ end: Int) -> ArraySlice<UInt8> { sliced(self, start..<end) }
}

private func sliced<Element>(_ elements: [Element], _ range: Range<Int>) -> ArraySlice<Element> { elements[range] }

private func copied<Element>(_ slice: ArraySlice<Element>) -> [Element] { Array(slice) }

private func reserve<Element>(_ elements: inout [Element], _ count: Int) { elements.reserveCapacity(count) }

private func empty<Element>(_ elements: inout [Element], _ isKept: Bool) { elements.removeAll(keepingCapacity: isKept) }

/// Appends with the standard library's method, inlined.
@inline(__always)
func grow<Elements: RangeReplaceableCollection>(_ elements: inout Elements, _ element: consuming Elements.Element) {
  elements.append(element)
}

extension ArraySlice<UInt8> {
  /// Like the standard library's, which are inlined at each use.
  @inline(never)
  static func == (one: ArraySlice<UInt8>, other: ArraySlice<UInt8>) -> Bool {
    one.count == other.count && one.span.has(other.span, at: 0)
  }
  static func != (one: ArraySlice<UInt8>, other: ArraySlice<UInt8>) -> Bool { !(one == other) }

  // Like the standard library's, which bring 4,000 bytes of code to change a slice in place.
  mutating func removeFirst() { self = dropFirst() }
  mutating func removeLast() { self = dropLast() }
  @inline(never)
  static func + (one: ArraySlice<UInt8>, other: [UInt8]) -> [UInt8] { Array(one) + other }

  /// What follows the literal; nil if the slice does not begin with it.
  @inline(never)
  func behind(_ text: StaticString) -> ArraySlice<UInt8>? { hasPrefix(text) ? dropFirst(text.utf8CodeUnitCount) : nil }

  /// Whether these are the bytes of the literal.
  @inline(never)
  func matches(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && span.has(text, at: 0) }

  /// Whether these are the bytes of the literal, ASCII letters of either case being equal (field names of RFC 9110 §5.1).
  func matchesIgnoringCase(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && span.has(text, at: 0, folding: 0x20)
  }

  /// Whether the slice begins with the literal.
  func hasPrefix(_ text: StaticString) -> Bool { count >= text.utf8CodeUnitCount && span.has(text, at: 0) }
}

extension Span<UInt8> {
  /// Whether the literal's bytes are at an offset, which must leave room for them. Letters that differ only in the bits of `folding` are
  /// equal.
  @inline(never)
  func has(_ text: StaticString, at offset: Int, folding: UInt8 = 0) -> Bool {
    text.withUTF8Buffer { has($0.span, at: offset, folding: folding) }
  }
}

extension [UInt8] {
  /// Like a slice's.
  @inline(never)
  func matches(_ text: StaticString) -> Bool { self[...].matches(text) }
  func matchesIgnoringCase(_ text: StaticString) -> Bool { self[...].matchesIgnoringCase(text) }
  @inline(never)
  func hasPrefix(_ text: StaticString) -> Bool { self[...].hasPrefix(text) }

  /// Concatenation. The standard library's takes no literal and is inlined at each call.
  @inline(never)
  static func + (text: consuming [UInt8], more: [UInt8]) -> [UInt8] {
    text.append(contentsOf: more)
    return text
  }

  /// The same with a literal.
  @inline(never)
  static func + (text: consuming [UInt8], literal: StaticString) -> [UInt8] {
    text.append(contentsOf: bytes(literal))
    return text
  }

  /// The same in place.
  @inline(never)
  static func += (text: inout [UInt8], literal: StaticString) { text.append(contentsOf: bytes(literal)) }
}
