/// Services, each mounted at the path below which its methods are. The path alone chooses one.
struct Router {
  private struct Mount {
    let path: [StaticString]
    let prefix: StaticString
    let service: Service
  }

  private var mounts: [Mount] = []

  /// `prefix` in front of a method's name means nothing.
  @inline(never)
  mutating func mount(_ service: Service, at path: [StaticString], prefix: StaticString = "") {
    mounts.append(Mount(path: path, prefix: prefix, service: service))
  }

  /// Answers a call of a mounted service, also one of a method that it does not have; false if nothing is mounted there.
  func answer(_ exchange: Exchange) -> Bool {
    let path = exchange.request.path
    let folder = path.dropLast()
    for mount in mounts where folder.count == mount.path.count && zip(folder, mount.path).allSatisfy({ $0.matches($1) }) {
      mount.service.answer(exchange, method: path.last ?? [], prefix: mount.prefix)
      return true
    }
    return false
  }
}
