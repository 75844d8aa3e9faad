/// A literal: a pointer to its UTF-8 bytes, which end in a NUL, and their count. It replaces Swift's own in this module, which has a third
/// word to mark another representation: 24 bytes for each text in a table, and one more argument in each of a thousand calls.
struct StaticString: ExpressibleByStringLiteral, @unchecked Sendable {
  let utf8Start: UnsafePointer<UInt8>
  let utf8CodeUnitCount: Int

  @inline(__always)
  init(stringLiteral text: Swift.StaticString) {
    utf8Start = text.utf8Start
    utf8CodeUnitCount = text.utf8CodeUnitCount
  }

  @inline(__always)
  func withUTF8Buffer<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    body(UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
  }

  /// Calls `body` with each UTF-8 byte.
  @inline(never)
  func forEachByte(_ body: (UInt8) -> Void) { withUTF8Buffer { for byte in $0 { body(byte) } } }
}
