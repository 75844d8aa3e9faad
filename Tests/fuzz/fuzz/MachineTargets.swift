@testable import agent

/// systemd's LISTEN_FDS and LISTEN_FDNAMES, with an equals sign between: each descriptor has one use.
func fuzzVariables(_ input: [UInt8]) {
  let halves = input.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
  attempt { () throws(AgentError) in
    let sockets = try SocketActivation(count: Array(halves[0]), names: halves.count > 1 ? Array(halves[1]) : [])
    let all = [sockets.apps, sockets.tappd].compactMap { $0 } + sockets.unused
    check(all.sorted() == (3..<(3 + Int32(all.count))).map { $0 }, "each descriptor has one use")
    check(parseDecimal(halves[0]) == UInt64(all.count), "no descriptor is forgotten")
  }
}

/// The kernel's tables of the network and resolv.conf: each text is read as each of them.
func fuzzNetwork(_ input: [UInt8]) {
  var reading = NetworkReading()
  reading.readResolver(input)
  reading.readRoutes(input)
  reading.readInterfaces(input)
  reading.readAddresses(input)
  for address in reading.nameServers + reading.gateways { check(IPAddress.parse(address) != nil, "an address is one") }
  for interface in reading.interfaces {
    check(interface.addresses.allSatisfy { IPAddress.parse($0.text)?.count == 16 }, "an interface's address is one")
  }
}
