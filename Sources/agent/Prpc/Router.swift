/// Services, each mounted at the path below which its methods are. The path alone chooses one.
struct Router {
  private struct Mount {
    /// As in `Request.route`.
    let folder: [UInt8]
    let prefix: StaticString
    let service: Service
  }

  private var mounts: [Mount] = []

  /// `prefix` in front of a method's name means nothing.
  @inline(never)
  mutating func mount(_ service: Service, at path: [StaticString], prefix: StaticString = "") {
    mounts.append(Mount(folder: path.flatMap { bytes($0) + [0] }, prefix: prefix, service: service))
  }

  /// Answers a call of a mounted service, also one of a method that it does not have; false if nothing is mounted there.
  func answer(_ exchange: Exchange) -> Bool {
    let route = exchange.request.route
    let path = route.dropLast()
    let start = path.lastIndex(of: 0).map { $0 + 1 } ?? 0
    for index in mounts.indices where mounts[index].folder.count == start && route.starts(with: mounts[index].folder) {
      mounts[index].service.answer(exchange, method: path[start...], prefix: mounts[index].prefix)
      return true
    }
    return false
  }
}
