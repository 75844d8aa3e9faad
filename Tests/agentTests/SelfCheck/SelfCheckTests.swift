import Testing

@testable import agent

/// The vectors, with ordinary Swift and the distribution's libraries. `make selfcheck` runs them as the release is compiled.
struct SelfCheckTests {
  @Test func vectors() throws {
    var check = SelfCheck()
    try check.run(utf8("\(#filePath.dropLast("agentTests/SelfCheck/SelfCheckTests.swift".count))selfcheck/vectors.txt"))
    #expect(check.conclude())
  }

  @Test func noVectors() { #expect(!SelfCheck().conclude()) }

  @Test func fields() throws {
    let vector = try #require(CheckVector(utf8("name 00fF - 'it's = text' = 'a' -")[...]))
    #expect(vector.operation.name == utf8("name"))
    #expect(vector.inputs.all == [[0, 0xff], [], utf8("it's = text")])
    #expect(vector.outputs == [utf8("a"), []])
    #expect(vector.inputs[3] == [])
  }

  @Test func refusals() throws {
    let vector = try #require(CheckVector(utf8("name = refused")[...]))
    #expect(vector.inputs.all == [] && vector.outputs == nil)
  }

  @Test(arguments: [
    "", "name", "name 00", "name 0 = 00", "name xy = 00", "name 'a = 00", "name 00 = refuse", "name 00 = 00 = 00",
  ])
  func noVector(_ line: String) { #expect(CheckVector(utf8(line)[...]) == nil) }
}
