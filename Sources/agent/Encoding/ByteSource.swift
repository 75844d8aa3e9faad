/// Bytes that a parser reads in place: an array, or locked memory that must not be copied (System's SecretMemory). A class rather than a
/// protocol, so that each parser is compiled once.
class ByteSource {
  /// All the bytes, if they are not secret, for parsers that read an array faster; else empty.
  var plain: [UInt8] { [] }
  var count: Int { 0 }
  /// The byte at an offset below `count`; anything else traps.
  subscript(offset: Int) -> UInt8 { 0 }
}

final class ArraySource: ByteSource {
  private let data: [UInt8]

  init(_ data: [UInt8]) { self.data = data }

  override var plain: [UInt8] { data }
  override var count: Int { data.count }
  override subscript(offset: Int) -> UInt8 { data[offset] }
}
