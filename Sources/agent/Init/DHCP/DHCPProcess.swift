/// The command `dhcp`: the process that asks DHCP servers for an address and tells process 1 what it gets. It starts with a socket for
/// such frames as descriptor 3 and one to process 1 as 4, and gives up everything else before it reads a stranger's byte.
enum DHCPProcess {
  /// Returns when process 1 does not take what it is told.
  static func run() throws(AgentError) {
    let (link, parent): (Int32, Int32) = (3, 4)
    var client = DHCPClient(try NetworkInterface.hardwareAddress(link))
    Confinement.dhcpClient()
    while true {
      client.random = BigEndian.decode((try? Random.bytes(4)) ?? [0, 0, 0, 0], 0, 4)
      var frame: [UInt8] = []
      if !Poll.wait(link, for: Poll.readable, until: client.deadline) {
        client.expired(Clock.monotonic())
      } else if case .bytes = IO.read(link, appendingTo: &frame, limit: Limits.leaseFrame) {
        // what is longer than Ethernet's is cut, and then no whole datagram
        client.received(frame, Clock.monotonic())
      }
      // what is lost on the way is sent again
      if !client.frame.isEmpty { _ = IO.writeAll(link, client.frame) }
      if !client.report.isEmpty, !IO.writeAll(parent, client.report) { return }
      client.frame = []
      client.report = []
    }
  }
}
