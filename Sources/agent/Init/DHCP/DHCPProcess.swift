/// The command `dhcp`: the process that asks DHCP servers for an address and reports leases to process 1. Descriptor 3 is a packet socket,
/// 4 a socket to process 1. It drops all other rights before it reads a byte from the network.
enum DHCPProcess {
  /// Returns when a report cannot be sent to process 1.
  @inline(never)
  static func run() throws(AgentError) {
    let (link, parent): (Int32, Int32) = (3, 4)
    var client = DHCPClient(try NetworkInterface.hardwareAddress(link))
    Confinement.dhcpClient()
    while true {
      client.random = BigEndian.decode((try? Random.bytes(4)) ?? [0, 0, 0, 0], 0, 4)
      var frame: [UInt8] = []
      // our own deadlines first, so that a flood of frames cannot keep us from renewing
      if Clock.monotonic() >= client.deadline {
        client.expired(Clock.monotonic())
      } else if Poll.wait(link, for: Poll.readable, until: client.deadline),
        case .bytes = IO.read(link, appendingTo: &frame, limit: Limits.leaseFrame)
      {
        // a longer frame is cut off, and then refused because its datagram is not whole
        client.received(frame, Clock.monotonic())
      }
      // a frame that cannot be sent counts as lost, and is sent again at the deadline
      if !client.frame.isEmpty { _ = IO.writeAll(link, client.frame) }
      if !client.report.isEmpty, !IO.writeAll(parent, client.report) { return }
      client.frame = []
      client.report = []
    }
  }
}
