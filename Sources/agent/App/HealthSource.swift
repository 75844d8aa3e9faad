/// By what the app wants its health judged (app-compose's `requirements`).
enum HealthSource {
  /// It does not want that.
  case none
  /// A file that it writes; an absolute path.
  case file([UInt8])
  /// The health checks of its containers, of the Compose project that its Compose file names.
  case containers(project: [UInt8])

  /// That of app-compose, whose object that is; it keeps what is wrong with it. What may be asked for together, the startup checks.
  init(in compose: JSONObject) {
    let requirements = compose.object("requirements")
    guard requirements?.flag("health_check") ?? false else {
      self = .none
      return
    }
    if let path = requirements?.text("health_status_file") {
      self = .file(path)
    } else {
      self = .containers(project: Self.project(compose.text("docker_compose_file") ?? []))
    }
  }

  /// The project by the Compose file's `name:`, or dstack's own.
  static func project(_ compose: [UInt8]) -> [UInt8] {
    for line in TextParts(linesOf: compose) {
      guard let value = line.behind("name:"), value.first ?? 0x20 <= 0x20 else { continue }
      var name = TextWords(value)[0]
      if let quote = name.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), name.last == quote, name.count > 1 {
        name = name.dropFirst().dropLast()
      }
      if !name.isEmpty { return name.map(lowercased) }
    }
    return bytes("dstack")
  }
}
