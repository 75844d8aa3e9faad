/// A container as the engine lists it. Texts are UTF-8, of the engine's and the app's choosing.
struct Container {
  let id: [UInt8]
  /// Each with a slash in front, as the engine has it.
  let names: [[UInt8]]
  let image: [UInt8]
  let imageID: [UInt8]
  /// Seconds since 1970.
  let created: Int64
  /// One word, `running`, `exited` …
  let state: [UInt8]
  /// For people: `Up 2 hours`.
  let status: [UInt8]

  /// What an address calls it: its first name, without the slash; its identifier if it has none.
  var name: ArraySlice<UInt8> {
    guard let name = names.first else { return id[...] }
    return name.first == UInt8(ascii: "/") ? name.dropFirst() : name[...]
  }

  /// Whether a text could be the name or the identifier of a container, and can stand in a path as it is.
  static func isName(_ text: [UInt8]) -> Bool {
    guard let first = text.first, isLetter(first) || isDigit(first), text.count <= Limits.containerName else { return false }
    return text.allSatisfy { isAlphanumeric($0, or: "_.-") }
  }

  /// Whether the container has a terminal, from the answer to `GET /containers/<id>/json` (ContainerInspect).
  static func hasTerminal(_ text: [UInt8]) throws(AgentError) -> Bool {
    do throws(AgentError) {
      let object = JSONObject(text)
      let hasTerminal = object.object("Config")?.flag("Tty") ?? false
      try object.finish()
      return hasTerminal
    } catch {
      throw .failed("the container engine's answer is malformed")
    }
  }

  /// The answer to `GET /containers/json` (Docker Engine API, ContainerList).
  static func parse(_ text: [UInt8]) throws(AgentError) -> [Container] {
    do throws(AgentError) {
      var list: [Container] = []
      var reader = JSONReader(text)
      var elements = try reader.enterArray()
      while try reader.nextElement(&elements) {
        let object = JSONObject(&reader)
        let container = Container(
          id: object.text("Id") ?? [], names: object.texts("Names") ?? [], image: object.text("Image") ?? [],
          imageID: object.text("ImageID") ?? [], created: Int64(clamping: object.number("Created") ?? 0),
          state: object.text("State") ?? [], status: object.text("Status") ?? [])
        try object.finish()
        list.append(container)
      }
      try reader.end()
      return list
    } catch {
      throw .failed("the container engine's list is malformed")
    }
  }
}
