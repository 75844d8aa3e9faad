import CMbedTLS

extension PEM {
  /// Calls `body` with what a block of a text holds: the first block with the first of the labels that the text has. What is around it
  /// is passed over. `text` ends with a NUL. Mbed TLS reads it into the ordinary heap, and wipes that. Throws `.invalid` if there is no
  /// such block or it is not well-formed.
  static func read<R: ~Copyable>(
    _ labels: StaticString..., in text: UnsafePointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws(AgentError) -> R
  ) throws(AgentError) -> R {
    var block = mbedtls_pem_context()
    mbedtls_pem_init(&block)
    defer { mbedtls_pem_free(&block) }
    var rc = MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT
    for label in labels where rc == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT {
      let begin = bytes("-----BEGIN ") + bytes(label) + bytes("-----\0")
      let end = bytes("-----END ") + bytes(label) + bytes("-----\0")
      var taken = 0
      rc = begin.withUnsafeBytes { begin in
        end.withUnsafeBytes { end in
          let (begin, end) = (begin.bindMemory(to: CChar.self).baseAddress, end.bindMemory(to: CChar.self).baseAddress)
          return mbedtls_pem_read_buffer(&block, begin, end, text, nil, 0, &taken)
        }
      }
    }
    guard rc != MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT else { throw .invalid("no PEM block of the kind expected") }
    guard rc == 0 else { throw .invalid("malformed PEM") }
    var count = 0
    let start = mx_pem_content(&block, &count)
    return try body(UnsafeBufferPointer(start: start, count: count))
  }
}
