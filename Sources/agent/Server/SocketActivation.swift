/// Listening sockets, and a file, that the supervisor has opened and hands over (sd_listen_fds(3)): they outlive this process, and so does their
/// inode, which containers have mounted.
struct SocketActivation {
  /// The number of the first descriptor that is handed over.
  private static let first: Int32 = 3

  /// The descriptors of the apps' sockets, of the port for anyone and of the host's; nil for one that is not handed over.
  private(set) var apps: Int32?
  private(set) var tappd: Int32?
  private(set) var quote: Int32?
  private(set) var external: Int32?
  private(set) var guestAPI: Int32?
  /// What programs write (`OutputArea`).
  private(set) var programs: Int32?
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
      take(number, name)
    }
    if [apps, tappd, quote, external, guestAPI, programs].allSatisfy({ $0 == nil }) {
      apps = count > 0 ? Self.first : nil
      tappd = count > 1 ? Self.first + 1 : nil
    }
    let used = [apps, tappd, quote, external, guestAPI, programs]
    for number in all where !used.contains(number) { unused.append(number) }
  }

  /// The first of a name counts.
  private mutating func take(_ number: Int32, _ name: ArraySlice<UInt8>) {
    if apps == nil, name.matches("dstack") || name.matches("dstack.socket") { apps = number }
    if tappd == nil, name.matches("tappd") || name.matches("tappd.socket") { tappd = number }
    if quote == nil, name.matches("quote") { quote = number }
    if external == nil, name.matches("external") { external = number }
    if guestAPI == nil, name.matches("guest-api") { guestAPI = number }
    if programs == nil, name.matches("programs") { programs = number }
  }
}
