import CSystem

/// A literal: a pointer to its UTF-8 bytes, which end in a NUL and have none among them. It replaces Swift's own in this module, which also
/// has their count and a word to mark another representation: two more arguments in each of two thousand calls.
struct StaticString: ExpressibleByStringLiteral, @unchecked Sendable {
  let utf8Start: UnsafePointer<UInt8>

  @inline(__always)
  init(stringLiteral text: Swift.StaticString) {
    utf8Start = text.utf8Start
    assert(utf8CodeUnitCount == text.utf8CodeUnitCount, "a NUL in a literal")
  }

  /// Counted anew each time.
  var utf8CodeUnitCount: Int {
    @inline(__always) get { strlen(UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)) }
  }

  @inline(__always)
  func withUTF8Buffer<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    body(UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
  }

  /// Calls `body` with each UTF-8 byte.
  @inline(never)
  func forEachByte(_ body: (UInt8) -> Void) { withUTF8Buffer { for byte in $0 { body(byte) } } }
}
