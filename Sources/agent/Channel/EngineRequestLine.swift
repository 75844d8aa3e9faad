/// What the front may ask of the container engine: three requests, each a GET that the keeper composes.
enum EngineRequestLine {
  /// The byte before the engine's answer if an engine listens, and the byte that comes alone if none does.
  static let connected: UInt8 = 0
  static let absent: UInt8 = 1

  /// Whether a text could be a container's name or identifier, and needs no escaping in a path.
  static func isName(_ text: [UInt8]) -> Bool {
    guard let first = text.first, isLetter(first) || isDigit(first), text.count <= Limits.containerName else { return false }
    return text.allSatisfy { isAlphanumeric($0, or: "_.-") }
  }

  /// The path and query (Docker Engine API: ContainerList, ContainerInspect, ContainerLogs). Throws if `data` breaks a rule of
  /// the channel.
  static func target(_ question: Question, _ data: [UInt8]) throws(AgentError) -> [UInt8] {
    let containers = bytes("/containers/")
    if question == .list {
      guard data.count <= Limits.projectName, UTF8Text.isValid(data) else { throw .invalid("not a Compose project") }
      let all = containers + "json?all=1"
      if data.isEmpty { return all }
      let filter = JSONWriter.document { json in
        json.name("label").array { $0.string(bytes("com.docker.compose.project=", data)) }
      }
      return all + "&filters=" + FormEncoding.encode(filter.storage)
    }
    var reader = LittleEndianReader(data)
    let query = question == .log ? try LogSelection.query(&reader) : []
    let name = Array(reader.take(reader.remaining) ?? [])
    guard isName(name) else { throw .invalid("not a container name") }
    return containers + name + (question == .log ? bytes("/logs?") + query : bytes("/json"))
  }
}

/// Which part of a container's log is wanted.
struct LogSelection {
  /// Unix seconds; nil for no bound.
  var since: UInt64?
  var until: UInt64?
  /// How many of the last lines; nil for all.
  var tail: UInt64? = 1000
  /// Whether output from now on is wanted too.
  var follows = false
  /// Whether each line is to begin with its time.
  var hasTimestamps = false

  /// For the channel: a byte for the two flags, then for each number a byte that says whether it is given, and 8 bytes,
  /// little-endian.
  var encoded: [UInt8] {
    var out: [UInt8] = [(follows ? 1 : 0) | (hasTimestamps ? 2 : 0)]
    for number in [since, until, tail] { out += [number == nil ? 0 : 1] + LittleEndian.encode(number ?? 0) }
    return out
  }

  /// The query of `GET /containers/<id>/logs`, from what `encoded` gives.
  static func query(_ reader: inout LittleEndianReader) throws(AgentError) -> [UInt8] {
    let flags = reader.uint8() ?? 0
    var text = bytes("stdout=1&stderr=1")
    if flags & 1 != 0 { text += "&follow=1" }
    if flags & 2 != 0 { text += "&timestamps=1" }
    for name in ["&since=", "&until=", "&tail="] as [StaticString] {
      let isThere = reader.uint8() == 1
      let number = reader.uint64()
      if isThere { text += bytes(name) + decimal(number) }
    }
    if reader.isShort { throw .invalid("a log selection is malformed") }
    return text
  }
}
