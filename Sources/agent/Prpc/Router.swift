/// Services, each mounted at the path above its methods. The path alone selects the service.
struct Router {
  /// A class, because elements of an array of values cannot be inspected without a copy.
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

  /// `prefix` before a method's name is ignored.
  @inline(never)
  mutating func mount(_ service: Service, at path: [StaticString], prefix: StaticString = "") {
    mounts.append(Mount(path.flatMap { bytes($0) + [0] }, prefix, service))
  }

  /// Answers. The text for an unmounted path must not say that a service or a method is not found: clients take those words to mean that
  /// the interface exists.
  func serve(_ exchange: Exchange) {
    if !answer(exchange) { exchange.answer(.error(.notFound("there is no such page"))) }
  }

  /// Answers a call to a mounted service, even of a method that it lacks; false if nothing is mounted at the path.
  func answer(_ exchange: Exchange) -> Bool {
    let route = exchange.request.route
    let end = max(0, route.count - 1)
    var start = end
    while start > 0, route[start - 1] != 0 { start -= 1 }
    let folder = route[..<start]
    for mount in mounts where mount.folder[...] == folder {
      mount.service.answer(exchange, method: route[start..<end], prefix: mount.prefix)
      return true
    }
    return false
  }
}
