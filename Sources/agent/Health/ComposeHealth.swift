/// Looks how the containers of a Compose project do: lists them, then inspects one after the other.
final class ComposeHealth {
  typealias Answer = (Result<HealthVerdict, AgentError>) -> Void

  /// What the image's start-up says of the project that it has started.
  private static let runtimeFile: StaticString = "/run/dstack/app-compose-runtime.json"

  private let engine: ContainerEngine
  private let answer: Answer
  private var containers: [Container] = []
  private var found: [ContainerHealth] = []

  private init(_ engine: ContainerEngine, _ answer: @escaping Answer) {
    self.engine = engine
    self.answer = answer
  }

  /// `compose` is the text of the Compose file, which may name the project where the start-up does not.
  static func look(_ compose: [UInt8], _ engine: ContainerEngine, _ answer: @escaping Answer) {
    let run = ComposeHealth(engine, answer)
    do throws(AgentError) {
      let file = bytes(runtimeFile)
      let runtime = Files.exists(file) ? try Files.read(file, limit: Limits.configFile) : []
      run.list(try project(runtime) ?? name(in: compose))
    } catch {
      answer(.failure(error))
    }
  }

  /// The project that the start-up's file names; nil if it names none.
  static func project(_ runtime: [UInt8]) throws(AgentError) -> [UInt8]? {
    let object = JSONObject(ifAny: runtime)
    let project = object.text("project")
    try AgentError.during(runtimeFile, try object.finish())
    return project
  }

  /// The project by the Compose file's `name:`, or dstack's own.
  static func name(in compose: [UInt8]) -> [UInt8] {
    for line in TextParts(linesOf: compose) where line.hasPrefix("name:") {
      var name = TextWords(line.dropFirst(5))[0]
      if let quote = name.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), name.last == quote, name.count > 1 {
        name = name.dropFirst().dropLast()
      }
      if !name.isEmpty { return name.map(lowercased) }
    }
    return bytes("dstack")
  }

  /// The target of the request for a project's containers.
  static func target(_ project: [UInt8]) -> [UInt8] {
    let filter = JSONWriter.document { json in
      json.name("label").array { $0.string(bytes("com.docker.compose.project=") + project) }
    }
    return bytes("/containers/json?all=1&filters=") + FormEncoding.encode(filter.storage)
  }

  private func list(_ project: [UInt8]) {
    engine.call(Self.target(project)) { [self] result in
      do throws(AgentError) {
        containers = try Container.parse(result.get())
        guard containers.count <= Limits.healthContainers else { throw .failed("the app has more than 256 containers") }
        // they come into an address of ours
        guard containers.allSatisfy({ Container.isName($0.id) }) else {
          throw .failed("the container engine's list is malformed")
        }
        inspectNext()
      } catch {
        answer(.failure(error))
      }
    }
  }

  private func inspectNext() {
    guard let container = containers.popLast() else { return answer(.success(ContainerHealth.judge(found.reversed()))) }
    engine.call(bytes("/containers/") + container.id + bytes("/json")) { [self] result in
      do throws(AgentError) {
        found.append(try ContainerHealth.parse(result.get(), name: Array(container.name.prefix(Limits.containerName))))
      } catch {
        // one that is gone by now is no fault
        if error.kind != .notFound { return answer(.failure(error)) }
      }
      inspectNext()
    }
  }
}
