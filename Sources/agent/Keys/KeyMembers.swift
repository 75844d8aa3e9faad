/// The members of a JSON object with keys in it that its reader knows by name. What is secret goes straight into locked memory. What
/// is wrong with a member is told behind its name, never with its value.
final class KeyMembers {
  enum Form {
    /// UTF-8; bytes in hex; a key of at most 64 bytes in hex; a key in PEM, at most `Limits.keyPEM` bytes.
    case text, hex, key, pem
  }

  private final class Member {
    let name: StaticString
    let form: Form
    var isGiven = false
    var data: [UInt8] = []
    var secret: Secret?

    init(_ name: StaticString, _ form: Form) {
      self.name = name
      self.form = form
    }
  }

  private var members: [Member] = []

  /// Makes a name known, of which one value may come.
  func know(_ name: StaticString, _ form: Form) { members.append(Member(name, form)) }

  /// Reads an object. Unknown members are passed over.
  func read(_ reader: inout JSONReader) throws(AgentError) {
    var items = try reader.enterObject()
    while let name = try reader.nextMember(&items) {
      if try !read(name, &reader) { try reader.skip() }
    }
  }

  /// Reads a document that is one object.
  func read(document: borrowing Secret) throws(AgentError) {
    var reader = JSONReader(document.source)
    try read(&reader)
    try reader.end()
  }

  /// Reads a member's value; false for a name that is not known.
  func read(_ name: [UInt8], _ reader: inout JSONReader) throws(AgentError) -> Bool {
    for member in members where name.matches(member.name) {
      do throws(AgentError) {
        if member.isGiven { throw .failed("is given twice") }
        member.isGiven = true
        try read(member, &reader)
      } catch {
        throw error.during(member.name)
      }
      return true
    }
    return false
  }

  func has(_ name: StaticString) -> Bool { find(name)?.isGiven ?? false }

  /// Text, or the bytes of hex. Throws `.failed` if there is none.
  func data(_ name: StaticString) throws(AgentError) -> [UInt8] {
    guard let member = find(name), member.isGiven else { throw AgentError.failed("is missing").during(name) }
    return member.data
  }

  /// A key, which the caller has alone then. Throws `.failed` if there is none.
  func take(_ name: StaticString) throws(AgentError) -> Secret {
    guard let secret = find(name)?.secret.take() else { throw AgentError.failed("is missing").during(name) }
    return secret
  }

  private func find(_ name: StaticString) -> Member? {
    let name = bytes(name)
    for member in members where name.matches(member.name) { return member }
    return nil
  }

  private func read(_ member: Member, _ reader: inout JSONReader) throws(AgentError) {
    switch member.form {
    case .text: member.data = try reader.string()
    case .hex:
      guard let data = Hex.decode(try reader.string()) else { throw Self.notHex }
      member.data = data
    case .key: member.secret = try Self.key(&reader)
    case .pem:
      var text = try Secret(capacity: Limits.keyPEM)
      var fits = true
      try reader.string { fits = text.append($0) && fits }
      guard fits else { throw .failed("is too long") }
      member.secret = consume text
    }
  }

  /// One digit after the other goes into locked memory.
  private static func key(_ reader: inout JSONReader) throws(AgentError) -> Secret {
    var key = try Secret(capacity: 64)
    var high: UInt8?
    var isHex = true
    var fits = true
    try reader.string { digit in
      guard let nibble = Hex.value(digit) else {
        isHex = false
        return
      }
      if let first = high {
        fits = key.append(first << 4 | nibble) && fits
        high = nil
      } else {
        high = nibble
      }
    }
    guard isHex, high == nil else { throw notHex }
    guard fits else { throw .failed("has a wrong length") }
    return key
  }

  private static var notHex: AgentError { .failed("is not hex") }
}
