/// What a program or a container wrote: a JSON object on a line for each frame, or the bare text.
enum Logs {
  /// How the reader wants the log.
  struct Form {
    /// Text instead of Base64.
    var isText = false
    /// Without the JSON around it.
    var isBare = false
    /// Bare text keeps its escape sequences.
    var keepsEscapes = false
  }

  /// `GET /logs/<program or container>`.
  static func serve(
    _ exchange: Exchange, _ name: [UInt8], _ programs: Programs, _ engine: ContainerEngine
  ) throws(AgentError) {
    let program = programs.find(name)
    guard program != nil || EngineRequestLine.isName(name) else { throw .notFound("there is no such container") }
    let (selection, form) = try LogQuery.parse(exchange.request.query, now: UInt64(clamping: Clock.unix()))
    let stream = BodyStream(isEndless: selection.follows)
    let sink = exchange.request.method == .head ? nil : LogWriter(stream, form)
    let start = { (error: AgentError?) in
      exchange.answer(error.map { .error($0) } ?? Response(contentType: .text, stream: stream))
    }
    guard let program else {
      return engine.log(name, selection, to: sink, for: exchange.peer) { error in
        // a machine with programs need not have a container engine
        let isAbsent = error?.kind == .unavailable && !programs.all.isEmpty
        start(isAbsent ? .notFound("there is no such program") : error)
      }
    }
    if !program.keepsOutput { throw AgentError(.notImplemented, bytes("this program's output is not kept")) }
    guard let sink else { return start(nil) }
    if selection.follows { try engine.readers.add(stream, for: exchange.peer) }
    let log = ProgramLog(program.area, engine.loop, selection, sink) { engine.readers.remove(stream) }
    start(nil)
    log.begin()
  }
}

/// The query of `/logs/<container>` (docs/spec/external.md). Unknown parameters are ignored; if one is given twice, the last
/// counts.
enum LogQuery {
  /// Throws `.invalid` for a parameter that is malformed. `now` is in seconds since 1970.
  static func parse(_ query: [UInt8], now: UInt64) throws(AgentError) -> (LogSelection, Logs.Form) {
    let names: [StaticString] = ["since", "until", "tail", "follow", "timestamps", "text", "bare", "ansi"]
    var values = [[UInt8]?](repeating: nil, count: names.count)
    for part in FormEncoding.parts(query) {
      guard let name = part.name, let index = names.firstIndex(where: { name.matches($0) }) else { continue }
      guard let value = part.value else { throw .invalid("malformed query string") }
      values[index] = value
    }
    var selection = LogSelection()
    selection.since = try time(values[0] ?? [], now)
    selection.until = try time(values[1] ?? [], now)
    if let tail = values[2] { selection.tail = lines(tail) }
    selection.follows = try flag(values[3])
    selection.hasTimestamps = try flag(values[4])
    let form = Logs.Form(
      isText: try flag(values[5]), isBare: try flag(values[6]), keepsEscapes: try flag(values[7]))
    return (selection, form)
  }

  /// Empty for no bound; Unix seconds; or a number with a unit, which counts back from `now`.
  private static func time(_ text: [UInt8], _ now: UInt64) throws(AgentError) -> UInt64? {
    guard let last = text.last else { return nil }
    let seconds: UInt64 =
      switch last {
      case UInt8(ascii: "s"): 1
      case UInt8(ascii: "m"): 60
      case UInt8(ascii: "h"): 3600
      case UInt8(ascii: "d"): 86400
      default: 0
      }
    guard let number = parseDecimal(seconds == 0 ? text[...] : text.dropLast()), number <= UInt64(Int64.max) else {
      throw .invalid("a time is neither Unix seconds nor a number of s, m, h or d")
    }
    if seconds == 0 { return number }
    let (ago, overflow) = number.multipliedReportingOverflow(by: seconds)
    return overflow || ago > now ? 0 : now - ago
  }

  /// How many of the last lines; nil for all, as the engine takes anything that is not a number.
  private static func lines(_ text: [UInt8]) -> UInt64? {
    guard let number = parseDecimal(text), number <= UInt64(Int64.max) else { return nil }
    return number
  }

  /// The words of upstream's framework and of the public documentation, in any case.
  private static let on: [5 of StaticString] = ["", "true", "1", "yes", "on"]
  private static let off: [4 of StaticString] = ["false", "0", "no", "off"]

  private static func flag(_ text: [UInt8]?) throws(AgentError) -> Bool {
    guard let text else { return false }
    for index in on.indices where text.matchesIgnoringCase(on[index]) { return true }
    for index in off.indices where text.matchesIgnoringCase(off[index]) { return false }
    throw .invalid("expected true or false in the query")
  }
}

/// Writes a log's frames in the form that its reader wants.
final class LogWriter: LogSink {
  private let form: Logs.Form
  private var channel = LogChannel.stdout
  private var base64 = Base64Stream()
  private var escaper = JSONEscaper()
  private let output = BareText()
  private let errors = BareText()

  /// Writes to `stream`.
  init(_ stream: BodyStream, _ form: Logs.Form) {
    self.form = form
    super.init(stream)
  }

  override func begin(_ channel: LogChannel) {
    self.channel = channel
    if form.isBare { return }
    let out = stream.pending
    out.append("{\"channel\":\"")
    out.append(channel.name)
    out.append("\",\"message\":\"")
  }

  override func write(_ data: ArraySlice<UInt8>) {
    let out = stream.pending
    if !form.isText {
      base64.write(data, to: out)
    } else if !form.isBare {
      escaper.write(data, to: out)
    } else {
      let bare = channel == .stdout || channel == .console ? output : errors
      bare.repair.write(data, to: &bare.text)
      write(bare)
    }
  }

  override func end() {
    let out = stream.pending
    if !form.isText { base64.finish(to: out) } else if !form.isBare { escaper.finish(to: out) }
    if !form.isBare {
      out.append("\"}\n")
    } else if !form.isText {
      out.append(UInt8(ascii: "\n"))
    }
  }

  override func finish() {
    for bare in [output, errors] {
      bare.repair.finish(to: &bare.text)
      write(bare)
    }
  }

  private func write(_ bare: BareText) {
    if form.keepsEscapes { stream.pending.append(bare.text) } else { bare.terminal.write(bare.text, to: stream.pending) }
    bare.text.removeAll(keepingCapacity: true)
  }
}

/// For bare text, one for stdout and one for the other channels: characters and escape sequences may continue in the next frame of
/// their channel.
private final class BareText {
  var repair = UTF8Repair()
  var terminal = TerminalText()
  /// What is not written yet.
  var text: [UInt8] = []
}
