/// Questions to and answers of a name server (RFC 1035 §4), for addresses only.
enum DNSMessage {
  /// Record types.
  static let a: UInt8 = 1
  static let aaaa: UInt8 = 28
  private static let headSize = 12

  /// A question for the records of one type of a name, without a dot at its end; `id` is two bytes. Nil for a name that the DNS cannot
  /// have.
  static func question(_ name: [UInt8], type: UInt8, id: [UInt8]) -> [UInt8]? {
    // recursion is desired; one question
    var out = id + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    var start = 0
    while start <= name.count {
      var end = start
      while end < name.count, name[end] != UInt8(ascii: ".") { end += 1 }
      guard end > start, end - start <= 63 else { return nil }
      out.append(UInt8(truncatingIfNeeded: end - start))
      out += name[start..<end]
      start = end + 1
    }
    // the root, the type, the class IN
    out += [0, 0, type, 0, 1]
    return out.count <= headSize + 255 + 4 ? out : nil
  }

  /// Whether a message answers the question, with whatever result.
  static func isAnswer(_ message: [UInt8], to question: [UInt8]) -> Bool {
    guard message.count >= question.count, message[0] == question[0], message[1] == question[1], message[2] & 0x80 != 0 else {
      return false
    }
    for offset in headSize..<question.count where message[offset] != question[offset] { return false }
    return true
  }

  /// The addresses in an answer, each in network order, at most `Limits.nameAddresses`; nil for one that tells of an error. What comes
  /// behind something malformed is left out. Whose they are does not matter: behind an alias come those of what it stands for.
  static func addresses(_ message: [UInt8], to question: [UInt8]) -> [[UInt8]]? {
    guard message[3] & 0x0f == 0 else { return nil }
    let type = question[question.count - 3]
    var found: [[UInt8]] = []
    var position = question.count
    var left = Int(message[6]) << 8 | Int(message[7])
    while left > 0, found.count < Limits.nameAddresses, let start = endOfName(message, position), message.count - start >= 10 {
      let size = Int(message[start + 8]) << 8 | Int(message[start + 9])
      position = start + 10 + size
      guard position <= message.count else { break }
      if message[start] == 0, message[start + 1] == type, message[start + 2] == 0, message[start + 3] == 1,
        size == (type == a ? 4 : 16)
      {
        found.append(Array(message[(start + 10)..<position]))
      }
      left -= 1
    }
    return found
  }

  /// Where a name ends: labels, and a zero or a pointer to more.
  private static func endOfName(_ message: [UInt8], _ start: Int) -> Int? {
    var position = start
    while position < message.count {
      let length = Int(message[position])
      if length == 0 { return position + 1 }
      // a pointer has two bytes; the kinds between were never made
      if length >= 0xc0 { return position + 2 }
      if length > 63 { return nil }
      position += 1 + length
    }
    return nil
  }
}
