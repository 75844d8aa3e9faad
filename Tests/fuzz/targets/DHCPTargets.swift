@testable import agent

private let hardware: UInt64 = 0x0200_0000_0001

/// Packets from the network.
func fuzzDHCPFrame(_ frame: [UInt8]) {
  guard let message = DHCPFrame.message(in: frame) else { return }
  check(message.count + 42 <= frame.count, "a message is a part of its frame")
}

/// Answers to a client, each after its length in two bytes. They arrive right after what it sent last, whose transaction they have in their
/// head; with the first byte's highest bit set, only after the client's timeout.
func fuzzDHCPAnswers(_ input: [UInt8]) {
  var had: [UInt8]?
  var client = DHCPClient(hardware)
  var sent: [UInt8] = []
  var now: Int64 = 1
  let call = { (body: (inout DHCPClient) -> Void) in
    client.random = 0x8000_0000
    body(&client)
    if !client.frame.isEmpty { sent = Array(client.frame.dropFirst(42)) }
    check(sent.count == 300, "messages have a size")
    let report = client.report
    (client.frame, client.report) = ([], [])
    if report.isEmpty { return }
    if report == Lease.none {
      check(had != nil, "what is lost was there")
      had = nil
    } else {
      check(report.count == Lease.size && Lease.fault(report) == nil, "process 1 can use what it is told")
      check(had.map { Lease.word($0, 0) == Lease.word(report, 0) } ?? true, "an address stays as long as it is lent")
      had = report
    }
  }
  call { $0.expired(now) }
  var rest = input[...]
  while let high = rest.popFirst(), let low = rest.popFirst() {
    let body = Array(rest.prefix(Int(high & 0x7f) << 8 | Int(low)))
    rest = rest.dropFirst(body.count)
    if high & 0x80 != 0 {
      now = max(now, client.deadline)
      call { $0.expired(now) }
    }
    let head: [UInt8] = [2, 1, 6, 0] + Array(sent[4..<8])
    var data = head + body
    if data.count >= 240 {
      BigEndian.put(hardware, 6, 28, &data)
      BigEndian.put(0x6382_5363, 4, 236, &data)
    }
    // without a UDP checksum
    var frame = [UInt8](repeating: 0, count: 42) + data
    BigEndian.put(0x0800_4500, 4, 12, &frame)
    BigEndian.put(UInt64(28 + data.count), 2, 16, &frame)
    BigEndian.put(0x4011, 2, 22, &frame)
    BigEndian.put(~DHCPFrame.sum(frame, 14, 34, 0), 2, 24, &frame)
    BigEndian.put(68, 2, 36, &frame)
    BigEndian.put(UInt64(8 + data.count), 2, 38, &frame)
    call { $0.received(frame, now) }
    check(had != nil || client.deadline > now, "there is a pause before the next one")
  }
}

/// What the DHCP client sends to process 1: what is accepted can be set.
func fuzzLease(_ data: [UInt8]) {
  guard data.count == Lease.size, Lease.fault(data) == nil else { return }
  check(data[0] != 0 && Lease.milliseconds(data) > 0, "a lease has an address and a time")
  check(Lease.word(data, 2) != Lease.word(data, 0), "a router is another machine")
  let mask = UInt32(truncatingIfNeeded: Lease.word(data, 1))
  check(mask.leadingZeroBitCount == 0 && mask.nonzeroBitCount + mask.trailingZeroBitCount == 32, "a mask has no gaps")
}
