/// The textual encoding of keys and certificates, RFC 7468: base 64 in lines of 64 digits between two marker lines, LF at the ends.
enum PEM {
  /// Bytes in a line.
  private static let line = 48

  static func encode(_ label: StaticString, _ der: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: size(label, der.count))
    write(label, der, der.count, to: &out)
    return out
  }

  /// The text of a key. Throws if memory is short.
  static func encode(_ label: StaticString, _ der: borrowing Secret) throws(AgentError) -> Secret {
    let count = der.count
    var out = try Secret(count: size(label, count))
    der.withUnsafeBytes { from in out.withUnsafeMutableBytes { write(label, from, count, to: $0) } }
    return out
  }

  /// Bytes of text for `count` bytes.
  private static func size(_ label: StaticString, _ count: Int) -> Int {
    2 * label.utf8CodeUnitCount + 32 + (count + 2) / 3 * 4 + (count + line - 1) / line
  }

  private static func write(
    _ label: StaticString, _ der: UnsafePointer<UInt8>, _ count: Int, to out: UnsafeMutablePointer<UInt8>
  ) {
    var at = 0
    func put(_ text: [UInt8]) {
      (out + at).update(from: text, count: text.count)
      at += text.count
    }
    put(marker("-----BEGIN ", label) + bytes("\n"))
    for start in stride(from: 0, to: count, by: line) {
      // the line's end takes the place of the NUL
      at += Base64.write(der + start, min(line, count - start), to: out + at) - 1
      put(bytes("\n"))
    }
    put(marker("-----END ", label) + bytes("\n"))
  }

  /// What stands before and behind a block, without its line end.
  static func marker(_ what: StaticString, _ label: StaticString) -> [UInt8] { bytes(what) + bytes(label) + bytes("-----") }
}
