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
    let end = max(0, route.count - 1)
    var start = end
    while start > 0, route[start - 1] != 0 { start -= 1 }
    for index in mounts.indices where mounts[index].folder.count == start && route.starts(with: mounts[index].folder) {
      mounts[index].service.answer(exchange, method: route[start..<end], prefix: mounts[index].prefix)
      return true
    }
    return false
  }
}
