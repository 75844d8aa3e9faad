/// The members of a JSON object, read by name. A member that is `null` counts as absent. Reading does not throw: the first error is kept,
/// after the names of the members that lead to it, and thrown by `finish`, which every reader must call before it uses a value.
final class JSONObject {
  private final class Member {
    let name: [UInt8]
    /// Where the value begins; it has been scanned to its end once.
    let value: Int
    var isAsked = false
    /// The value, if it was read as an object.
    var object: JSONObject?

    init(_ name: [UInt8], _ value: Int) { (self.name, self.value) = (name, value) }
  }

  /// The first error in a document, shared by all its objects.
  private final class Failure {
    var error: AgentError?
    /// Where the member is that was asked for last, or where the text is malformed.
    var place = 0
    /// Where the error is; without one, where the first member is that `unasked` has found.
    var first: Int?
  }

  /// The error for a member that nobody reads, in strict documents.
  static let unknownMember: StaticString = "has a member that this agent does not know"

  private let source: ByteSource
  private var members: [Member] = []
  /// The error for members that nobody reads; nil if they are allowed.
  private let foreign: StaticString?
  private let failure: Failure
  /// The names of the members that lead here from the document's root.
  private let path: [StaticString]

  /// A whole document.
  convenience init(_ source: ByteSource, foreign: StaticString? = nil) {
    var reader = JSONReader(source)
    self.init(&reader, foreign: foreign)
    do throws(AgentError) { try reader.end() } catch {
      failure.place = reader.position
      keep(error)
    }
  }

  @inline(never)
  convenience init(_ text: [UInt8], foreign: StaticString? = nil) { self.init(ArraySource(text), foreign: foreign) }

  /// A whole document; an empty text counts as an empty object.
  convenience init(ifAny text: [UInt8]) { self.init(text.isEmpty ? bytes("{}") : text) }

  /// The object that comes next; unless there is an error, the reader is left after it.
  convenience init(_ reader: inout JSONReader, foreign: StaticString? = nil) {
    self.init(&reader, foreign, Failure(), [])
  }

  @inline(never)
  private init(_ reader: inout JSONReader, _ foreign: StaticString?, _ failure: Failure, _ path: [StaticString]) {
    source = reader.source
    self.foreign = foreign
    self.failure = failure
    self.path = path
    do throws(AgentError) {
      try collect(&reader)
    } catch {
      members = []
      failure.place = reader.position
      keep(error)
    }
  }

  var count: Int { members.count }

  /// Dotted names of the members that nobody has read, in the text's order.
  func unasked(_ section: [UInt8] = []) -> [[UInt8]] {
    var names: [[UInt8]] = []
    for member in members {
      if let object = member.object {
        names += object.unasked(section + member.name + ".")
      } else if !member.isAsked {
        names.append(section + member.name)
        failure.first = failure.first ?? member.value
      }
    }
    return names
  }

  /// The line, from 1, of the document's first error; without one, of the first member that `unasked` has found. `text` is the document.
  func line(in text: [UInt8]) -> Int {
    var line = 1
    for byte in text.prefix(failure.first ?? 0) where byte == UInt8(ascii: "\n") { line += 1 }
    return line
  }

  /// Throws the first error, here or in an object within.
  func finish() throws(AgentError) {
    refuseForeign()
    if let error = failure.error { throw error }
  }

  /// Keeps an error if any member is given twice, for documents that others read too. Names are compared after unescaping; members of
  /// members are not checked.
  func refuseRepeated() {
    for index in members.indices where members[..<index].contains(where: { $0.name == members[index].name }) {
      keep(.invalid("a member is given twice"))
    }
  }

  /// Keeps an error about a member, unless there is one already.
  @inline(never)
  func fail(_ name: StaticString, _ text: StaticString) { keep(AgentError.invalid(text).during(name)) }

  /// The same for callers that stop there. Returns the first error.
  @inline(never)
  func firstError(_ name: StaticString, _ text: StaticString) -> AgentError {
    fail(name, text)
    return failure.error ?? .invalid(text)
  }

  /// Keeps the error that a required member is missing. The value returned stands in until `finish` throws.
  @inline(never)
  func missing(_ name: StaticString) -> [UInt8] {
    fail(name, "is missing")
    return []
  }

