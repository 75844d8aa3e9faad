/// A line of a file of vectors: `operation input… = output…`. A field is hex digits, `-` for no bytes, or text between
/// apostrophes, the last of which is followed by a space or the end of the line. `= refused` stands for inputs that must be
/// refused.
struct CheckVector {
  let operation: CheckOperation
  let inputs: CheckInputs
  /// Nil if the operation must refuse its inputs.
  let outputs: [[UInt8]]?

  /// Nil for a line of any other form.
  init?(_ line: ArraySlice<UInt8>) {
    var rest = line
    let operation = Self.word(&rest)
    guard let inputs = Self.fields(&rest), !rest.isEmpty else { return nil }
    self.operation = CheckOperation(name: Array(operation))
    self.inputs = CheckInputs(inputs)
    _ = Self.word(&rest)
    if rest.matches("refused") {
      outputs = nil
      return
    }
    guard let outputs = Self.fields(&rest), rest.isEmpty else { return nil }
    self.outputs = outputs
  }

  /// Takes the fields up to a `=` or the end.
  private static func fields(_ rest: inout ArraySlice<UInt8>) -> [[UInt8]]? {
    var fields: [[UInt8]] = []
    while let first = rest.first, first != UInt8(ascii: "=") {
      if first == UInt8(ascii: "'") {
        guard let text = text(&rest) else { return nil }
        fields.append(text)
        continue
      }
      let word = word(&rest)
      if word.matches("-") {
        fields.append([])
      } else {
        guard let data = Hex.decode(word) else { return nil }
        fields.append(data)
      }
    }
    return fields
  }

  /// Takes the bytes up to the next space, and that space.
  private static func word(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end = rest.firstIndex(of: 0x20) ?? rest.endIndex
    let word = rest[..<end]
    rest = rest[end...].dropFirst()
    return word
  }

  private static func text(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    let start = rest.startIndex + 1
    for end in start..<rest.endIndex where rest[end] == UInt8(ascii: "'") && (end + 1 == rest.endIndex || rest[end + 1] == 0x20)
    {
      let text = Array(rest[start..<end])
      rest = rest[(end + 1)...].dropFirst()
      return text
    }
    return nil
  }
}

/// What to do with a vector's inputs.
struct CheckOperation {
  let name: [UInt8]

  static func ~= (name: StaticString, operation: CheckOperation) -> Bool { operation.name.matches(name) }
}

/// A vector's inputs. One that is missing counts as empty.
struct CheckInputs {
  let all: [[UInt8]]

  init(_ all: [[UInt8]]) { self.all = all }

  subscript(index: Int) -> [UInt8] { index < all.count ? all[index] : [] }

  func secret(_ index: Int) throws(AgentError) -> Secret { try Secret(copying: self[index]) }

  /// A number in decimal.
  func number(_ index: Int) throws(AgentError) -> UInt64 {
    guard let number = parseDecimal(self[index]) else { throw .invalid("is not a number") }
    return number
  }

  /// The inputs from `index` on.
  func from(_ index: Int) -> [[UInt8]] { Array(all.dropFirst(index)) }
}

/// Makes outputs.
enum CheckOutput {
  /// Turns nil, by which some operations refuse, into an error.
  static func given(_ output: [UInt8]?) throws(AgentError) -> [UInt8] {
    guard let output else { throw .invalid("is refused") }
    return output
  }

  /// The bytes of a secret, which is only a test's.
  static func open(_ secret: borrowing Secret) -> [UInt8] {
    var data: [UInt8] = []
    for offset in 0..<secret.count { data.append(secret[offset]) }
    return data
  }

  static func flag(_ value: Bool) -> [UInt8] { [value ? 1 : 0] }
}
