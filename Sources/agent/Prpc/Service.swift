/// The methods of one listener, by name.
struct Service {
  /// Does the call: replies or fails before it returns or later; throws to fail at once.
  typealias Method = (Call) throws(AgentError) -> Void

  private var methods: [(name: StaticString, run: Method)] = []

  @inline(never)
  mutating func add(_ name: StaticString, _ run: @escaping Method) { methods.append((name, run)) }

  /// `prefix` in front of the method's name means nothing, however often it stands there.
  func answer(_ exchange: Exchange, method given: [UInt8], prefix: StaticString = "") {
    let call = Call(exchange)
    var name = given[...]
    while prefix.utf8CodeUnitCount > 0, name.hasPrefix(prefix) { name = name.dropFirst(prefix.utf8CodeUnitCount) }
    guard let method = methods.first(where: { name.matches($0.name) }) else { return call.fail(notFound(given)) }
    switch exchange.request.method {
    case .get, .post: break
    default: return exchange.answer(.methodNotAllowed("GET, POST"))
    }
    do throws(AgentError) {
      try method.run(call)
    } catch {
      call.fail(error)
    }
  }

  /// Clients of upstream look for the method's name in this text. It is repeated if it is short, printable, and nothing to a browser.
  private func notFound(_ name: [UInt8]) -> AgentError {
    let isHarmless = name.allSatisfy { 0x21...0x7e ~= $0 && !bytes("\"&'<>\\").contains($0) }
    guard (1...Limits.quotedName).contains(name.count), isHarmless else { return .notFound("Service not found") }
    let text = bytes("Service not found")
    return AgentError(.notFound, text + bytes(": ") + name, quotesFrom: text.count)
  }
}
