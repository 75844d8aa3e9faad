/// Services, each mounted at the path below which its methods are. The path alone chooses one.
struct Router {
  /// A class, as there is no other way to look at one in an array without a copy.
  private final class Mount {
    /// As in `Request.route`.
    let folder: [UInt8]
    let prefix: StaticString
    let service: Service

    init(_ folder: [UInt8], _ prefix: StaticString, _ service: Service) {
      (self.folder, self.prefix, self.service) = (folder, prefix, service)
    }
  }

  private var mounts: [Mount] = []

  /// `prefix` in front of a method's name means nothing.
  @inline(never)
  mutating func mount(_ service: Service, at path: [StaticString], prefix: StaticString = "") {
    mounts.append(Mount(path.flatMap { bytes($0) + [0] }, prefix, service))
  }

  /// Answers. Where nothing is mounted, the answer must not say that a service or a method is not found: from those words clients
  /// conclude that the path is one of an interface that is there.
  func serve(_ exchange: Exchange) {
    if !answer(exchange) { exchange.answer(.error(.notFound("there is no such page"))) }
  }

  /// Answers a call of a mounted service, also one of a method that it does not have; false if nothing is mounted there.
  func answer(_ exchange: Exchange) -> Bool {
    let route = exchange.request.route
    let end = max(0, route.count - 1)
    var start = end
    while start > 0, route[start - 1] != 0 { start -= 1 }
    for mount in mounts where mount.folder.count == start && (start == 0 || route.starts(with: mount.folder)) {
      mount.service.answer(exchange, method: route[start..<end], prefix: mount.prefix)
      return true
    }
    return false
  }
}
