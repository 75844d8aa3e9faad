/// Services, each mounted at the path above its methods. The path alone selects the service.
final class Router {
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
  /// The last route that led to a method, and that method: clients repeat themselves, and it need not be searched for again.
  private var lastRoute: [UInt8] = []
  private var lastMethod: Service.Entry?

  /// `prefix` before a method's name is ignored.
  @inline(never)
  func mount(_ service: Service, at path: [StaticString], prefix: StaticString = "") {
    mounts.append(Mount(path.flatMap { bytes($0) + [0] }, prefix, service))
  }

  /// Answers. The text for an unmounted path must not say that a service or a method is not found: clients take those words to mean that
  /// the interface exists.
  func serve(_ exchange: Exchange) {
    if !answer(exchange) { exchange.answer(.error(.notFound("there is no such page"))) }
  }

  /// Answers a call to a mounted service, even of a method that it lacks; false if nothing is mounted at the path.
  func answer(_ exchange: Exchange) -> Bool {
    if let lastMethod, exchange.request.route == lastRoute {
      lastMethod.answer(exchange)
      return true
    }
    return search(exchange)
  }

  @inline(never)
  private func search(_ exchange: Exchange) -> Bool {
    let route = exchange.request.route
    let end = max(0, route.count - 1)
    var start = end
    while start > 0, route[start - 1] != 0 { start -= 1 }
    let folder = route[..<start]
    for mount in mounts where mount.folder[...] == folder {
      if let method = mount.service.answer(exchange, method: route[start..<end], prefix: mount.prefix) {
        lastMethod = method
        // a copy, since the request's is used again
        lastRoute.removeAll(keepingCapacity: true)
        lastRoute += route
      }
      return true
    }
    return false
  }
}
