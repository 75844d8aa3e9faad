/// Bytes that a parser reads in place: an array, or locked memory that must not be copied.
protocol ByteSource: ~Copyable {
  var count: Int { get }
  /// The byte at an offset below `count`; anything else traps.
  subscript(offset: Int) -> UInt8 { get }
}

extension Array: ByteSource where Element == UInt8 {}
