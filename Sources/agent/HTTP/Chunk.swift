extension ByteBuffer {
  /// A chunk (RFC 9112 §7.1), which is not empty: an empty one would be the last.
  func appendChunk(_ data: ByteBuffer) {
    var digit = Int.bitWidth - 4
    while data.count >> digit == 0 { digit -= 4 }
    while digit >= 0 {
      append(Hex.digit(UInt8(truncatingIfNeeded: data.count >> digit) & 15))
      digit -= 4
    }
    append("\r\n")
    append(data.storage)
    append("\r\n")
  }
}
