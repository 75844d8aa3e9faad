// A message that a child has read is written down for its parent, in protobuf's form, by the declaration that reads it.

extension FieldReader {
  /// Whether a field has been written down.
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
