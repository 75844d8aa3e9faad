// Runs of bytes, each after its length in four bytes.

extension ByteBuffer {
  /// Appends each after its length.
  func append(parts: [[UInt8]]) {
    for part in parts {
      appendLittle(UInt64(part.count), 4)
      append(part)
    }
  }
}

extension LittleEndianReader {
  /// Exactly `count` parts, with nothing after them.
  static func parts(_ count: Int, of data: [UInt8]) -> [[UInt8]]? {
    var reader = LittleEndianReader(data)
    guard let parts = reader.parts(count), reader.remaining == 0 else { return nil }
    return parts
  }

  /// The next `count` parts.
  mutating func parts(_ count: Int) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    while parts.count < count {
      guard let size = uint32(), let part = take(size) else { return nil }
      parts.append(Array(part))
    }
    return parts
  }
}
