import Testing

@testable import agent

struct QueryFieldReaderTests {
  private static func read(_ query: String) throws(AgentError) -> EveryField {
    var message = EveryField()
    try QueryFieldReader(Array(query.utf8)).fill(&message)
    return message
  }

  @Test(arguments: [
    ("", EveryField()), ("&", EveryField()), ("json", EveryField()), ("x=1&x=2&y", EveryField()),
    (
      "name=a&data=00fF&flag=true&limit=7&names[0]=x",
      EveryField(name: "a", data: [0, 0xff], flag: true, limit: 7, names: ["x"])
    ),
    // values
    ("name=", EveryField()), ("name=a%00b", EveryField(name: "a\0b")), ("name", EveryField()),
    ("name=my/key/path", EveryField(name: "my/key/path")),
    ("name=a+b%2Bc%26d=e", EveryField(name: "a b+c&d=e")),
    ("n%61me=%C3%A9", EveryField(name: "é")), ("data=0xAB", EveryField(data: [0xab])), ("data=", EveryField()),
    ("flag=1", EveryField(flag: true)),
    ("flag=0", EveryField()), ("flag=false", EveryField()), ("limit=0", EveryField(limit: 0)),
    ("limit=18446744073709551615", EveryField(limit: UInt64.max)),
    // lists: by number, in the order of the numbers; without; a single one
    ("names[0]=a&names[1]=b", EveryField(names: ["a", "b"])), ("names[1]=b&names[0]=a", EveryField(names: ["a", "b"])),
    ("names[10]=c&names[9]=b&name=n&names[1]=a", EveryField(name: "n", names: ["a", "b", "c"])),
    ("names[]=b&names[]=a", EveryField(names: ["b", "a"])),
    ("names%5B1%5D=b&names%5b0%5d=a", EveryField(names: ["a", "b"])), ("names=a", EveryField(names: ["a"])),
    ("names=b&names=a", EveryField(names: ["b", "a"])),
    ("names[18446744073709551615]=z&names[0]=", EveryField(names: ["", "z"])), ("names[]=", EveryField(names: [""])),
    // unknown lists
    ("other[0]=x&other[]=y&name=a", EveryField(name: "a")), ("[]=x&[0]=y&name=a", EveryField(name: "a")),
    ("other[x]=1&other[-1]=2&other[a][b]=3&name=a", EveryField(name: "a")),
    ("]=x&a]=y&][=z", EveryField()),
  ])
  func accepted(_ query: String, _ message: EveryField) throws { #expect(try Self.read(query) == message) }

  @Test(arguments: [
    // a known field twice
    "name=a&name=a", "data=&data=", "flag=1&flag=1", "limit=1&limit=1", "n%61me=a&name=b",
    // a list for a single field
    "name[0]=a", "name[]=a", "name[x]=a", "data[0]=00", "flag[]=true", "limit[0]=1",
    // values
    "data=0", "data=0g", "data=0x0", "data=00+", "flag=", "flag", "flag=TRUE", "flag=yes", "flag=2", "limit=", "limit",
    "limit=-1", "limit=+1", "limit=%2B1", "limit=1.0",
    "limit=0x1", "limit=18446744073709551616", "limit=null",
    // encoding
    "name=%", "name=%0", "name=%zz", "name=%ff", "x=%", "%=x", "name=%c3",
    // numbers of a list
    "names[x]=a", "names[-1]=a", "names[0x1]=a", "names[18446744073709551616]=a", "names[0][1]=a", "names[ ]=a",
  ])
  func refused(_ query: String) { #expect(refusal { _ = try Self.read(query) } == .invalid) }

  /// A request head could hold four thousand pairs.
  @Test func manyPairs() throws {
    let query = { (count: Int) in (0..<count).reversed().map { "names[\($0)]=\($0)" }.joined(separator: "&") }
    let most = Limits.queryPairs
    #expect(try Self.read(query(most)) == EveryField(names: (0..<most).map { "\($0)" }))
    #expect(failureText { _ = try Self.read(query(most + 1)) } == "too many fields in one call")
    // whether they are known or not
    let unknown = { (count: Int) in "name=a" + String(repeating: "&x", count: count) }
    #expect(try Self.read(unknown(most - 1)) == EveryField(name: "a"))
    #expect(failureText { _ = try Self.read(unknown(most)) } == "too many fields in one call")
  }
}
