import Foundation
import Testing

@testable import agent

struct NetworkReadingTests {
  private static func texts(_ list: [[UInt8]]) -> [String] { list.map { String(decoding: $0, as: Unicode.UTF8.self) } }

  @Test func nameServers() {
    var reading = NetworkReading()
    reading.readResolver(
      bytes("# nameserver 1.1.1.1\nnameserver 10.0.0.1\n nameserver\tfd00::1 x\nnameserver\nnameserver 10.0.0\nxnameserver ::1")
    )
    #expect(Self.texts(reading.nameServers) == ["10.0.0.1", "fd00::1"])
  }

  @Test func gateways() {
    var reading = NetworkReading()
    reading.readRoutes(
      bytes(
        """
        Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU
        eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0
        eth0\t000200C0\t0A0200C0\t0003\t0\t0\t0\t00FFFFFF\t0
        eth1\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0
        eth2\t00000000\t0102\t0001\t0\t0\t0\t00000000\t0
        eth3\t00000000\txxxxxxxx\t0001\t0\t0\t0\t00000000\t0
        eth4\t00000000
        """))
    #expect(Self.texts(reading.gateways) == ["192.0.2.1"])
  }

  @Test func interfaces() {
    var reading = NetworkReading()
    reading.readInterfaces(
      bytes(
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:   1     2    3    4    5     6          7         8    9     10    11    12    13     14       15          16
          eth0: 1     2    3    4    5     6          7         8    9     10    11    12    13     14       15          16
        enp7s0:18446744073709551615 2 x
        dstack-wg0: 1
        dstack-wg1: 1
        dstack-: 1
        """))
    reading.readAddresses(
      bytes(
        """
        fe8000000000000000fc00fffe000001 04 40 20 80     eth0
        00000000000000000000000000000001 01 80 10 80       lo
        fd00 04 40 20 80     eth0
        fd000000000000000000000000000002 04 zz 00 82     eth0
        fd000000000000000000000000000002 04 80 00 82   enp7s0
        """))
    #expect(Self.texts(reading.interfaces.map(\.name)) == ["eth0", "enp7s0", "dstack-wg0", "dstack-wg1"])
    let first = reading.interfaces[0]
    #expect([first.receivedBytes, first.receiveErrors, first.sentBytes, first.sendErrors] == [1, 3, 9, 11])
    #expect(reading.interfaces[1].receivedBytes == UInt64.max && reading.interfaces[1].receiveErrors == 0)
    #expect(Self.texts(reading.interfaces.map { $0.addresses.first?.text ?? [] }) == ["fe80::fc:ff:fe00:1", "fd00::2", "", ""])
    #expect(reading.interfaces.map { $0.addresses.first?.prefix ?? 0 } == [64, 128, 0, 0])
  }

  @Test func atTheLimitAndOneAbove() {
    for count in [Limits.addresses, Limits.addresses + 1] {
      var reading = NetworkReading()
      for number in 0..<count {
        reading.readResolver(bytes("nameserver 10.0.0.1"))
        reading.readRoutes(bytes("eth0 00000000 010200C0 0003 0 0 0 00000000"))
        reading.readInterfaces(Array("eth\(number): 1".utf8))
        reading.readAddresses(bytes("fe800000000000000000000000000001 04 40 20 80 eth0"))
      }
      let most = Limits.addresses
      #expect(reading.nameServers.count == most && reading.gateways.count == most && reading.interfaces.count == most)
      #expect(reading.interfaces[0].addresses.count == most)
    }
  }

  /// This machine's own network. The end-to-end tests compare with `ip`.
  @Test func loopback() {
    #expect(Interfaces().v4().contains { $0.interface == bytes("lo") && $0.text == bytes("127.0.0.1") && $0.prefix == 8 })
    #expect(IPAddress.text([0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]) == bytes("2001:db8::1"))
  }
}
