import Testing

@testable import agent

struct ContainerTests {
  private static func list(_ text: String) throws -> ContainerList { try ContainerList(Array(text.utf8)) }

  @Test func list() throws {
    let text = """
      [{"Id":"ab","Names":["/one","/two"],"Image":"i","ImageID":"sha256:1","Command":"c","Created":17,"Ports":[{}],
        "State":"running","Status":"Up 2 hours","Labels":{"a":"b"}},{"Id":"cd","Names":null,"Created":9223372036854775807}]
      """
    let list = try Self.list(text)
    let containers = list.containers
    try #require(containers.count == 2 && list.unreadable == 0)
    #expect(containers[0].id == Array("ab".utf8) && containers[0].names == [Array("/one".utf8), Array("/two".utf8)])
    #expect(containers[0].name.elementsEqual("one".utf8) && containers[0].image == Array("i".utf8))
    #expect(containers[0].imageID == Array("sha256:1".utf8) && containers[0].created == 17)
    #expect(containers[0].state == Array("running".utf8) && containers[0].status == Array("Up 2 hours".utf8))
    #expect(containers[1].name.elementsEqual("cd".utf8) && containers[1].created == UInt64(Int64.max))
    #expect(try Self.list("[]").containers.isEmpty)
  }

  /// A container without a date is still listed.
  @Test(arguments: [
    "-1", "null", "18446744073709551615", "9223372036854775808", "184467440737095516160", "1.5", "1e3", "\"1\"", "true", "[1]",
    "{}", "0",
  ])
  func withoutDate(_ date: String) throws {
    let list = try Self.list("[{\"Id\":\"a\",\"Created\":\(date),\"Names\":[\"/n\"]},{\"Id\":\"b\"}]")
    #expect(list.containers.map { $0.created } == [0, 0] && list.unreadable == 0)
    #expect(list.containers.map { $0.id } == [[0x61], [0x62]] && list.containers[0].names == [Array("/n".utf8)])
  }

  /// An entry that cannot be read hides no other, wherever it is in the list.
  @Test(arguments: [
    "{\"Id\":1}", "{\"Names\":[1]}", "{\"Names\":\"/n\"}", "{\"State\":{}}", "{\"Image\":\"\\ud800\"}", "1", "null", "\"{}\"",
    "[]",
    "{\"Id\":\"a\",\"Id\":\"b\"}", "{\"Created\":1,\"Created\":1}",
  ])
  func unreadable(_ element: String) throws {
    let good = "{\"Id\":\"a\"}"
    for list in ["[\(element),\(good),\(good)]", "[\(good) , \(element) ,\(good)]", "[\(good),\(good),\(element)]"] {
      let read = try Self.list(list)
      #expect(read.containers.count == 2 && read.unreadable == 1, "\(list)")
      #expect(read.containers.allSatisfy { $0.id == [0x61] })
    }
    #expect(try Self.list("[\(element),\(element)]").unreadable == 2)
  }

  @Test(arguments: [
    "", "{}", "[]x", "[{\"Id\":\"a\"}", "[{\"Id\":\"a\"},]", "[{]", "[{\"Created\":-}]", "[{\"Created\":01}]",
    "[{\"a\":\"\n\"}]",
    "null", "[,]",
  ])
  func malformed(_ text: String) {
    #expect(refusal { _ = try Self.list(text) } == .failed)
  }

  @Test func frames() throws {
    func hasFrames(_ text: String) throws -> Bool { try Container.hasFrames(Array(text.utf8)) }
    #expect(try hasFrames("{\"Config\":{\"Tty\":false},\"HostConfig\":{\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}}}}"))
    #expect(try hasFrames("{}") && hasFrames("{\"HostConfig\":null}") && hasFrames("{\"HostConfig\":{\"LogConfig\":null}}"))
    #expect(try !hasFrames("{\"Config\":{\"Tty\":true},\"HostConfig\":{\"LogConfig\":{\"Type\":\"nones\"}}}"))
    for driver in ["none", "passthrough", "passthrough-tty"] {
      for terminal in [true, false] {
        let text = "{\"Config\":{\"Tty\":\(terminal)},\"HostConfig\":{\"LogConfig\":{\"Type\":\"\(driver)\"}}}"
        #expect(failure { _ = try hasFrames(text) } == "this container's log driver cannot be read")
        #expect(refusal { _ = try hasFrames(text) } == .notImplemented)
      }
    }
    for text in ["", "[]", "{\"Config\":1}", "{\"HostConfig\":{\"LogConfig\":\"none\"}}", "{\"Config\":{\"Tty\":1}}"] {
      #expect(refusal { _ = try hasFrames(text) } == .failed)
    }
  }
}
