import CMbedTLS

extension PEM {
  /// The content of the first block with one of the labels, in locked memory; earlier labels take precedence. Text around the block is
  /// ignored. Every base 64 digit takes the same path: none is a dash, with which a marker begins, and Mbed TLS uses no lookup table.
  /// Throws `.invalid` if there is no such block or it is malformed.
  static func read(_ labels: StaticString..., in text: UnsafePointer<UInt8>, _ count: Int) throws(AgentError) -> Secret {
    let text = UnsafeBufferPointer(start: text, count: count)
    for label in labels {
      guard let begin = find(marker("-----BEGIN ", label), text, from: 0),
        let end = find(marker("-----END ", label), text, from: begin.upperBound)
      else { continue }
      let digits = UnsafeBufferPointer(rebasing: text[begin.upperBound..<end.lowerBound])
      guard digits.first == UInt8(ascii: "\n") || digits.first == UInt8(ascii: "\r") else { throw malformed }
      // this call only determines the size
      var (count, written) = (0, 0)
      guard mbedtls_base64_decode(nil, 0, &count, digits.baseAddress, digits.count) == MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL
      else { throw malformed }
      var out = try Secret(count: count)
      let rc = out.withUnsafeMutableBytes { mbedtls_base64_decode($0, count, &written, digits.baseAddress, digits.count) }
      guard rc == 0, written == count else { throw malformed }
      return out
    }
    throw .invalid("no PEM block of the expected type")
  }

  /// Throws `.invalid` if a text holds more than one block, whatever their labels.
  static func checkSingle(_ text: [UInt8]) throws(AgentError) {
    let begin = bytes("-----BEGIN ")
    let second = text.withUnsafeBufferPointer { text in
      find(begin, text, from: 0).flatMap { find(begin, text, from: $0.upperBound) }
    }
    if second != nil { throw .invalid("more than one PEM block") }
  }

  /// The range of a marker, at or after `from`.
  private static func find(_ marker: [UInt8], _ text: UnsafeBufferPointer<UInt8>, from: Int) -> Range<Int>? {
    var start = from
    while marker.count <= text.count - start {
      if text[start..<start + marker.count].elementsEqual(marker) { return start..<start + marker.count }
      start += 1
    }
    return nil
  }

  private static var malformed: AgentError { .invalid("malformed PEM") }
}
