/// The members of a JSON object that its reader knows by name; the others are passed over. Reading them throws nothing: the first thing
/// that is wrong is kept, told behind the member's name, and thrown by `finish`, which every reader calls before it uses a value.
final class JSONObject {
  private let text: ByteSource
  private let known: [StaticString]
  /// Where the value of each known member begins; 0, where no value can begin, for those that are not there.
  private var offsets: [Int]
  private var failure: AgentError?
  /// The object of which this one is a member, and the member's name: it keeps what is wrong here.
  private let parent: JSONObject?
  private let name: StaticString

  /// A whole document. None of the known members may come twice; what is wrong with others is `foreign`, nothing if that is nil.
  convenience init(_ text: [UInt8], foreign: StaticString? = nil, known: [StaticString]) {
    self.init(ArraySource(text), foreign: foreign, known: known)
  }

  /// The object that begins at an offset above 0 of a document.
  convenience init(_ text: [UInt8], at offset: Int, known: [StaticString]) {
    self.init(ArraySource(text), at: offset, foreign: nil, known: known)
  }

  init(
    _ text: ByteSource, at offset: Int = 0, foreign: StaticString?, known: [StaticString], parent: JSONObject? = nil,
    name: StaticString = ""
  ) {
    self.text = text
    self.known = known
    self.parent = parent
    self.name = name
    offsets = [Int](repeating: 0, count: known.count)
    do throws(AgentError) { try collect(offset, foreign) } catch { keep(error) }
  }

  /// Throws what was wrong first.
  func finish() throws(AgentError) { if let failure { throw failure } }

  /// Keeps what is wrong with a member, unless something was wrong before.
  func fail(_ name: StaticString, _ text: StaticString) { fail(name, .invalid(text)) }

  /// Keeps that a member is needed; its value until `finish` throws.
  func missing(_ name: StaticString) -> [UInt8] {
    fail(name, "is missing")
    return []
  }

  /// UTF-8; nil if there is no such member. `orNull`: `null` stands for no member.
  func text(_ name: StaticString, orNull: Bool = false) -> [UInt8]? {
    let offset = offset(name, orNull)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    do throws(AgentError) { return try reader.string() } catch { fail(name, error) }
    return nil
  }

  /// The UTF-8 of a string that is a secret.
  func secret(_ name: StaticString) -> ByteBuffer? {
    let offset = offset(name, false)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    let value = ByteBuffer()
    do throws(AgentError) { try reader.string { value.append($0) } } catch { fail(name, error) }
    return value
  }

  func flag(_ name: StaticString, orNull: Bool = false) -> Bool? {
    let offset = offset(name, orNull)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    do throws(AgentError) { return try reader.bool() } catch { fail(name, error) }
    return nil
  }

  func number(_ name: StaticString) -> UInt64? {
    let offset = offset(name, false)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    do throws(AgentError) { return try reader.unsigned() } catch { fail(name, error) }
    return nil
  }

  func texts(_ name: StaticString, orNull: Bool = false) -> [[UInt8]]? {
    let offset = offset(name, orNull)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    var texts: [[UInt8]] = []
    do throws(AgentError) {
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) { texts.append(try reader.string()) }
    } catch {
      fail(name, error)
    }
    return texts
  }

  /// Where the elements of an array begin.
  func elements(_ name: StaticString) -> [Int]? {
    let offset = offset(name, false)
    if offset == 0 { return nil }
    var reader = JSONReader(text, at: offset)
    var offsets: [Int] = []
    do throws(AgentError) {
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) {
        offsets.append(reader.position)
        try reader.skip()
      }
    } catch {
      fail(name, error)
    }
    return offsets
  }

  /// Bytes in hex, with or without `0x`.
  func hex(_ name: StaticString, orNull: Bool = false) -> [UInt8]? {
    guard let text = text(name, orNull: orNull) else { return nil }
    return decode(text, name)
  }

  func hexList(_ name: StaticString, orNull: Bool = false) -> [[UInt8]]? {
    guard var list = texts(name, orNull: orNull) else { return nil }
    for index in list.indices { list[index] = decode(list[index], name) }
    return list
  }

  /// What is wrong in the object is thrown by `finish` of this one.
  func object(
    _ name: StaticString, orNull: Bool = false, foreign: StaticString? = nil, known: [StaticString]
  ) -> JSONObject? {
    let offset = offset(name, orNull)
    return offset == 0 ? nil : JSONObject(text, at: offset, foreign: foreign, known: known, parent: self, name: name)
  }

  /// Whether a member's value is a string.
  func isText(_ name: StaticString) -> Bool {
    let offset = offset(name, false)
    return offset > 0 && text[offset] == UInt8(ascii: "\"")
  }

  private func collect(_ start: Int, _ foreign: StaticString?) throws(AgentError) {
    var reader = JSONReader(text, at: start)
    var members = try reader.enterObject()
    while let member = try reader.nextMember(&members) {
      var index = 0
      while index < known.count, !member.matches(known[index]) { index += 1 }
      // behind the white space
      _ = reader.peek()
      if index < known.count {
        if offsets[index] > 0 { throw AgentError.invalid("is given twice").during(known[index]) }
        offsets[index] = reader.position
      } else if let foreign {
        throw .invalid(foreign)
      }
      try reader.skip()
    }
    if start == 0 { try reader.end() }
  }

  /// Where a member's value begins; 0 if it is not there.
  private func offset(_ name: StaticString, _ orNull: Bool) -> Int {
    let wanted = bytes(name)
    for index in known.indices where wanted.matches(known[index]) {
      let offset = offsets[index]
      // `n` begins no other value
      return orNull && offset > 0 && text[offset] == UInt8(ascii: "n") ? 0 : offset
    }
    return 0
  }

  private func decode(_ text: [UInt8], _ name: StaticString) -> [UInt8] {
    if let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) { return data }
    fail(name, "is not hex")
    return []
  }

  private func fail(_ name: StaticString, _ error: AgentError) { keep(error.during(name)) }

  private func keep(_ error: AgentError) {
    if let parent {
      parent.fail(name, error)
    } else if failure == nil {
      failure = error
    }
  }
}
