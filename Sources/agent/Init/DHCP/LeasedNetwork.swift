/// Process 1's side of DHCP. It checks and applies each lease that the client reports, and removes the address when the lease
/// expires, whatever the client does.
final class LeasedNetwork: EventSource {
  /// The process that talks to DHCP servers.
  let client: AgentProgram
  private let interface: NetworkInterface
  /// The lease that is applied, or `Lease.none`.
  private var lease = Lease.none
  /// Whether there has been a lease, or `Limits.firstLease` has passed without one.
  private(set) var isSettled = false

  /// `path` is this program's. Makes `NetworkInterface.noLease`, which tells the startup that there is no address yet.
  init(_ interface: NetworkInterface, _ path: [UInt8]) throws(AgentError) {
    self.interface = interface
    let (own, others) = try PacketSocket.pair()
    // a restarted client gets the same sockets
    let sockets = [try interface.openDHCP(), others.take()?.release() ?? -1]
    client = AgentProgram("the DHCP client", path, arguments: "dstack-guest-agent dhcp ", sockets, names: "dhcp:process-1")
    super.init(own.take())
    events = Poll.readable
    deadline = Clock.monotonic() + Limits.firstLease
    try? Directory.make(bytes(NetworkInterface.noLease), mode: 0o755)
  }

  override func ready(_ happened: Int16) {
    var data: [UInt8] = []
    // one read returns one message; the extra byte reveals one that is too long
    if case .wouldBlock = IO.read(descriptor, appendingTo: &data, limit: Lease.size + 1) { return }
    if data.count == Lease.size {
      if Lease.word(data, 0) == 0 { return end() }
      if Lease.fault(data) == nil { return take(data) }
    }
    // from a client that has already ended
    if client.pid == 0 { return }
    Log.error("the DHCP client sent an invalid message")
    ChildProcess.end(session: client.pid, forced: true)
  }

  override func expired() {
    deadline = Int64.max
    if isSettled { return end() }
    isSettled = true
    Log.warning("no DHCP server has given an address in 15 s")
  }

  private func take(_ new: [UInt8]) {
    let word = { (index: Int) in Array(new[(4 * index)..<(4 * index + 4)]) }
    do throws(Errno) {
      if isOther(new, 0, 12) {
        lease = Lease.none
        try Network.configure(interface, word(0), word(1), router: Lease.word(new, 2) == 0 ? [] : word(2))
        Log.info(bytes("a DHCP server has leased the address ", IPAddress.text(word(0))))
      }
      var servers: [UInt8] = []
      for index in 4..<Lease.size / 4 where Lease.word(new, index) != 0 {
        servers = servers + Network.line(IPAddress.text(word(index)))
      }
      if !servers.isEmpty, isOther(new, 16, Lease.size) { try Network.setNameServers(servers) }
    } catch {
      try? interface.clear()
      return Log.failure("cannot set the address of ", interface.name, error)
    }
    lease = new
    deadline = Clock.monotonic() + Lease.milliseconds(new)
    isSettled = true
    Directory.remove(bytes(NetworkInterface.noLease))
  }

  /// Whether a part of the lease has changed.
  @inline(never)
  private func isOther(_ new: [UInt8], _ start: Int, _ end: Int) -> Bool {
    for index in start..<end where new[index] != lease[index] { return true }
    return false
  }

  private func end() {
    if Lease.word(lease, 0) == 0 { return }
    lease = Lease.none
    deadline = Int64.max
    try? interface.clear()
    Log.warning("the DHCP lease is lost")
  }
}
