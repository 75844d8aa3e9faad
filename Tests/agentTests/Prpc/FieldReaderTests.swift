import Testing

@testable import agent

/// What a child passes on of a large call's arguments.
struct FieldReaderTests {
  private static func passedOn(_ message: EveryField) throws -> EveryField {
    var (message, out) = (message, EveryField())
    let written = ByteBuffer()
    let writer = FieldReader()
    writer.out = written
    try message.read(writer)
    try ProtobufFieldReader(written.storage, isOurs: true).fill(&out)
    return out
  }

  @Test func everyField() throws {
    let whole = EveryField(name: "näme", data: [0, 0xff], flag: true, limit: 7, names: ["", "a", "bc"])
    #expect(try Self.passedOn(whole) == whole)
    #expect(try Self.passedOn(EveryField()) == EveryField())
  }

  /// A number that is present, even 0, differs from an absent one.
  @Test(arguments: [0, 1, UInt64.max]) func numbers(_ number: UInt64) throws {
    #expect(try Self.passedOn(EveryField(limit: number)).limit == number)
  }

  @Test func limits() throws {
    let (text, name) = (String(repeating: "a", count: Limits.argument), String(repeating: "b", count: Limits.listedArgument))
    let most = EveryField(
      name: text, data: Array(text.utf8), names: [String](repeating: name, count: Limits.arguments))
    #expect(try Self.passedOn(most) == most)
    let more = EveryField(
      name: text + "x", data: Array((text + "x").utf8), names: [String](repeating: name + "x", count: Limits.arguments + 1))
    #expect(try Self.passedOn(more) == most)
  }

  /// Text may be cut within a character: the method refuses it in any case, because it is too long.
  @Test func aCutCharacter() throws {
    let text = String(repeating: "a", count: Limits.argument - 1) + "é"
    #expect(try Self.passedOn(EveryField(name: text)).name == Array(text.utf8.dropLast()))
  }

  /// One above what any method takes.
  @Test func whatMethodsTake() {
    #expect(Limits.argument > max(Limits.eventPayload, Limits.keyPath, Limits.quotePrefix, Limits.eventName))
    #expect(Limits.arguments > Limits.altNames && Limits.listedArgument > Limits.altName)
    let all = 2 * Limits.argument + Limits.arguments * (Limits.listedArgument + 4) + 64
    #expect(all < Limits.callResult && Limits.callResult < Limits.callMemory)
  }
}
