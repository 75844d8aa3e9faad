/// Listening sockets, and a file, that the supervisor opened and passes on (sd_listen_fds(3)). They outlive this process, and so do the
/// sockets' inodes, which containers have mounted.
struct SocketActivation {
  /// The first descriptor passed.
  private static let first: Int32 = 3

  /// What can be passed.
  private static let names: StaticString = "dstack tappd quote external guest-api programs"

  /// The descriptor of each of those; −1 for one not passed.
  private var numbers = [Int32](repeating: -1, count: 6)
  /// Descriptors of the apps' sockets, of the public port and of the host's socket; nil for those not passed.
  var apps: Int32? { number(0) }
  var tappd: Int32? { number(1) }
  var quote: Int32? { number(2) }
  var external: Int32? { number(3) }
  var guestAPI: Int32? { number(4) }
  /// What programs write (`OutputArea`).
  var programs: Int32? { number(5) }
  /// Descriptors that no listener uses.
  private(set) var unused: [Int32] = []

  /// From the environment; removes the variables. Throws `.invalid` also if a descriptor is not open: its number would be another file's later.
  static func take() throws(AgentError) -> SocketActivation {
    let (process, count) = (Environment.take("LISTEN_PID"), Environment.take("LISTEN_FDS"))
    let names = Environment.take("LISTEN_FDNAMES") ?? []
    guard let process, let count, parseDecimal(process) == UInt64(Process.id) else { return SocketActivation() }
    let passed = try SocketActivation(count: count, names: names)
    for number in passed.numbers + passed.unused where number >= 0 && !IO.isOpen(number) {
      throw AgentError(.invalid, bytes("LISTEN_FDS counts descriptor ", decimal(UInt64(number))) + ", which is not open")
    }
    return passed
  }

  private init() {}

  /// From the values of LISTEN_FDS and LISTEN_FDNAMES (names separated by colons). If any name is one of ours, names decide; else the apps'
  /// socket comes first and the legacy one second: systemd names all sockets of a unit after the unit.
  init(count text: [UInt8], names: [UInt8]) throws(AgentError) {
    guard let count = parseDecimal(text), count <= Limits.activatedSockets else {
      throw .invalid("LISTEN_FDS is not a number, or is too large")
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

  /// The first descriptor with a name counts.
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
