import Testing

@testable import agent

/// The client with a clock and a server that the test controls.
final class DHCPBench {
  private(set) var now: Int64 = 1_000_000
  private(set) var sent: [[UInt8]] = []
  private(set) var told: [[UInt8]] = []
  private(set) var client = DHCPClient(DHCPExchange.hardware)
  /// The next transaction. Its first byte is also the jitter, and 128 means none.
  private var number: UInt64 = 0x8000_0000

  private func call(_ body: (inout DHCPClient) -> Void) {
    number += 1
    client.random = number
    body(&client)
    if !client.frame.isEmpty { sent.append(client.frame) }
    if !client.report.isEmpty { told.append(client.report) }
    (client.frame, client.report) = ([], [])
  }

  func receive(_ frame: [UInt8]) { call { $0.received(frame, now) } }

  /// Moves the clock to the deadline; returns how long that took.
  @discardableResult
  func expire() -> Int64 {
    let wait = max(0, client.deadline - now)
    now += wait
    call { $0.expired(now) }
    return wait
  }

  func pass(_ milliseconds: Int64) { now += milliseconds }

  var last: [UInt8] { Array(sent.last?.dropFirst(42) ?? []) }
  var lastKind: UInt8 { last.count > 242 ? last[242] : 0 }
  /// The last frame's hardware addresses (to, from) and IPv4 addresses (from, to).
  var lastWay: [UInt64] {
    sent.last.map { frame in [(0, 6), (6, 6), (26, 4), (30, 4)].map { BigEndian.decode(frame, $0.0, $0.1) } } ?? []
  }

  /// Has a server answer the client's last message.
  func answer(
    _ kind: UInt8, address: String = "0a070037", server: String? = "0a070001", mask: String = "ffffff00",
    router: String = "0a070001",
    seconds: String = "00000078", more: String = "", transaction: [UInt8]? = nil
  ) {
    var data = Array(DHCPExchange.payload(DHCPExchange.offer)[..<240])
    data.replaceSubrange(4..<8, with: transaction ?? Array(last[4..<8]))
    data.replaceSubrange(16..<20, with: octets(address))
    data += [53, 1, kind] + (server.map { octets("3604" + $0) } ?? [])
    data += octets("0104" + mask + "0304" + router + "3304" + seconds + more + "ff")
    receive(DHCPExchange.frame(data))
  }

  /// Gets a lease.
  func bind(seconds: String = "00000078", more: String = "") {
    expire()
    answer(2, seconds: seconds, more: more)
    answer(5, seconds: seconds, more: more)
  }
}

struct DHCPClientTests {
  private static let nobody: UInt64 = 0
  private static let own: UInt64 = 0x0a07_0037
  private static let everybody: [UInt64] = [0xffff_ffff_ffff, 0xffff_ffff]
  private static let lease = octets("0a070037 ffffff00 0a070001 00000078 00000000 00000000 00000000")

