/// A container as the engine lists it. Its texts are UTF-8; the engine and the app choose them.
final class Container {
  let id: [UInt8]
  /// Each begins with a slash, as in the engine's answer.
  let names: [[UInt8]]
  let image: [UInt8]
  let imageID: [UInt8]
  /// Seconds since 1970; 0 if the engine gives nothing, or something else.
  let created: UInt64
  /// One word: `running`, `exited` …
  let state: [UInt8]
  /// A phrase for people: `Up 2 hours`.
  let status: [UInt8]

  /// How a URL names it: its first name, without the slash; its identifier if it has no name.
  var name: ArraySlice<UInt8> {
    guard let name = names.first else { return id[...] }
    return name.first == UInt8(ascii: "/") ? name.dropFirst() : name[...]
  }

  /// From the answer to `GET /containers/<id>/json` (ContainerInspect), whether the container's log has frames: that of a
  /// terminal has none. Throws for a container whose log no engine can read.
  static func hasFrames(_ text: [UInt8]) throws(AgentError) -> Bool {
    let hasTerminal: Bool
    let driver: [UInt8]
    do throws(AgentError) {
      let object = JSONObject(text)
      hasTerminal = object.object("Config")?.flag("Tty") ?? false
      driver = object.object("HostConfig")?.object("LogConfig")?.text("Type") ?? []
      try object.finish()
    } catch {
      throw .failed("the container engine's answer is malformed")
    }
    // checked now, because not every engine says why it refuses to give the log
    if driver.matches("none") || driver.hasPrefix("passthrough") { throw unreadableLog }
    return !hasTerminal
  }

  /// For a container whose output goes nowhere, or to where the engine cannot read it back.
  static var unreadableLog: AgentError { AgentError(.notImplemented, bytes("this container's log driver cannot be read")) }

  /// A program that process 1 started.
  init(program: GuestProgram, status: [UInt8], created: UInt64, state: StaticString) {
    id = program.name
    names = [bytes("/", program.name)]
    image = program.path
    imageID = []
    self.created = created
    self.state = bytes(state)
    self.status = status
  }

  fileprivate init(_ object: JSONObject) throws(AgentError) {
    id = object.text("Id") ?? []
    names = object.texts("Names") ?? []
    image = object.text("Image") ?? []
    imageID = object.text("ImageID") ?? []
    created = Self.date(object)
    state = object.text("State") ?? []
    status = object.text("Status") ?? []
    try object.finish()
  }

  /// Engines give all kinds of values for a container that has not been created yet; what is not a date counts as 0.
  private static func date(_ object: JSONObject) -> UInt64 {
    guard var value = object.value("Created"), let date = try? value.unsigned() else { return 0 }
    return Int64(exactly: date) == nil ? 0 : date
  }
}

/// The containers that the engine lists.
struct ContainerList {
  var containers: [Container] = []
  /// Bytes that an answer with all of them may take while it is being made.
  private(set) var memory = 0
  /// How many entries of the engine's list cannot be read.
  var unreadable = 0

  /// An empty list, for programs.
  init() {}

  /// Puts programs before the containers.
  mutating func add(_ programs: [Container]) {
    containers = programs + containers
    memory += 8 * 1024 * programs.count
  }

  /// The answer to `GET /containers/json` (Docker Engine API, ContainerList). An entry that cannot be read hides no other.
  init(_ text: [UInt8]) throws(AgentError) {
    do throws(AgentError) {
      var reader = JSONReader(text)
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) {
        let start = reader.position
        try reader.skip()
        var element = JSONReader(text, at: start)
        if let container = try? Container(JSONObject(&element)) { containers.append(container) } else { unreadable += 1 }
      }
      try reader.end()
      // names of members and punctuation, and all text escaped
      memory = 256 * containers.count + 8 * text.count
    } catch {
      throw .failed("the container engine's list is malformed")
    }
  }
}
