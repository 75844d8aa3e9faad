/// Checks the containers of a Compose project: lists them, then inspects one after another.
final class ComposeHealth {
  private let engine: ContainerEngine
  private let look: HealthLook
  private var containers: [(id: [UInt8], name: [UInt8])] = []
  private var found: [ContainerHealth] = []

  private init(_ engine: ContainerEngine, _ look: HealthLook) {
    self.engine = engine
    self.look = look
  }

  /// `project` is the app's own, used if the startup's file names none.
  static func look(_ project: [UInt8], _ engine: ContainerEngine, _ keeper: KeeperLink, _ look: HealthLook) {
    let run = ComposeHealth(engine, look)
    keeper.ask(.project) { answer in
      do throws(AgentError) {
        run.list(try Self.project(answer.data()) ?? project)
      } catch {
        look.conclude(.failure(error.during(Question.projectFile)))
      }
    }
  }

  /// The project that the startup's file names; nil if it names none.
  static func project(_ runtime: [UInt8]) throws(AgentError) -> [UInt8]? {
    let object = JSONObject(ifAny: runtime)
    let project = object.text("project")
    try object.finish()
    return project
  }

  private func list(_ project: [UInt8]) {
    engine.call(.list, project) { [self] result in
      do throws(AgentError) {
        let list = try ContainerList(result.get())
        // one that cannot be read may be unhealthy
        guard list.unreadable == 0 else { throw .failed("the container engine's list has a container that cannot be read") }
        let listed = list.containers
        guard listed.count <= Limits.healthContainers else { throw .failed("the app has more than 256 containers") }
        // identifiers become part of a request's path
        guard listed.allSatisfy({ EngineRequestLine.isName($0.id) }) else {
          throw .failed("the container engine's list is malformed")
        }
        containers = listed.map { ($0.id, UTF8Text.prefix(Array($0.name), Limits.containerName)) }
        inspect(0)
      } catch {
        look.conclude(.failure(error))
      }
    }
  }

  private func inspect(_ index: Int) {
    if look.isGivenUp { return }
    if index == containers.count { return look.conclude(.success(ContainerHealth.judge(found))) }
    let (id, name) = containers[index]
    engine.call(.inspection, id, limit: Limits.inspection) { [self] result in
      do throws(AgentError) {
        found.append(try ContainerHealth.parse(result.get(), name: name))
      } catch {
        // a container may have been removed since it was listed
        if error.kind != .notFound { return look.conclude(.failure(error)) }
      }
      inspect(index + 1)
    }
  }
}