  @Test func theFirstLease() {
    let bench = DHCPBench()
    #expect(bench.client.deadline == 0)
    bench.expire()
    let transaction = Array(bench.last[4..<8])
    #expect(bench.sent.count == 1 && bench.lastKind == 1)
    #expect(bench.lastWay == [Self.everybody[0], DHCPExchange.hardware, Self.nobody, Self.everybody[1]])
    bench.answer(2)
    #expect(bench.sent.count == 2 && bench.lastKind == 3 && Array(bench.last[4..<8]) == transaction)
    #expect(bench.lastWay == [Self.everybody[0], DHCPExchange.hardware, Self.nobody, Self.everybody[1]])
    // the address and the server of the offer
    #expect(
      Array(bench.last[257..<270]) == octets("32040a070037 36040a070001 ff")
        && BigEndian.decode(bench.last, 12, 4) == Self.nobody)
    #expect(bench.told.isEmpty)
    bench.answer(5)
    #expect(bench.told == [Self.lease] && bench.sent.count == 2)
    #expect(bench.client.deadline == bench.now + 60_000)
  }

  @Test func asDnsmasqGivesIt() {
    var client = DHCPClient(DHCPExchange.hardware)
    client.random = DHCPExchange.transaction
    client.expired(0)
    client.received(DHCPExchange.offer, 1)
    #expect(client.frame[284] == 3)
    client.received(DHCPExchange.refusal, 2)
    client.frame = []
    client.expired(client.deadline)
    #expect(client.frame[284] == 1 && client.report.isEmpty)
    client.received(DHCPExchange.offer, 20_000)
    client.received(DHCPExchange.acknowledgement, 20_001)
    #expect(client.report == octets("0a070037 ffffff00 0a070001 00000078 0a070003 0a070004 00000000"))
    #expect(client.deadline == 20_000 + 60_000)
  }

  /// Pauses of 1 s at first, doubling up to 64 s. The transaction stays the same, so that a slow server's answer still counts.
  @Test func nobodyAnswers() {
    let bench = DHCPBench()
    bench.expire()
    let first = bench.last
    #expect((0..<9).map { _ in bench.expire() } == [1, 2, 4, 8, 16, 32, 64, 64, 64].map { $0 * 1000 })
    #expect(bench.sent.count == 10 && Array(bench.last[4..<8]) == Array(first[4..<8]))
    // the seconds since the client began
    #expect(Array(first[8..<10]) == [0, 0] && Array(bench.last[8..<10]) == [0, 255])
    bench.answer(2)
    #expect(bench.lastKind == 3 && Array(bench.last[8..<10]) == [0, 255])
  }

  /// Pauses vary by a quarter.
  @Test(arguments: [(0, 750), (255, 1248)])
  func jitter(_ byte: UInt64, _ pause: Int64) {
    var client = DHCPClient(DHCPExchange.hardware)
    client.random = byte << 24
    client.expired(0)
    #expect(client.deadline == pause)
  }

  /// An offer is requested three times at most; then the client starts over.
  @Test func anOfferThatIsForgotten() {
    let bench = DHCPBench()
    bench.expire()
    let transaction = Array(bench.last[4..<8])
    bench.answer(2)
    for _ in 1..<Limits.leaseRequests {
      bench.expire()
      #expect(bench.lastKind == 3 && Array(bench.last[4..<8]) == transaction)
    }
    bench.expire()
    #expect(bench.lastKind == 1 && bench.sent.count == 2 + Limits.leaseRequests && Array(bench.last[4..<8]) != transaction)
    // an acknowledgement that comes too late
    bench.answer(5, transaction: transaction)
    #expect(bench.told.isEmpty)
  }

  /// A server that refuses its own offers cannot keep the client busy.
  @Test func refusedEachTime() {
    let bench = DHCPBench()
    var waits: [Int64] = []
    for _ in 0..<8 {
      waits.append(bench.expire())
      #expect(bench.lastKind == 1)
      bench.answer(2)
      bench.answer(6)
      bench.answer(2)
      bench.answer(5)
    }
    #expect(bench.sent.count == 16 && bench.told.isEmpty)
    #expect(waits.dropFirst() == [4000, 32_000, 64_000, 64_000, 64_000, 64_000, 64_000])
  }

  /// An offer of an unusable lease is ignored; a good offer is not accepted if the acknowledgement is unusable.
  @Test func nonsense() {
    let bench = DHCPBench()
    bench.expire()
    bench.answer(2, mask: "00000000")
    bench.answer(2, router: "0a080001")
    bench.answer(2, seconds: "00000000")
    bench.answer(2, address: "7f000001")
    bench.answer(2, server: nil)
    bench.answer(2, transaction: [128, 0, 0, 77])
    bench.answer(5)
    bench.answer(6)
    bench.answer(1)
    bench.answer(77)
    bench.receive([])
    bench.receive(DHCPExchange.discover)
    #expect(bench.sent.count == 1)
    bench.answer(2)
    #expect(bench.sent.count == 2)
    // from another server, for another address, and another offer
    bench.answer(5, server: "0a070002")
    bench.answer(6, server: "0a070002")
    bench.answer(5, address: "0a070038")
    bench.answer(2, address: "0a070038")
    #expect(bench.sent.count == 2 && bench.told.isEmpty)
    bench.answer(5, mask: "ff00ff00")
    bench.answer(5)
    #expect(bench.sent.count == 2 && bench.told.isEmpty)
    bench.expire()
    #expect(bench.lastKind == 1)
  }

  @Test func renewal() {
    let bench = DHCPBench()
    bench.bind()
    // no request is open
    bench.answer(5)
    bench.answer(6)
    #expect(bench.told.count == 1)
    #expect(bench.expire() == 60_000)
    #expect(bench.lastKind == 3 && bench.lastWay == [DHCPExchange.server, DHCPExchange.hardware, Self.own, 0x0a07_0001])
    #expect(BigEndian.decode(bench.last, 12, 4) == Self.own && bench.last[257] == 255)
    // not an answer: from another server, for another address, unusable, an offer
    bench.answer(5, server: "0a070002")
    bench.answer(5, address: "0a070038")
    bench.answer(5, mask: "00000000")
    bench.answer(2)
    #expect(bench.told.count == 1)
    bench.pass(500)
    bench.answer(5, seconds: "00000e10")
    // the lease counts from the request
    #expect(bench.told.count == 2 && bench.client.deadline == bench.now - 500 + 1_800_000)
  }

  /// If the server does not answer, others are asked; then the address is given up.
  @Test func rebindingAndTheEnd() {
    let bench = DHCPBench()
    bench.bind()
    let begin = bench.now
    bench.expire()
    #expect(bench.expire() == 45_000 && bench.now - begin == 105_000)
    #expect(bench.lastKind == 3 && bench.lastWay == [Self.everybody[0], DHCPExchange.hardware, Self.own, Self.everybody[1]])
    #expect(BigEndian.decode(bench.last, 12, 4) == Self.own && bench.last[257] == 255 && bench.told.count == 1)
    #expect(bench.expire() == 15_000 && bench.now - begin == 120_000)
    #expect(
      bench.told == [Self.lease, Lease.none] && bench.lastKind == 1 && BigEndian.decode(bench.last, 12, 4) == Self.nobody)
    bench.answer(2, address: "0a070038")
    bench.answer(5, address: "0a070038")
    #expect(bench.told.count == 3)
  }

  @Test func anotherServerTakesOver() {
    let bench = DHCPBench()
    bench.bind()
    bench.expire()
    bench.expire()
    bench.answer(5, server: "0a070002")
    #expect(bench.told.count == 2)
    bench.expire()
    #expect(bench.lastWay[3] == 0x0a07_0002)
  }

  /// Pauses are half of the time left, but at least 60 s, except for the last (RFC 2131 §4.4.5).
  @Test func pausesOfRenewals() {
    let bench = DHCPBench()
    bench.bind(seconds: "00000e10")
    #expect(bench.expire() == 1_800_000)
    var waits: [Int64] = []
    for _ in 0..<8 { waits.append(bench.expire()) }
    #expect(waits == [675_000, 337_500, 168_750, 84_375, 60_000, 24_375, 225_000, 112_500])
  }

  @Test(arguments: [true, false])
  func refusedLater(_ isRebinding: Bool) {
    let bench = DHCPBench()
    bench.bind()
    bench.expire()
    if isRebinding { bench.expire() }
    bench.answer(6, server: "0a070001")
    #expect(bench.told == [Self.lease, Lease.none] && bench.lastKind == 1)
    // reported once
    bench.answer(6)
    #expect(bench.told.count == 2)
  }

  /// T1 and T2 that are missing or contradictory are replaced by the defaults of RFC 2131 §4.4.5.
  @Test(arguments: [
    ("", 60_000, 105_000), ("3a040000000a", 10_000, 105_000), ("3b0400000064", 60_000, 100_000),
    ("3a040000000a 3b0400000014", 10_000, 20_000), ("3a0400000014 3b040000000a", 60_000, 105_000),
    ("3a040000000a 3b040000000a", 60_000, 105_000), ("3a040000000a 3b0400000078", 60_000, 105_000),
    ("3a0400000079 3b040000007a", 60_000, 105_000), ("3a0400000000", 60_000, 105_000), ("3a0300000a", 60_000, 105_000),
    ("3a04ffffffff 3b04ffffffff", 60_000, 105_000), ("3a040000000a 3b0400000077", 10_000, 119_000),
  ])
  func times(_ options: String, _ renewal: Int64, _ rebinding: Int64) {
    let bench = DHCPBench()
    bench.bind(more: options)
    let begin = bench.now
    bench.expire()
    #expect(bench.now - begin == renewal)
    while bench.lastWay[0] != Self.everybody[0] { bench.expire() }
    #expect(bench.now - begin == rebinding)
  }

  /// The shortest lease and the longest, of 136 years.
  @Test(arguments: [("00000001", 500), ("ffffffff", 2_147_483_647_500)])
  func lifetimes(_ seconds: String, _ renewal: Int64) {
    let bench = DHCPBench()
    bench.bind(seconds: seconds)
    #expect(bench.told.count == 1 && bench.client.deadline == bench.now + renewal)
  }
}
