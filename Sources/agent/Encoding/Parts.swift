// Runs of bytes, each with its length in front, in four bytes.

extension ByteBuffer {
  /// Each with its length in front.
  func append(parts: [[UInt8]]) {
    for part in parts {
      appendLittle(UInt64(part.count), 4)
      append(part)
    }
  }
}

extension LittleEndianReader {
  /// So many parts, and nothing behind them.
  static func parts(_ count: Int, of data: [UInt8]) -> [[UInt8]]? {
    var reader = LittleEndianReader(data)
    guard let parts = reader.parts(count), reader.remaining == 0 else { return nil }
    return parts
  }

  /// So many parts, each with its length in front.
  mutating func parts(_ count: Int) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    while parts.count < count {
      guard let size = uint32(), let part = take(size) else { return nil }
      parts.append(Array(part))
    }
    return parts
  }
}
