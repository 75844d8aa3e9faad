@testable import agent

func fuzzConfig(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let config = try Config(json: text)
    check(config.unknown.allSatisfy { UTF8Text.isValid($0) }, "names are UTF-8")
  }
}

/// The app keys file: what is accepted reads back as written.
func fuzzAppKeys(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let keys = try AppKeys.parse(try Secret(copying: text))
    let again = try AppKeys.parse(try Secret(copying: keys.text().storage))
    check(again.caCert == keys.caCert && again.k256Signature == keys.k256Signature, "keys are read as written")
  }
}

/// A key in PEM and in DER: what is accepted reads back as written.
func fuzzPrivateKey(_ input: [UInt8]) {
  for text in [input, PEM.encode("PRIVATE KEY", input)] {
    attempt { () throws(AgentError) in
      let key = try P256(pem: try Secret(copying: text))
      check(try P256(pem: try key.pem()).publicKey == key.publicKey, "a key is read as written")
    }
  }
}

/// The runtime event log, at once and in two pieces.
func fuzzRuntimeLog(_ text: [UInt8]) {
  var whole = RuntimeEventHistory()
  whole.append(text)
  var pieces = RuntimeEventHistory()
  pieces.append(Array(text[..<(text.count / 2)]))
  pieces.append(Array(text[pieces.position...]))
  check(whole.position == pieces.position && whole.damagedLines == pieces.damagedLines, "a log in pieces is the same log")
  check(digests(whole) == digests(pieces), "a log in pieces has the same events")
  var events = EventStore.Cursor(whole.events)
  for _ in 0..<whole.events.count {
    let event = events.next(payload: text.count)
    checkLine(of: RuntimeEvent(name: event.name, payload: event.payload, version: event.version ?? .one))
  }
}

private func digests(_ history: RuntimeEventHistory) -> [[UInt8]] {
  var events = EventStore.Cursor(history.events)
  return (0..<history.events.count).map { _ in events.next().digest }
}

/// What parsed as an event parses again after it is written.
func checkLine(of event: RuntimeEvent) {
  var copy = RuntimeEventHistory()
  copy.append(RuntimeEventHistory.line(event))
  check(digests(copy) == [event.digest] && copy.damagedLines == 0, "a line is read as written")
}

func fuzzReplay(_ text: [UInt8]) {
  attempt { () throws(AgentError) in check(isJSON(try Replay.report(text)), "a report is JSON") }
}

func fuzzModules(_ text: [UInt8]) {
  for entry in ModuleList.parse(text) {
    check(entry.path.first == UInt8(ascii: "/"), "a module's path is absolute")
    check(!entry.path.contains(0x0a) && !entry.parameters.contains(0x0a), "a module has one line")
  }
}

func fuzzProgramEnvironment(_ json: [UInt8]) {
  attempt { () throws(AgentError) in
    let environment = try AppEnvironment.parse(json)
    check(environment.last == 0, "variables end with a NUL")
    let variables = environment.split(separator: 0, omittingEmptySubsequences: true)
    check(variables.allSatisfy { $0.contains(UInt8(ascii: "=")) }, "a variable has a name and a value")
  }
}

func fuzzAttestConfig(_ text: [UInt8]) { _ = QGSQuote.port(text) }
