import Testing

@testable import agent

/// Which path leads where (docs/spec/listeners.md).
struct RouterTests {
  private struct Name: ReplyMessage {
    let name: StaticString
    func write(_ fields: FieldWriter) { fields.string("name", 1, bytes(name)) }
  }

  private static func answer(_ path: String) throws -> (status: Status, text: String)? {
    func service(_ name: StaticString) -> Service {
      let service = Service()
      service.add("Get") { (call) in call.reply { Name(name: name) } }
      return service
    }
    let router = Router()
    router.mount(service("top"), at: [])
    router.mount(service("v1"), at: ["v1"])
    router.mount(service("old"), at: ["prpc"], prefix: "Worker.")
    router.mount(service("new"), at: ["prpc", "v1"])
    var request = Request()
    request.method = .get
    request.path = path.split(separator: "/").map { utf8(String($0)) }
    let exchange = Exchange(request)
    guard router.answer(exchange) else { return nil }
    let response = try #require(exchange.response)
    return (response.status, String(decoding: response.body.storage, as: UTF8.self))
  }

  @Test(arguments: [
    ("/Get", "top"), ("/v1/Get", "v1"), ("/prpc/Get", "old"), ("/prpc/Worker.Get", "old"), ("/prpc/Worker.Worker.Get", "old"),
    ("/prpc/v1/Get", "new"),
  ])
  func found(_ path: String, _ name: String) throws {
    let answer = try #require(try Self.answer(path))
    #expect(answer.status == .ok && answer.text == #"{"name":"\#(name)"}"#)
  }

  /// A router remembers the last method. The next request gets its own, whichever that was.
  @Test func oneAfterAnother() throws {
    func service(_ name: StaticString) -> Service {
      let service = Service()
      for method in ["Get", "Put"] as [StaticString] { service.add(method) { (call) in call.reply { Name(name: name) } } }
      return service
    }
    let router = Router()
    router.mount(service("top"), at: [])
    router.mount(service("v1"), at: ["v1"])
    let paths = [["Get"], ["v1", "Get"], ["Put"], ["Set"], ["v2", "Get"], ["Ge"], ["v1", "Get", "Get"]]
    for (first, second) in paths.flatMap({ first in paths.map { (first, $0) } }) {
      for path in [first, second, second] {
        for method in [Request.Method.get, .head] {
          var request = Request()
          request.method = method
          request.path = path.map { utf8($0) }
          let exchange = Exchange(request)
          let isMounted = router.answer(exchange)
          #expect(isMounted == (path.count == 1 || path.count == 2 && path[0] == "v1"))
          guard isMounted else { continue }
          let response = try #require(exchange.response)
          let isMethod = path.last == "Get" || path.last == "Put"
          #expect(response.status == (!isMethod ? .notFound : method == .head ? .methodNotAllowed : .ok))
          if response.status == .ok {
            #expect(response.body.storage == utf8(#"{"name":"\#(path.count == 1 ? "top" : "v1")"}"#))
          }
        }
      }
    }
  }

  /// The error has the name as it was received.
  @Test(arguments: [
    ("/get", "get"), ("/v1", "v1"), ("/v2", "v2"), ("/v1/Put", "Put"), ("/prpc/Worker.Put", "Worker.Put"), ("/prpc", "prpc"),
    ("/", ""), ("/prpc/v1", "v1"), ("/prpc/v1/Worker.Get", "Worker.Get"), ("/prpc/worker.Get", "worker.Get"),
  ])
  func unknownMethod(_ path: String, _ name: String) throws {
    let answer = try #require(try Self.answer(path))
    #expect(answer.status == .notFound && answer.text == #"{"error":"Service not found\#(name.isEmpty ? "" : ": " + name)"}"#)
  }

  @Test(arguments: ["/v2/Get", "/v1/a/Get", "/prpc/v2/Get", "/v1/v1/Get", "/V1/Get", "/prpc/v1/v1/Get"])
  func nothingMounted(_ path: String) throws { #expect(try Self.answer(path) == nil) }
}
