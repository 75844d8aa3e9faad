/// DHCP messages (RFC 2131, figure 1) on Ethernet (RFC 894), with our own IPv4 (RFC 791) and UDP (RFC 768) headers: the kernel sends
/// nothing from a machine without an address. Addresses are numbers.
struct DHCPFrame {
  /// Kinds of messages; the first is `discover`.
  static var offer: UInt64 { 2 }
  static var request: UInt64 { 3 }
  static var acknowledgement: UInt64 { 5 }
  static var refusal: UInt64 { 6 }

  /// Headers and a message of the smallest size that relays forward (RFC 1542 §2.1).
  private static var size: Int { 342 }
  /// The broadcast addresses.
  static var everybody: (hardware: UInt64, address: UInt64) { (0xffff_ffff_ffff, 0xffff_ffff) }

  var kind: UInt64 = 1
  var transaction: UInt64 = 0
  /// Since the client began to look for a server.
  var seconds: UInt64 = 0
  let hardware: UInt64
  /// The client's; 0 without one.
  var address: UInt64 = 0
  var receiver = Self.everybody
  /// The address that is requested, and the server that offered it.
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
    // BOOTREQUEST, Ethernet; no broadcast flag: the answer may be sent to the hardware address
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
    // 0 stands for none
    BigEndian.put(sum == 0 ? 0xffff : sum, 2, 40, &frame)
    return frame
  }

  /// The message to a client in a frame; nil for anything but one whole UDP datagram.
  @inline(never)
  static func message(in frame: [UInt8]) -> [UInt8]? {
    let number = { (offset: Int) in Int(truncatingIfNeeded: BigEndian.decode(frame, offset, 2)) }
    guard frame.count >= 42, number(12) == 0x800, frame[14] >> 4 == 4 else { return nil }
    let start = 14 + Int(frame[14] & 15) * 4
    let end = 14 + number(16)
    // no fragment, and no other protocol
    guard start >= 34, end >= start + 8, end <= frame.count, number(20) & 0x3fff == 0, frame[23] == 17,
      sum(frame, 14, start, 0) == 0xffff
    else { return nil }
    let size = number(start + 4)
    guard number(start + 2) == 68, size >= 8, start + size <= end else { return nil }
    let (given, pseudo) = (number(start + 6), sum(frame, 26, 34, 17 + UInt64(size)))
    // a server on the same host leaves the checksum to hardware that is not there: then the field has that of the pseudo-header alone
    guard given == 0 || given == Int(pseudo) || sum(frame, start, start + size, pseudo) == 0xffff else { return nil }
    return Array(frame[(start + 8)..<(start + size)])
  }

  /// The ones' complement sum of 16-bit numbers (RFC 1071) over a part of the data, added to another sum.
  @inline(never)
  static func sum(_ data: [UInt8], _ start: Int, _ end: Int, _ other: UInt64) -> UInt64 {
    var sum = other
    for index in start..<end { sum += UInt64(data[index]) << ((index - start) % 2 == 0 ? 8 : 0) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return sum
  }
}
