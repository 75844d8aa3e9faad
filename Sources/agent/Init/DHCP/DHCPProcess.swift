/// The command `dhcp`: the process that asks DHCP servers for an address and reports leases to process 1. Descriptor 3 is a packet socket,
/// 4 a socket to process 1. It gives up everything else before it reads a stranger's byte.
enum DHCPProcess {
  /// Returns when process 1 does not take a report.
  @inline(never)
  static func run() throws(AgentError) {
    let (link, parent): (Int32, Int32) = (3, 4)
    var client = DHCPClient(try NetworkInterface.hardwareAddress(link))
    Confinement.dhcpClient()
    while true {
      client.random = BigEndian.decode((try? Random.bytes(4)) ?? [0, 0, 0, 0], 0, 4)
      var frame: [UInt8] = []
      // its own deadlines first: a flood of frames must not keep it from renewing
      if Clock.monotonic() >= client.deadline {
        client.expired(Clock.monotonic())
      } else if Poll.wait(link, for: Poll.readable, until: client.deadline),
        case .bytes = IO.read(link, appendingTo: &frame, limit: Limits.leaseFrame)
      {
        // a frame longer than Ethernet's is cut, so that it is no whole datagram
        client.received(frame, Clock.monotonic())
      }
      // a frame that is lost is sent again
      if !client.frame.isEmpty { _ = IO.writeAll(link, client.frame) }
      if !client.report.isEmpty, !IO.writeAll(parent, client.report) { return }
      client.frame = []
      client.report = []
    }
  }
}