  /// UTF-8; nil if there is no such member.
  @inline(never)
  func text(_ name: StaticString) -> [UInt8]? { read(name) { (reader) throws(AgentError) in try reader.string() } }

  @inline(never)
  func flag(_ name: StaticString) -> Bool? { read(name) { (reader) throws(AgentError) in try reader.bool() } }

  func number(_ name: StaticString) -> UInt64? { read(name) { (reader) throws(AgentError) in try reader.unsigned() } }

  func texts(_ name: StaticString) -> [[UInt8]]? {
    read(name) { (reader) throws(AgentError) in
      var texts: [[UInt8]] = []
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) { texts.append(try reader.string()) }
      return texts
    }
  }

  /// The UTF-8 of a secret string.
  func secret(_ name: StaticString) -> ByteBuffer? {
    read(name) { (reader) throws(AgentError) in
      let value = ByteBuffer()
      try reader.string { value.append($0) }
      return value
    }
  }

  /// Bytes in hex, with or without `0x`.
  func hex(_ name: StaticString) -> [UInt8]? { text(name).map { decode($0, name) } }

  func hexList(_ name: StaticString) -> [[UInt8]]? { texts(name)?.map { decode($0, name) } }

  /// Errors in the object are thrown by `finish` of this one.
  func object(_ name: StaticString, foreign: StaticString? = nil) -> JSONObject? {
    guard let member = find(name), var reader = value(name) else { return nil }
    let object = JSONObject(&reader, foreign, failure, path + [name])
    member.object = object
    return object
  }

  /// Whether a member's value is a string.
  func isText(_ name: StaticString) -> Bool {
    guard var reader = value(name) else { return false }
    return reader.peek() == UInt8(ascii: "\"")
  }

  /// Whether a member is present, even as `null`.
  func has(_ name: StaticString) -> Bool { find(name) != nil }

  /// Whether a member is present and is `null`, for the few that must not be.
  func isNull(_ name: StaticString) -> Bool {
    guard let member = find(name) else { return false }
    return isNull(member)
  }

  /// A reader at a member's value; nil if there is no such member.
  func value(_ name: StaticString) -> JSONReader? {
    guard let member = find(name), !isNull(member) else { return nil }
    return JSONReader(source, at: member.value)
  }

  /// A member's value as `body` reads it; nil if there is no such member.
  func read<Value: ~Copyable>(
    _ name: StaticString, _ body: (inout JSONReader) throws(AgentError) -> Value
  ) -> Value? {
    var value: Value?
    stand(at: name) { (reader) throws(AgentError) in value = try body(&reader) }
    return value
  }

  // Not generic, so that it is compiled only once.
  @inline(never)
  private func stand(at name: StaticString, _ body: (inout JSONReader) throws(AgentError) -> Void) {
    guard var reader = value(name) else { return }
    do throws(AgentError) { try body(&reader) } catch { keep(error.during(name)) }
  }

  private func collect(_ reader: inout JSONReader) throws(AgentError) {
    var items = try reader.enterObject()
    while let name = try reader.nextMember(&items) {
      guard members.count < Limits.jsonMembers else { throw .invalid("a JSON object has more than 1024 members") }
      members.append(Member(name, reader.position))
      try reader.skip()
    }
  }

  /// The member of that name, which now counts as read.
  private func find(_ name: StaticString) -> Member? {
    var found: Member?
    for member in members where member.name.matches(name) {
      member.isAsked = true
      failure.place = member.value
      if found != nil { fail(name, "is given twice") }
      found = member
    }
    return found
  }

  private func isNull(_ member: Member) -> Bool {
    var reader = JSONReader(source, at: member.value)
    // `n` begins no other value
    return reader.peek() == UInt8(ascii: "n")
  }

  private func decode(_ text: [UInt8], _ name: StaticString) -> [UInt8] {
    if let data = Hex.decode(text.hasPrefix("0x") ? text[2...] : text[...]) { return data }
    fail(name, "is not hex")
    return []
  }

  private func refuseForeign() {
    for member in members {
      member.object?.refuseForeign()
      if let foreign, !member.isAsked { keep(.invalid(foreign)) }
    }
  }

  @inline(never)
  private func keep(_ error: AgentError) {
    if failure.error != nil { return }
    failure.first = failure.place
    var error = error
    for name in path.reversed() { error = error.during(name) }
    failure.error = error
  }
}
