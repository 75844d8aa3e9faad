extension ByteBuffer {
  /// A chunk (RFC 9112 §7.1), which is not empty: an empty one would be the last.
  func appendChunk(_ data: ByteBuffer) {
    append(Hex.digits(data.count))
    append("\r\n")
    append(data.storage)
    append("\r\n")
  }
}
