@testable import agent

/// An answer to one of our requests: in pieces it is the same answer, as much of it as there is.
func fuzzResponse(_ input: [UInt8]) {
  var whole = ResponseParser()
  var body: [UInt8] = []
  let isWhole = attempt { () throws(AgentError) in try whole.take(ArraySource(input), input.count) { body += input[$0] } }
  check(body.count <= input.count, "a body is no longer than the answer")
  var parser = ResponseParser()
  var parts: [UInt8] = []
  let inPieces = attempt { () throws(AgentError) in
    for byte in input { try parser.take(ArraySource([byte]), 1) { _ in parts.append(byte) } }
  }
  check(isWhole == inPieces && body == parts, "an answer in pieces is the same answer")
  check(whole.status == parser.status && whole.isComplete == parser.isComplete, "an answer in pieces has the same status")
}

func fuzzContainers(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    for container in try ContainerList(text).containers {
      check(container.created <= Int64.max, "a date fits into 63 bits")
      check(UTF8Text.isValid(container.name) && UTF8Text.isValid(container.image), "what is shown is UTF-8")
    }
  }
}

/// One of them, or its name.
func fuzzContainer(_ text: [UInt8]) {
  attempt { () throws(AgentError) in _ = try Container.hasFrames(text) }
  if EngineRequestLine.isName(text) {
    check(FormEncoding.decode(text[...], plusIsSpace: true) == text, "a name needs no escapes")
  }
}

/// What the engine says about one container, and what names the project of an app's containers.
func fuzzContainerHealth(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let container = try ContainerHealth.parse(text, name: [0x61])
    let verdict = ContainerHealth.judge([container])
    check(verdict.unhealthy.count <= 1 && verdict.isHealthy == verdict.unhealthy.isEmpty, "one container has one fault")
  }
  attempt { () throws(AgentError) in _ = try ComposeHealth.project(text) }
  let project = HealthSource.project(text)
  attempt { () throws(AgentError) in
    let target = try EngineRequestLine.target(.list, project)
    check(target.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }, "a target is one word")
  }
}

/// A health file, and its path.
func fuzzHealthFile(_ input: [UInt8]) {
  let status = HealthFile.judge(input, now: 1_771_234_567)
  check(status.count < 100 && status.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "a file's content is not repeated")
  let path = HealthFile.cleaned(input)
  check(path.count <= 256 + 15 && path.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a path is shown without what steers")
}

/// The engine's stream of a log, whole and in pieces, in every form. The lowest bits of byte 0 hold the form, byte 1 the size of
/// the pieces.
func fuzzLog(_ input: [UInt8]) {
  guard input.count >= 2 else { return }
  let form = Logs.Form(isText: input[0] & 1 != 0, isBare: input[0] & 2 != 0, keepsEscapes: input[0] & 4 != 0)
  let isFramed = input[0] & 8 != 0
  let log = Array(input[2...])
  let (whole, isGood) = text(of: [log], form, isFramed)
  var pieces: [[UInt8]] = []
  var rest = log[...]
  while !rest.isEmpty {
    pieces.append(Array(rest.prefix(Int(input[1]) + 1)))
    rest = rest.dropFirst(Int(input[1]) + 1)
  }
  // without frames each piece is a frame
  if isFramed {
    let (parts, isGoodToo) = text(of: pieces, form, isFramed)
    check(isGood == isGoodToo && whole == parts, "a log in pieces is the same log")
  }
  if form.isText { check(UTF8Text.isValid(whole), "text is UTF-8") }
  if form.isText, form.isBare, !form.keepsEscapes { checkSteersNothing(whole) }
}

private func text(of pieces: [[UInt8]], _ form: Logs.Form, _ isFramed: Bool) -> ([UInt8], Bool) {
  let stream = BodyStream(isEndless: false)
  let sink = LogWriter(stream, form)
  var frames = LogFrames(isFramed: isFramed)
  let isGood = attempt { () throws(AgentError) in
    for piece in pieces { try frames.take(piece, sink) }
  }
  sink.finish()
  return (stream.pending.storage, isGood)
}

/// The query of a log: what is accepted makes a request of one line.
func fuzzLogQuery(_ input: [UInt8]) {
  attempt { () throws(AgentError) in
    let (selection, _) = try LogQuery.parse(input, now: 1_700_000_000)
    var reader = LittleEndianReader(selection.encoded)
    let query = try LogSelection.query(&reader)
    check(query.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") } && query.count < 150, "a query is one word")
  }
}

/// A ring of a program's output, its record and what is reported about it. Byte 0 holds the form, byte 1 how far before the ring's end it
/// begins.
func fuzzProgramOutput(_ input: [UInt8]) {
  _ = ProgramRecord(input[...])
  guard input.count >= 2, let (file, readOnly) = try? OutputArea.make(1) else { return }
  let area = OutputArea(file, 0)
  area.describe([input, input, []])
  let data = Array(input[2...])
  var record = ProgramRecord()
  record.start = UInt64(Limits.programOutput) - UInt64(input[1])
  record.end = record.start + UInt64(data.count)
  (record.memory, record.changed, record.restarts, record.status) = (record.start, record.end, record.start, record.end)
  area.write(data, at: record.start)
  area.write(record)
  for program in Programs(readOnly).all {
    let container = program.container(now: 1_700_000_000)
    for text in [container.id, container.image, container.status] { check(UTF8Text.isValid(text), "what is shown is UTF-8") }
    let form = Logs.Form(isText: input[0] & 1 != 0, isBare: input[0] & 2 != 0, keepsEscapes: input[0] & 4 != 0)
    let selection = LogSelection(
      since: input[0] & 8 != 0 ? 1 : nil, tail: input[0] & 16 != 0 ? 3 : nil, hasTimestamps: input[0] & 32 != 0)
    // each look at this clock is a round later, so a log gets one block done in a round
    var time: Int64 = 0
    let stream = BodyStream(isEndless: false)
    let loop = try! Loop {
      time += Limits.round
      return time
    }
    ProgramLog(program.area, loop, selection, LogWriter(stream, form)) {}.begin()
    var (text, rounds) = ([UInt8](), 0)
    while stream.pending.count > 0 || !stream.isEnded && rounds < 2 * input.count {
      check(stream.pending.count < Limits.streamPending + 100 * Limits.outputBlock, "what waits has a bound")
      text += stream.take().storage
      loop.turn(until: loop.now)
      rounds += 1
    }
    check(stream.isEnded && !stream.isBroken, "a log ends")
    if form.isText { check(UTF8Text.isValid(text), "text is UTF-8") }
    if form.isText, form.isBare, !form.keepsEscapes { checkSteersNothing(text) }
    loop.stop()
    loop.run { true }
  }
}
