import Testing

@testable import agent

struct DHCPAnswerTests {
  /// An offer with other options.
  static func offer(_ options: String, kind: String = "350102", file: String = "", name: String = "") -> [UInt8] {
    var data = Array(DHCPExchange.payload(DHCPExchange.offer)[..<240])
    data.replaceSubrange(44..<(44 + name.count / 2), with: octets(name))
    data.replaceSubrange(108..<(108 + file.count / 2), with: octets(file))
    return data + octets(kind + options)
  }

  private static func parse(_ data: [UInt8]) -> DHCPAnswer? {
    DHCPAnswer(data, to: DHCPExchange.transaction, of: DHCPExchange.hardware)
  }

  private static let server = "36040a070001"

  @Test func anOffer() throws {
    let answer = try #require(Self.parse(DHCPExchange.payload(DHCPExchange.offer)))
    #expect(answer.kind == 2 && answer.address == 0x0a07_0037 && answer.server == 0x0a07_0001)
    #expect(answer.number(58) == 60 && answer.number(59) == 105 && answer.number(57) == 0)
    #expect(answer.lease() == octets("0a070037 ffffff00 0a070001 00000078 0a070003 0a070004 00000000"))
    #expect(Self.parse(DHCPExchange.payload(DHCPExchange.refusal))?.kind == 6)
  }

  /// A truncated message is refused unless it ends after a complete option; the end mark may be missing.
  @Test func cutOff() {
    let data = DHCPExchange.payload(DHCPExchange.offer)
    let ends = [249, 255, 261, 267, 273, 279, 289, 295, 296, 297, 298, 299]
    for count in 0..<data.count {
      let answer = Self.parse(Array(data[..<count]))
      #expect((answer != nil) == ends.contains(count), "\(count)")
    }
  }

  @Test(arguments: [0, 1, 2, 4, 7, 28, 33, 236, 239])
  func anotherHead(_ place: Int) {
    var data = DHCPExchange.payload(DHCPExchange.offer)
    data[place] ^= 1
    #expect(Self.parse(data) == nil)
  }

  /// A message must name its server exactly once, and its type exactly once.
  @Test(arguments: [
    ("", "350102", false), (server, "", false), (server, "350102", true), (server, "35020205", false), (server, "3500", false),
    (server + server, "350102", false), (server, "350102350102", false), ("36030a0700", "350102", false),
    ("36050a07000101", "350102", false), ("3600", "350102", false), ("36047f000001", "350102", false),
    ("3604ffffffff", "350102", false), ("360400000000", "350102", false), ("36020a0736020001", "350102", true),
  ])
  func identity(_ options: String, _ kind: String, _ isTaken: Bool) {
    #expect((Self.parse(Self.offer(options, kind: kind)) != nil) == isTaken)
  }

  @Test(arguments: [
    // an option overruns the message
    "3304", "330400000e", "33ff00000e10", "ff", "fe", "0104ffffff00 33",
    // nothing after the end mark is read, not even a malformed option
    "ff 33ff",
  ])
  func ends(_ options: String) {
    let isTaken = options.hasPrefix("ff")
    #expect((Self.parse(Self.offer(Self.server + options)) != nil) == isTaken)
  }

  /// Options that are empty, too long or in parts, and the lease that results.
  @Test(arguments: [
    ("", "00000000 00000000 00000000 00000000 00000000 00000000"),
    ("0100 0300 3300 0600", "00000000 00000000 00000000 00000000 00000000 00000000"),
    ("0103ffffff", "00000000 00000000 00000000 00000000 00000000 00000000"),
    ("0105ffffff0000 330500000e1000", "00000000 00000000 00000000 00000000 00000000 00000000"),
    // the first of several routers; a malformed list gives an invalid address
    ("0308 0a070001 0a070002", "00000000 0a070001 00000000 00000000 00000000 00000000"),
    ("0305 0a070001 0a", "00000000 ffffffff 00000000 00000000 00000000 00000000"),
    // parts of one option (RFC 3396), with other options and padding between
    ("0102ffff 00 0304 0a070001 00 00 0102ff00", "ffffff00 0a070001 00000000 00000000 00000000 00000000"),
    ("0104ffffff00 0104ffff0000", "00000000 00000000 00000000 00000000 00000000 00000000"),
    ("3304ffffffff", "00000000 00000000 ffffffff 00000000 00000000 00000000"),
    // at most three name servers; invalid ones are skipped
    ("060c 0a070001 0a070002 0a070003", "00000000 00000000 00000000 0a070001 0a070002 0a070003"),
    ("0610 0a070001 0a070002 0a070003 0a070004", "00000000 00000000 00000000 0a070001 0a070002 0a070003"),
    ("0614 7f000001 0a070002 00000000 ffffffff 0a070003", "00000000 00000000 00000000 0a070002 0a070003 00000000"),
    ("0607 0a070001 0a0700", "00000000 00000000 00000000 0a070001 00000000 00000000"),
    ("0603 0a0700", "00000000 00000000 00000000 00000000 00000000 00000000"),
  ])
  func lease(_ options: String, _ lease: String) throws {
    let answer = try #require(Self.parse(Self.offer(Self.server + options)))
    #expect(answer.lease() == octets("0a070037" + lease))
  }

  /// A frame filled with one option, and one with as many options as it can hold.
  @Test func giant() throws {
    let size = Limits.leaseFrame - 42 - 240 - 9
    let part = "06ff" + String(repeating: "0a070003", count: 63) + "0a0700"
    let many = try #require(Self.parse(Self.offer(Self.server + String(repeating: part, count: size / 257))))
    #expect(many.lease().count == Lease.size)
    var options = ""
    for code in 60..<255 { options += Hex.digits(code).map { String(UnicodeScalar($0)) }.joined() + "04ffffffff" }
    #expect(Self.parse(Self.offer(Self.server + options)) != nil)
  }

  /// Options that continue in the fields `file` and `sname`, in that order.
  @Test func overload() throws {
    let name = "03040a070001ff"
    let file = "0104ffffff00340403030303"
    func parse(_ overload: String) -> DHCPAnswer? {
      Self.parse(
        Self.offer(Self.server + overload, file: file, name: name))
    }
    #expect(parse("")?.lease() == octets("0a070037 00000000 00000000" + String(repeating: "00", count: 16)))
    #expect(parse("340101")?.lease() == octets("0a070037 ffffff00 00000000" + String(repeating: "00", count: 16)))
    #expect(parse("340102")?.lease() == octets("0a070037 00000000 0a070001" + String(repeating: "00", count: 16)))
    #expect(parse("340103")?.lease() == octets("0a070037 ffffff00 0a070001" + String(repeating: "00", count: 16)))
    for wrong in ["340100", "340104", "34020101", "340101340101"] { #expect(parse(wrong) == nil) }
    // an option overruns the field
    #expect(Self.parse(Self.offer(Self.server + "340102", name: String(repeating: "00", count: 62) + "0304")) == nil)
    #expect(Self.parse(Self.offer(Self.server + "340102", name: String(repeating: "00", count: 62) + "0300")) != nil)
    // the message type may be there too
    #expect(Self.parse(Self.offer(Self.server + "340102", kind: "", name: "350105"))?.kind == 5)
  }
}
