extension Secret {
  /// Appends bytes that are not secret; false if they do not fit.
  mutating func append(_ data: [UInt8]) -> Bool {
    for byte in data where !append(byte) { return false }
    return true
  }

  /// Appends a range of another's bytes; false if they do not fit.
  mutating func append(_ other: SecretMemory, _ range: Range<Int>) -> Bool {
    for offset in range where !append(other[offset]) { return false }
    return true
  }
}
