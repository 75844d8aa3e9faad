/// The methods of one listener, by name.
struct Service {
  /// Does the call: replies or fails before it returns or later; throws to fail at once.
  typealias Method = (Call) throws(AgentError) -> Void

  private var methods: [(name: StaticString, run: Method)] = []

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

  /// Clients of upstream look for the method's name in this text. It is repeated only if it could be one.
  private func notFound(_ name: [UInt8]) -> AgentError {
    guard (1...64).contains(name.count),
      name.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") })
    else {
      return .notFound("Service not found")
    }
    let text = bytes("Service not found")
    return AgentError(.notFound, text + bytes(": ") + name, quotesFrom: text.count)
  }
}
