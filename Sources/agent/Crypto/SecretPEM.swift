extension PEM {
  /// The text of a key. Throws if memory is short.
  static func encode(_ label: StaticString, _ der: borrowing Secret) throws(AgentError) -> Secret {
    var out = try Secret(capacity: size(label, der.count))
    var fits = true
    write(label, der.source) { fits = out.append($0) && fits }
    precondition(fits)
    return out
  }

  /// The first block with this label. Throws `.invalid` if there is none or it is not well-formed.
  static func decode(_ label: StaticString, _ text: borrowing Secret) throws(AgentError) -> Secret {
    var out = try Secret(capacity: text.count)
    var fits = true
    try read(label, text.source) { fits = out.append($0) && fits }
    precondition(fits)
    return out
  }
}
