/// A DHCP message (RFC 2131, figure 1) in an Ethernet frame (RFC 894). We write the IPv4 (RFC 791) and UDP (RFC 768) headers
/// ourselves, because the kernel sends nothing from an interface without an address. Addresses are numbers.
struct DHCPFrame {
  /// Message types (RFC 2132 §9.6); 1 is DHCPDISCOVER.
  static var offer: UInt64 { 2 }
  static var request: UInt64 { 3 }
  static var acknowledgement: UInt64 { 5 }
  static var refusal: UInt64 { 6 }

  /// Headers of 42 bytes and a message of 300, the smallest that relays forward (RFC 1542 §2.1).
  private static var size: Int { 342 }
  /// The broadcast addresses of Ethernet and IPv4.
  static var everybody: (hardware: UInt64, address: UInt64) { (0xffff_ffff_ffff, 0xffff_ffff) }

  /// The message type.
  var kind: UInt64 = 1
  /// The transaction (`xid`), which answers repeat.
  var transaction: UInt64 = 0
  /// Seconds since the client began to look for a server (`secs`).
  var seconds: UInt64 = 0
  /// The client's hardware address.
  let hardware: UInt64
  /// The client's IPv4 address; 0 while it has none.
  var address: UInt64 = 0
  /// Where the frame goes.
  var receiver = Self.everybody
  /// The address requested and the server that offered it, for a DHCPREQUEST in answer to an offer.
  var wanted: (address: UInt64, server: UInt64)?

  /// The frame's bytes.
  func encoded() -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: Self.size)
    BigEndian.put(receiver.hardware, 6, 0, &frame)
    BigEndian.put(hardware, 6, 6, &frame)
    // IPv4: 328 bytes, don't fragment, TTL 64, UDP
    BigEndian.put(0x0800_4500_0148_0000, 8, 12, &frame)
    BigEndian.put(0x4000_4011, 4, 20, &frame)
    BigEndian.put(address, 4, 26, &frame)
    BigEndian.put(receiver.address, 4, 30, &frame)
    BigEndian.put(~Self.sum(frame, 14, 34, 0), 2, 24, &frame)
    // from port 68 to 67, 308 bytes
    BigEndian.put(0x0044_0043_0134, 6, 34, &frame)
    // BOOTREQUEST, Ethernet; no broadcast flag, because we can receive unicast before we have an address
    BigEndian.put(0x0101_0600, 4, 42, &frame)
    BigEndian.put(transaction, 4, 46, &frame)
    BigEndian.put(min(seconds, 0xffff), 2, 50, &frame)
    BigEndian.put(address, 4, 54, &frame)
    BigEndian.put(hardware, 6, 70, &frame)
    // the options after their cookie: message type, client identifier, and a request for mask, router and name servers
    BigEndian.put(0x6382_5363_3501_00 | kind, 7, 278, &frame)
    BigEndian.put(0x3d_0701, 3, 285, &frame)
    BigEndian.put(hardware, 6, 288, &frame)
    BigEndian.put(0x37_0301_0306_ff, 6, 294, &frame)
    if let wanted {
      BigEndian.put(0x3204_0000_0000 | wanted.address, 6, 299, &frame)
      BigEndian.put(0x3604_0000_0000_ff | wanted.server << 8, 7, 305, &frame)
    }
    let sum = ~Self.sum(frame, 26, Self.size, 17 + 308) & 0xffff
    // a checksum of 0 would mean that there is none
    BigEndian.put(sum == 0 ? 0xffff : sum, 2, 40, &frame)
    return frame
  }

  /// The payload of a frame that holds one whole, unfragmented UDP datagram to port 68 with correct checksums; nil for any other frame.
  @inline(never)
  static func message(in frame: [UInt8]) -> [UInt8]? {
    let number = { (offset: Int) in Int(truncatingIfNeeded: BigEndian.decode(frame, offset, 2)) }
    guard frame.count >= 42, number(12) == 0x800, frame[14] >> 4 == 4 else { return nil }
    let start = 14 + Int(frame[14] & 15) * 4
    let end = 14 + number(16)
    // not a fragment, and UDP
    guard start >= 34, end >= start + 8, end <= frame.count, number(20) & 0x3fff == 0, frame[23] == 17,
      sum(frame, 14, start, 0) == 0xffff
    else { return nil }
    let size = number(start + 4)
    guard number(start + 2) == 68, size >= 8, start + size <= end else { return nil }
    let (given, pseudo) = (number(start + 6), sum(frame, 26, 34, 17 + UInt64(size)))
    // a server on the same physical host leaves the checksum to hardware that does not exist: the field then covers only the pseudo-header
    guard given == 0 || given == Int(pseudo) || sum(frame, start, start + size, pseudo) == 0xffff else { return nil }
    return Array(frame[(start + 8)..<(start + size)])
  }

  /// The ones' complement sum (RFC 1071) of the 16-bit numbers from `start` to `end`, added to `other`.
  @inline(never)
  static func sum(_ data: [UInt8], _ start: Int, _ end: Int, _ other: UInt64) -> UInt64 {
    var sum = other
    for index in start..<end { sum += UInt64(data[index]) << ((index - start) % 2 == 0 ? 8 : 0) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return sum
  }
}
