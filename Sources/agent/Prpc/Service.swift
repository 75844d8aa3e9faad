/// Methods by name.
final class Service {
  /// Runs the call: replies or fails before it returns, or later; throws to fail at once.
  typealias Method = (Call) throws(AgentError) -> Void

  /// One of the methods. A class, because a closure is wrapped again each time it is read from an array of values.
  final class Entry {
    fileprivate let name: StaticString
    private let large: LargeBody
    private let run: Method
    private let largeCalls: LargeCalls?
    private let caller: Peer?

    fileprivate init(_ name: StaticString, _ large: LargeBody, _ service: Service, _ run: @escaping Method) {
      (self.name, self.large, self.run) = (name, large, run)
      (largeCalls, caller) = (service.largeCalls, service.caller)
    }

    /// Answers a call.
    func answer(_ exchange: Exchange) {
      switch exchange.request.method {
      case .get, .post: break
      default: return exchange.answer(.methodNotAllowed("GET, POST"))
      }
      let call = Call(exchange)
      if let largeCalls, large != .ignored, call.isLarge {
        largeCalls.add(call, by: caller ?? call.peer, large, run)
      } else {
        call.run(run)
      }
    }
  }

  private var methods: [Entry] = []
  /// Nil where large bodies are handled like small ones.
  private let largeCalls: LargeCalls?
  /// The peer that all callers count as when large calls take turns; nil if each counts as itself.
  private let caller: Peer?

  init(_ largeCalls: LargeCalls? = nil, as caller: Peer? = nil) {
    self.largeCalls = largeCalls
    self.caller = caller
  }

  @inline(never)
  func add(_ name: StaticString, _ large: LargeBody = .ignored, _ run: @escaping Method) {
    methods.append(Entry(name, large, self, run))
  }

  /// Answers a call of the method with this name, and returns that; nil if there is none. `prefix` before the name is ignored, even if
  /// repeated.
  @discardableResult
  func answer(_ exchange: Exchange, method given: ArraySlice<UInt8>, prefix: StaticString = "") -> Entry? {
    var name = given
    while prefix.utf8CodeUnitCount > 0, let rest = name.behind(prefix) { name = rest }
    guard let index = methods.firstIndex(where: { name.matches($0.name) }) else {
      Call(exchange).fail(notFound(Array(given)))
      return nil
    }
    let method = methods[index]
    method.answer(exchange)
    return method
  }

  /// Upstream's clients look for the method's name in this text. It is quoted only if it is short, printable and harmless in HTML.
  private func notFound(_ name: [UInt8]) -> AgentError {
    let isHarmless = name.allSatisfy { 0x21...0x7e ~= $0 && !bytes("\"&'<>\\").contains($0) }
    guard (1...Limits.quotedName).contains(name.count), isHarmless else { return .notFound("Service not found") }
    let text = bytes("Service not found")
    return AgentError(.notFound, text + ": " + name, quotesFrom: text.count)
  }
}
