/// Listening sockets, and a file, that the supervisor has opened and hands over (sd_listen_fds(3)): they outlive this process, and so does
/// their inode, which containers have mounted.
struct SocketActivation {
  /// The number of the first descriptor that is handed over.
  private static let first: Int32 = 3

  /// What is handed over, by the places of their uses.
  private static let names: StaticString = "dstack tappd quote external guest-api programs"

  /// The descriptors of each; −1 for what is not handed over.
  private var numbers = [Int32](repeating: -1, count: 6)
  /// Those of the apps' sockets, of the port for anyone and of the host's; nil for one that is not handed over.
  var apps: Int32? { number(0) }
  var tappd: Int32? { number(1) }
  var quote: Int32? { number(2) }
  var external: Int32? { number(3) }
  var guestAPI: Int32? { number(4) }
  /// That of what programs write (`OutputArea`).
  var programs: Int32? { number(5) }
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
    if numbers.allSatisfy({ $0 < 0 }) {
      for place in 0..<min(2, Int(count)) { numbers[place] = Self.first + Int32(place) }
    }
    for number in all where !numbers.contains(number) { unused.append(number) }
  }

  @inline(never)
  private func number(_ place: Int) -> Int32? { numbers[place] < 0 ? nil : numbers[place] }

  /// The first of a name counts.
  private mutating func take(_ number: Int32, _ name: ArraySlice<UInt8>) {
    let isUnit = name.suffix(7).matches(".socket")
    var place = 0
    for known in TextWords(bytes(Self.names)[...]) {
      // systemd calls the first two by their units
      if numbers[place] < 0, known == (isUnit && place < 2 ? name.dropLast(7) : name) { numbers[place] = number }
      place += 1
    }
  }
}
