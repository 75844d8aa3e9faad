/// Listening sockets that the supervisor has opened and hands over (sd_listen_fds(3)): they outlive this process, and so does their
/// inode, which containers have mounted.
struct SocketActivation {
  /// The number of the first descriptor that is handed over.
  private static let first: Int32 = 3

  /// The descriptors of the apps' and of the legacy socket; nil for one that is not handed over.
  private(set) var apps: Int32?
  private(set) var tappd: Int32?
  /// Descriptors that no listener is for.
  private(set) var unused: [Int32] = []

  /// What this process was started with. The variables are gone afterwards.
  static func take() throws(AgentError) -> SocketActivation {
    let (process, count) = (Environment.take("LISTEN_PID"), Environment.take("LISTEN_FDS"))
    let names = Environment.take("LISTEN_FDNAMES") ?? []
    guard let process, let count, parseDecimal(process) == UInt64(Process.id) else { return SocketActivation() }
    return try SocketActivation(count: count, names: names)
  }

  private init() {}

  /// From the values of LISTEN_FDS and LISTEN_FDNAMES (names between colons). If a name is one of ours, names decide; else the
  /// apps' socket comes first, the legacy one second: systemd calls all sockets of a unit by the unit's name.
  init(count text: [UInt8], names: [UInt8]) throws(AgentError) {
    guard let count = parseDecimal(text), count <= Limits.activatedSockets else {
      throw .invalid("LISTEN_FDS is no number, or too large")
    }
    let all = Self.first..<(Self.first + Int32(count))
    var names = TextParts(names[...], by: UInt8(ascii: ":"))
    for number in all {
      let name = names.next() ?? []
      if apps == nil, name.matches("dstack") || name.matches("dstack.socket") { apps = number }
      if tappd == nil, name.matches("tappd") || name.matches("tappd.socket") { tappd = number }
    }
    if apps == nil, tappd == nil {
      apps = count > 0 ? Self.first : nil
      tappd = count > 1 ? Self.first + 1 : nil
    }
    for number in all where number != apps && number != tappd { unused.append(number) }
  }
}
