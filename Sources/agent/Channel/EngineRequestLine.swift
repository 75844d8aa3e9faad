/// What of the container engine the front may have asked: three requests, each a GET that the keeper's side composes.
enum EngineRequestLine {
  /// What comes in front of the engine's answer where one listens, and what comes alone where none does.
  static let connected: UInt8 = 0
  static let absent: UInt8 = 1

  /// Whether a text could be the name or the identifier of a container, and can stand in a path as it is.
  static func isName(_ text: [UInt8]) -> Bool {
    guard let first = text.first, isLetter(first) || isDigit(first), text.count <= Limits.containerName else { return false }
    return text.allSatisfy { isAlphanumeric($0, or: "_.-") }
  }

  /// The path and query (Docker Engine API: ContainerList, ContainerInspect, ContainerLogs). Throws which rule of the channel `data`
  /// breaks.
  static func target(_ question: Question, _ data: [UInt8]) throws(AgentError) -> [UInt8] {
    let containers = bytes("/containers/")
    if question == .list {
      guard data.count <= Limits.projectName, UTF8Text.isValid(data) else { throw .invalid("that is no Compose project") }
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
    guard isName(name) else { throw .invalid("that is no container") }
    return containers + name + (question == .log ? bytes("/logs?") + query : bytes("/json"))
  }
}

/// What of a container's log is wanted.
struct LogSelection {
  /// Unix seconds; nil for no bound.
  var since: UInt64?
  var until: UInt64?
  /// The number of last lines; nil for all.
  var tail: UInt64? = 1000
  /// Whether what is written from now on is wanted too.
  var follows = false
  /// Whether each line begins with its time.
  var hasTimestamps = false

  /// For the channel: a byte for the two flags, then for each number a byte that tells whether it is there, and 8 of its own.
  var encoded: [UInt8] {
    var out: [UInt8] = [(follows ? 1 : 0) | (hasTimestamps ? 2 : 0)]
    for number in [since, until, tail] { out += [number == nil ? 0 : 1] + LittleEndian.encode(number ?? 0) }
    return out
  }

  /// The query of `GET /containers/<id>/logs`, from what `encoded` makes.
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
    if reader.isShort { throw .invalid("a log is wanted in no way that there is") }
    return text
  }
}
