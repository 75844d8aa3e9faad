import Testing

@testable import agent

/// An exchange with dnsmasq 2.90 over a veth pair, where the server's UDP checksums cover only the pseudo-header.
enum DHCPExchange {
  static let hardware: UInt64 = 0x0200_0000_0001
  static let server: UInt64 = 0xaae1_e361_ba9e
  static let transaction: UInt64 = 0x1122_3344
  private static func zeros(_ count: Int) -> String { String(repeating: "00", count: count) }

  static let discover = octets(
    "ffffffffffff 020000000001 0800 45000148 0000 4000 4011 39a6 00000000 ffffffff 0044 0043 0134 7a6c"
      + "01010600 11223344 0000 0000" + zeros(16) + "020000000001" + zeros(202)
      + "63825363 350101 3d0701020000000001 3703010306 ff"
      + zeros(42))
  static let offer = octets(
    "020000000001 aae1e361ba9e 0800 45c00148 d340 0000 4011 915f 0a070001 0a070037 0043 0044 0134 158b"
      + "02010600 11223344 0000 0000 00000000 0a070037 0a070001 00000000 020000000001" + zeros(202)
      + "63825363 350102 36040a070001 330400000078 3a040000003c 3b0400000069 0104ffffff00 1c040a0700ff 06080a0700030a070004 03040a070001 ff 00000000"
  )
  static let acknowledgement = octets(
    "020000000001 aae1e361ba9e 0800 45c00148 d341 0000 4011 915e 0a070001 0a070037 0043 0044 0134 158b"
      + "02010600 11223344 0000 0000 00000000 0a070037 0a070001 00000000 020000000001" + zeros(202)
      + "63825363 350105 36040a070001 330400000078 3a040000003c 3b0400000069 0104ffffff00 1c040a0700ff 06080a0700030a070004 03040a070001 ff 00000000"
  )
  static let refusal = octets(
    "ffffffffffff aae1e361ba9e 0800 45c00148 7166 0000 4011 fd77 0a070001 ffffffff 0043 0044 0134 0b4d"
      + "02010600 11223344 0000 8000 00000000 00000000 00000000 00000000 020000000001" + zeros(202)
      + "63825363 350106 36040a070001 3815 61646472657373206e6f7420617661696c61626c65 ff" + zeros(27))

  /// The payload of one of these frames.
  static func payload(_ frame: [UInt8]) -> [UInt8] { Array(frame[42...]) }

  /// A frame to the client with this payload and correct checksums.
  static func frame(_ payload: [UInt8]) -> [UInt8] {
    var frame = Array(offer[..<42]) + payload
    BigEndian.put(UInt64(28 + payload.count), 2, 16, &frame)
    BigEndian.put(0, 2, 24, &frame)
    BigEndian.put(~DHCPFrame.sum(frame, 14, 34, 0), 2, 24, &frame)
    BigEndian.put(UInt64(8 + payload.count), 2, 38, &frame)
    BigEndian.put(0, 2, 40, &frame)
    BigEndian.put(~DHCPFrame.sum(frame, 26, frame.count, UInt64(25 + payload.count)), 2, 40, &frame)
    return frame
  }
}

struct DHCPFrameTests {
  @Test func asOthersMakeThem() {
    var message = DHCPFrame(hardware: DHCPExchange.hardware)
    message.transaction = DHCPExchange.transaction
    // as others make it, except for the flag "don't fragment"
    #expect(message.encoded() == DHCPExchange.discover)
  }

  @Test func aRequest() {
    var message = DHCPFrame(hardware: 0x0200_0000_0002)
    message.kind = DHCPFrame.request
    (message.transaction, message.seconds) = (0x0102_0304, 0x12345)
    message.wanted = (0x0a07_0009, 0x0a07_0001)
    let data = DHCPExchange.payload(message.encoded())
    // the seconds stop at the field's maximum
    #expect(data.count == 300 && Array(data[..<16]) == octets("01010600 01020304 ffff 0000 00000000"))
    #expect(Array(data[28..<34]) == octets("020000000002") && data[34..<236].allSatisfy { $0 == 0 })
    #expect(Array(data[236..<257]) == octets("63825363 350103 3d0701020000000002 3703010306"))
    #expect(Array(data[257...]) == octets("32040a070009 36040a070001 ff") + [UInt8](repeating: 0, count: 30))
  }

