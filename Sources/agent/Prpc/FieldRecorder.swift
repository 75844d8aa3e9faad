// Records a message that a child has read for its parent: as protobuf, driven by the same declaration that reads it.

extension FieldReader {
  /// Records the field if this reader records; returns whether it does.
  func writes(_ tag: UInt32, _ value: [UInt8]) -> Bool {
    if out != nil, !value.isEmpty { write(tag, value, Limits.argument) }
    return out != nil
  }

  func writes(_ tag: UInt32, _ value: UInt64?) -> Bool {
    if let out, let value {
      out.appendKey(tag, .varint)
      out.appendVarint(value)
    }
    return out != nil
  }

  func writes(_ tag: UInt32, _ value: [[UInt8]]) -> Bool {
    if out != nil {
      for element in value.prefix(Limits.arguments) { write(tag, element, Limits.listedArgument) }
    }
    return out != nil
  }

  private func write(_ tag: UInt32, _ value: [UInt8], _ limit: Int) {
    let value = value.prefix(limit)
    out?.appendKey(tag, .delimited)
    out?.appendVarint(UInt64(value.count))
    out?.append(value)
  }
}
