/// The textual encoding of keys and certificates (RFC 7468): base 64 in lines of 64 digits between two marker lines, with LF line ends.
enum PEM {
  /// Bytes per line.
  fileprivate static let line = 48

  static func encode(_ label: StaticString, _ der: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: size(label, der.count))
    write(label, der, der.count, to: &out)
    return out
  }

  /// The text of a body that may be long.
  static func body(_ label: StaticString, _ der: BodyReader) -> BodyReader {
    let out = ByteBuffer(holding: marker("-----BEGIN ", label) + "\n")
    out.insert(PEMLines(der))
    out.append(marker("-----END ", label) + "\n")
    return JoinedBody(out)
  }

  /// The text of a key. Throws if memory is short.
  static func encode(_ label: StaticString, _ der: borrowing Secret) throws(AgentError) -> Secret {
    let count = der.count
    var out = try Secret(count: size(label, count))
    der.withUnsafeBytes { from in out.withUnsafeMutableBytes { write(label, from, count, to: $0) } }
    return out
  }

  /// Bytes of text for `count` bytes of DER.
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
    put(marker("-----BEGIN ", label) + "\n")
    for start in stride(from: 0, to: count, by: line) {
      // the LF overwrites the NUL
      at += Base64.write(der + start, min(line, count - start), to: out + at) - 1
      put(bytes("\n"))
    }
    put(marker("-----END ", label) + "\n")
  }

  /// The line before or after a block, without its line end.
  @inline(never)
  static func marker(_ what: StaticString, _ label: StaticString) -> [UInt8] { bytes(what) + label + "-----" }
}

/// The lines between the markers.
final class PEMLines: BodyReader {
  private let der: BodyReader
  /// Bytes that do not fill a line yet.
  private var rest: [UInt8] = []

  init(_ der: BodyReader) {
    self.der = der
    let (count, lines) = (der.remaining, (der.remaining + PEM.line - 1) / PEM.line)
    var size = TextSize((count + 2) / 3 * 4 + lines)
    // one escape per line end
    size.json += lines
    super.init(size.plain, size)
  }

  override func copy() -> BodyReader { PEMLines(der.copy()) }

  override func describe(to recipe: BodyRecipe) {
    recipe.append(.lines)
    der.describe(to: recipe)
    recipe.append(.end)
  }

  override func next(_ room: Int, to out: ByteBuffer) -> Bool {
    if der.remaining == 0 { return false }
    let part = ByteBuffer(holding: rest)
    der.read(upTo: max(1, room / 65) * PEM.line - rest.count, into: part)
    let bytes = part.storage
    let whole = der.remaining == 0 ? bytes.count : bytes.count / PEM.line * PEM.line
    for start in stride(from: 0, to: whole, by: PEM.line) {
      Base64.append(bytes[start..<min(start + PEM.line, whole)], to: out)
      out.append("\n")
    }
    rest = Array(bytes[whole...])
    return true
  }
}
