/// A message from a DHCP server (RFC 2131; options of RFC 2132), as far as our client reads it.
struct DHCPAnswer {
  /// Bytes before the options: the fixed fields and the magic cookie.
  static var head: Int { 240 }

  private let data: [UInt8]
  /// Which of the fields `file` (1) and `sname` (2) hold options (option 52).
  private var overload: UInt64 = 0
  /// The message type (option 53), one of `DHCPFrame`'s.
  private(set) var kind: UInt64 = 0
  /// The server identifier (option 54), an address.
  private(set) var server: UInt64 = 0

  /// Nil if it is malformed, is for another transaction or hardware address, or does not name its server.
  init?(_ data: [UInt8], to transaction: UInt64, of hardware: UInt64) {
    self.data = data
    // BOOTREPLY, Ethernet
    guard data.count >= Self.head, BigEndian.decode(data, 0, 3) == 0x02_0106, BigEndian.decode(data, 4, 4) == transaction,
      BigEndian.decode(data, 28, 6) == hardware, BigEndian.decode(data, 236, 4) == 0x6382_5363
    else { return nil }
    let more = option(52)
    guard more.count == 0 || more.count == 1 && more.value > 0 && more.value < 4 else { return nil }
    overload = more.value
    let kind = option(53)
    // also refuses a message in which any option is malformed
    guard kind.count == 1 else { return nil }
    self.kind = kind.value
    server = number(54)
    if !Lease.isUnicast(server) { return nil }
  }

  /// The address offered or leased (`yiaddr`).
  var address: UInt64 { BigEndian.decode(data, 16, 4) }

  /// An option of four bytes; 0, which is never a valid value, if it is absent or has another size.
  func number(_ code: UInt8) -> UInt64 {
    let found = option(code)
    return found.count == 4 ? found.value : 0
  }

  /// The lease in the form of `Lease`, still unchecked: with the first router, and the first usable name servers.
  func lease() -> [UInt8] {
    var lease = Lease.none
    BigEndian.put(address, 4, 0, &lease)
    BigEndian.put(number(1), 4, 4, &lease)
    BigEndian.put(number(51), 4, 12, &lease)
    let router = option(3)
    // a malformed list becomes 255.255.255.255, which `Lease.fault` refuses
    BigEndian.put(router.count % 4 == 0 ? router.value : UInt64.max, 4, 8, &lease)
    var (from, to) = (0, 16)
    while to < Lease.size {
      let servers = option(6, from)
      from += 4
      if servers.count < from { break }
      if !Lease.isUnicast(servers.value) { continue }
      BigEndian.put(servers.value, 4, to, &lease)
      to += 4
    }
    return lease
  }

  /// The length of an option and the number in up to four of its bytes after the first `skipped`. The length is 0 if the option
  /// is absent, and −1 if any option of the message overruns its field. Parts of an option are joined (RFC 3396).
  @inline(never)
  private func option(_ wanted: UInt8, _ skipped: Int = 0) -> (count: Int, value: UInt64) {
    var (count, value): (Int, UInt64) = (0, 0)
    for area in 0..<3 where area == 0 || overload & UInt64(area) != 0 {
      var at = area == 0 ? Self.head : area == 1 ? 108 : 44
      let end = area == 0 ? data.count : area == 1 ? 236 : 108
      while at < end, data[at] != 255 {
        let code = data[at]
        at += 1
        if code == 0 { continue }
        guard at < end, at + Int(data[at]) < end else { return (-1, 0) }
        let last = at + Int(data[at])
        while at < last {
          at += 1
          if code != wanted { continue }
          if count >= skipped, count < skipped + 4 { value = value << 8 | UInt64(data[at]) }
          count += 1
        }
        at += 1
      }
    }
    return (count, value)
  }
}
