import Glibc

@testable import agent

/// The JSON files of the image and the host.
func fuzzFiles(_ input: [UInt8]) {
  attempt { () throws(AgentError) in _ = try Config(json: input) }
  attempt { () throws(AgentError) in _ = try AppKeys.parse(try Secret(copying: input)) }
  attempt { () throws(AgentError) in check(try VMConfig.osImageHash(input).count <= Limits.imageHash, "a hash has a bound") }
  _ = QGSQuote.port(input)
}

/// Keys and certificates in PEM and DER. What a text holds is written as the same text again, but for its form.
func fuzzKeys(_ input: [UInt8]) {
  attempt { () throws(AgentError) in _ = try P256(pem: try Secret(copying: input)) }
  attempt { () throws(AgentError) in _ = try P256(der: try Secret(copying: input)) }
  attempt { () throws(AgentError) in
    let der = try PEM.decode("CERTIFICATE", input)
    let text = PEM.encode("CERTIFICATE", der)
    check(text.count == PEM.size("CERTIFICATE", der.count), "PEM has the size that was told")
    check(try PEM.decode("CERTIFICATE", text) == der, "PEM gives back its bytes")
  }
  attempt { () throws(AgentError) in
    let source = ArraySource(input)
    var rest = 0..<input.count
    while !rest.isEmpty {
      let before = rest
      let element = try DER.takeAny(source, &rest)
      check(element.lowerBound == before.lowerBound && element.upperBound == rest.lowerBound, "DER elements join")
      check(rest.upperBound == before.upperBound && element.count >= 2, "DER elements lie within")
    }
  }
}

/// The firmware's event log: what is accepted can be shown.
func fuzzCCEL(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let events = try CCEL.parse(input)
    check(events.allSatisfy { $0.register < 4 && $0.digest.count == RTMR.size }, "an event has a register and a digest")
    check(events.count { !$0.name.isEmpty } <= 3, "three events have names")
    var reader = JSONReader(EventLog(boot: events, runtime: []).json)
    try reader.skip()
    try reader.end()
  }
}

/// The runtime event log, at once and in two pieces; what was an event is one again when it is written.
func fuzzRuntimeLog(_ input: [UInt8]) {
  var whole = RuntimeEventHistory()
  whole.append(input)
  var pieces = RuntimeEventHistory()
  pieces.append(Array(input[..<(input.count / 2)]))
  pieces.append(Array(input[pieces.position...]))
  check(whole.position == pieces.position && whole.damagedLines == pieces.damagedLines, "a log in pieces is the same log")
  check(whole.events.map(\.digest) == pieces.events.map(\.digest), "a log in pieces has the same events")
  for event in whole.events {
    var copy = RuntimeEventHistory()
    copy.append(RuntimeEventHistory.line(event))
    check(copy.events.map(\.digest) == [event.digest] && copy.damagedLines == 0, "a line is read as written")
  }
}

/// What the quote service and the TDX module answer.
func fuzzQuote(_ input: [UInt8]) {
  attempt { () throws(AgentError) in _ = try QGSMessage.quote(input) }
  attempt { () throws(AgentError) in _ = try Quote.registers(input) }
  attempt { () throws(AgentError) in check(try Quote.reportData(input).count == 64, "report data has 64 bytes") }
  attempt { () throws(AgentError) in _ = try TDReport.registers(input) }
}

/// What a worker process sends.
func fuzzWorkerReport(_ input: [UInt8]) {
  var ends: [Int32] = [-1, -1]
  check(pipe2(&ends, O_NONBLOCK) == 0, "there is a pipe")
  let (output, sent) = (Descriptor(owning: ends[0]), IO.writeAll(ends[1], input))
  check(sent && close(ends[1]) == 0, "an input fits into a pipe")
  var report = WorkerReport(limit: input.count)
  var progress = WorkerReport.Progress.unfinished
  while progress == .unfinished { progress = report.read(output.number) }
  guard progress == .whole, let result = try? report.take() else { return }
  let size = Int(LittleEndian.decode32(input, at: 0))
  check(result.plain() == Array(input.dropFirst(5).prefix(size)), "a result is what was sent")
}
