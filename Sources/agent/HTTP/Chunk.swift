extension ByteBuffer {
  /// Appends a chunk (RFC 9112 §7.1). `data` must not be empty: an empty chunk would be the last.
  func appendChunk(_ data: ByteBuffer) {
    append(Hex.digits(data.count))
    append("\r\n")
    append(data.storage)
    append("\r\n")
  }
}
