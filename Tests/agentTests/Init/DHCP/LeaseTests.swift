import Testing

@testable import agent

struct LeaseTests {
  /// 10.0.2.15/24, router 10.0.2.2, an hour, one name server. Arguments replace words, in hex.
  static func data(
    address: String = "0a00020f", mask: String = "ffffff00", router: String = "0a000202", seconds: String = "00000e10",
    servers: String = "0a000203 00000000 00000000"
  ) -> [UInt8] { octets(address + mask + router + seconds + servers) }

  @Test func words() {
    let data = Self.data(servers: "0a000203 00000000 08080808")
    #expect(Lease.fault(data) == nil && Lease.milliseconds(data) == 3_600_000)
    #expect((0..<7).map { Lease.word(data, $0) } == [0x0a00_020f, 0xffff_ff00, 0x0a00_0202, 3600, 0x0a00_0203, 0, 0x0808_0808])
  }

  @Test func theLeast() {
    let data = Self.data(router: "00000000", seconds: "00000001", servers: "00000000 00000000 00000000")
    #expect(Lease.fault(data) == nil && Lease.milliseconds(data) == 1000)
    #expect(Lease.milliseconds(Self.data(seconds: "ffffffff")) == 4_294_967_295_000)
  }

  /// The addresses that each mask leaves: all but the first and the last of a network.
  @Test(arguments: [
    ("0a00020f", "ffffffff", "0a000202"), ("0a000203", "fffffffe", "0a000202"),
    ("0a000202", "fffffffe", "0a000203"),
    ("0a000201", "fffffffc", "0a000202"), ("01020304", "80000000", "7effffff"), ("dffffffe", "e0000000", "c0000001"),
    ("0a00020f", "ffffffff", "01010101"),
  ])
  func networks(_ address: String, _ mask: String, _ router: String) {
    #expect(Lease.fault(Self.data(address: address, mask: mask, router: router)) == nil)
  }

  @Test(arguments: [
    // no mask, or one with gaps
    data(mask: "00000000"), data(mask: "ffff00ff"), data(mask: "00ffffff"), data(mask: "fffffffd"), data(mask: "7fffffff"),
    // address: 0.0.0.0/8, loopback, multicast, reserved
    data(address: "00000000"), data(address: "0001020f", router: "00000000"), data(address: "7f000001", router: "00000000"),
    data(address: "e0000001", router: "00000000"), data(address: "f0000001", router: "00000000"),
    data(address: "ffffffff", router: "00000000"), data(address: "00000000", mask: "ffffffff", router: "00000000"),
    // address: of the network, and broadcast
    data(address: "0a000200"), data(address: "0a0002ff"),
    data(address: "0a000203", mask: "fffffffc", router: "0a000201"),
    // router: the machine itself, in another network, of the network, broadcast, multicast
    data(router: "0a00020f"), data(router: "0a000302"), data(router: "0a000200"), data(router: "0a0002ff"),
    data(router: "e0000001"), data(router: "ffffffff"), data(mask: "ffffffff", router: "7f000001"),
    data(mask: "ffffffff", router: "0a00020f"),
    data(seconds: "00000000"),
    data(servers: "7f000001 00000000 00000000"), data(servers: "0a000203 ffffffff 00000000"),
    data(servers: "0a000203 0a000204 e0000001"),
    Lease.none,
  ])
  func refused(_ data: [UInt8]) {
    #expect(data.count == Lease.size && Lease.fault(data) != nil)
  }

  /// Room for three name servers; `refused` has a fault in each.
  @Test func oneSize() {
    #expect(Lease.size == 28 && Lease.none == [UInt8](repeating: 0, count: 28) && Limits.leasedNameServers == 3)
  }
}
