import Testing

@testable import agent

struct ContainerTests {
  @Test func list() throws {
    let text = """
      [{"Id":"ab","Names":["/one","/two"],"Image":"i","ImageID":"sha256:1","Command":"c","Created":17,"Ports":[{}],
        "State":"running","Status":"Up 2 hours","Labels":{"a":"b"}},{"Id":"cd","Names":null,"Created":18446744073709551615}]
      """
    let list = try Container.parse(Array(text.utf8))
    try #require(list.count == 2)
    #expect(list[0].id == Array("ab".utf8) && list[0].names == [Array("/one".utf8), Array("/two".utf8)])
    #expect(list[0].name.elementsEqual("one".utf8) && list[0].image == Array("i".utf8))
    #expect(list[0].imageID == Array("sha256:1".utf8) && list[0].created == 17)
    #expect(list[0].state == Array("running".utf8) && list[0].status == Array("Up 2 hours".utf8))
    #expect(list[1].name.elementsEqual("cd".utf8) && list[1].created == Int64.max)
    #expect(try Container.parse(Array("[]".utf8)).isEmpty)
  }

  @Test(arguments: ["", "{}", "[{\"Id\":1}]", "[{\"Names\":[1]}]", "[]x", "[{\"Created\":-1}]"])
  func malformed(_ text: String) {
    #expect(refusal { _ = try Container.parse(Array(text.utf8)) } == .failed)
  }
}