  @Test func aRequestForMoreTime() {
    var message = DHCPFrame(hardware: DHCPExchange.hardware)
    message.kind = DHCPFrame.request
    (message.address, message.receiver) = (0x0a07_0009, (DHCPExchange.server, 0x0a07_0001))
    let frame = message.encoded()
    #expect(Array(frame[..<14]) == octets("aae1e361ba9e 020000000001 0800"))
    #expect(Array(frame[26..<34]) == octets("0a070009 0a070001") && Array(frame[54..<58]) == octets("0a070009"))
    #expect(DHCPFrame.sum(frame, 14, 34, 0) == 0xffff && DHCPFrame.sum(frame, 26, frame.count, 17 + 308) == 0xffff)
  }

  @Test(arguments: [DHCPExchange.offer, DHCPExchange.acknowledgement, DHCPExchange.refusal])
  func asOthersSendThem(_ frame: [UInt8]) throws {
    #expect(DHCPFrame.message(in: frame) == DHCPExchange.payload(frame))
    // a datagram may be followed by padding
    #expect(DHCPFrame.message(in: frame + [0, 1, 2]) == DHCPExchange.payload(frame))
    for count in 0..<frame.count { #expect(DHCPFrame.message(in: Array(frame[..<count])) == nil) }
  }

  @Test func sizes() {
    for count in [0, 1, 2, 300, Limits.leaseFrame - 42] {
      let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      let frame = DHCPExchange.frame(payload)
      #expect(DHCPFrame.message(in: frame) == payload)
      // a longer frame arrives cut at the limit
      if frame.count == Limits.leaseFrame { #expect(DHCPFrame.message(in: Array(frame.dropLast())) == nil) }
    }
  }

  /// (offset, byte, whether the frame is still accepted): one changed byte at each offset that matters.
  @Test(arguments: [
    (12, 0x86, false), (13, 6, false), (14, 0x65, false), (14, 0x44, false), (14, 0x46, false), (16, 0xff, false),
    (17, 0x1b, false),
    (20, 0x20, false), (20, 0x1f, false), (21, 1, false), (23, 6, false), (24, 0, false), (30, 11, false), (37, 0x45, false),
    (38, 0, false), (39, 7, false), (38, 0xff, false), (40, 0x16, false), (0, 1, true), (6, 0, true), (35, 1, true),
    (40, 0, false),
  ])
  func changed(_ place: Int, _ value: UInt8, _ isTaken: Bool) {
    var frame = DHCPExchange.offer
    #expect(frame[place] != value)
    frame[place] = value
    #expect((DHCPFrame.message(in: frame) != nil) == isTaken)
  }

  /// A UDP checksum may be correct, absent, or that of the pseudo-header; any other is refused.
  @Test func sums() {
    var frame = DHCPExchange.frame(DHCPExchange.payload(DHCPExchange.refusal))
    #expect(DHCPFrame.message(in: frame) != nil)
    frame[60] ^= 1
    #expect(DHCPFrame.message(in: frame) == nil)
    frame.replaceSubrange(40..<42, with: [0, 0])
    #expect(DHCPFrame.message(in: frame) != nil)
    #expect(DHCPFrame.sum([], 0, 0, 0) == 0 && DHCPFrame.sum([1], 0, 1, 0) == 0x100)
    #expect(DHCPFrame.sum([0xff, 0xff, 0, 1], 0, 4, 0) == 1 && DHCPFrame.sum([9, 1, 2, 9], 1, 3, 0xffff) == 0x102)
    // the example of RFC 1071 §3
    #expect(DHCPFrame.sum(octets("0001f203f4f5f6f7"), 0, 8, 0) == 0xddf2)
  }

  /// Options of the IPv4 header are skipped.
  @Test func longHeader() {
    var frame = DHCPExchange.offer
    frame.insert(contentsOf: [1, 1, 1, 1], at: 34)
    frame[14] = 0x46
    frame.replaceSubrange(16..<18, with: octets("014c"))
    frame.replaceSubrange(24..<26, with: [0, 0])
    BigEndian.put(~DHCPFrame.sum(frame, 14, 38, 0), 2, 24, &frame)
    #expect(DHCPFrame.message(in: frame) == DHCPExchange.payload(DHCPExchange.offer))
  }
}
