import Glibc

@testable import agent

/// A quote, and a report of the TDX module.
func fuzzQuote(_ input: [UInt8]) {
  attempt { () throws(AgentError) in check(try Quote.registers(input).rtmr3.count == RTMR.size, "a register has 48 bytes") }
  attempt { () throws(AgentError) in check(try Quote.reportData(input).count == 64, "report data has 64 bytes") }
  attempt { () throws(AgentError) in check(try TDReport.registers(input).rtmr3.count == RTMR.size, "a register has 48 bytes") }
}

/// What a worker process sends. Its error's text may be empty.
func fuzzWorkerReport(_ input: [UInt8]) {
  var ends: [Int32] = [-1, -1]
  check(pipe(&ends) == 0, "there is a pipe")
  let output = Descriptor(owning: ends[0])
  check(IO.writeAll(ends[1], input) && close(ends[1]) == 0, "an input fits into a pipe")
  var report = WorkerReport(limit: input.count)
  var progress = WorkerReport.Progress.unfinished
  while progress == .unfinished { progress = report.read(output.number) }
  guard progress == .whole else { return }
  do throws(AgentError) {
    let size = LittleEndian.decode(input, 0, 3)
    check(try report.take().plain() == Array(input.dropFirst(5).prefix(size)), "a result is what was sent")
  } catch {
    checkText(of: error)
  }
}

func fuzzKernelCommandLine(_ text: [UInt8]) {
  var settings = KernelCommandLine()
  attempt { () throws(AgentError) in try settings.read(text) }
  guard let address = settings.address else { return }
  check(address.address.count == 4 && address.mask.count == 4, "addresses have four bytes")
  check(address.gateway.isEmpty || address.gateway.count == 4, "a gateway has an address")
  check(address.nameServer.isEmpty || IPAddress.parse(address.nameServer) != nil, "a name server has an address")
}

func fuzzPowerButton(_ message: [UInt8]) {
  check(!ACPIEvents.isPowerButton(message) || message.count >= 37, "an event has its class")
  check(ACPIEvents.group(message) == nil || message.count >= 36, "an answer has its group")
}

/// systemd's LISTEN_FDS and LISTEN_FDNAMES, with an equals sign between: each descriptor has one use.
func fuzzSocketActivation(_ input: [UInt8]) {
  let halves = input.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
  attempt { () throws(AgentError) in
    let sockets = try SocketActivation(count: Array(halves[0]), names: halves.count > 1 ? Array(halves[1]) : [])
    let used = [sockets.apps, sockets.tappd, sockets.quote, sockets.external, sockets.guestAPI, sockets.programs]
    let all = used.compactMap { $0 } + sockets.unused
    check(all.sorted() == (3..<(3 + Int32(all.count))).map { $0 }, "each descriptor has one use")
    check(parseDecimal(halves[0]) == UInt64(all.count), "no descriptor is forgotten")
  }
}

/// The kernel's tables of the network and resolv.conf: each text is parsed as each of them.
func fuzzNetwork(_ text: [UInt8]) {
  var reading = NetworkReading()
  reading.readResolver(text)
  reading.readRoutes(text)
  reading.readInterfaces(text)
  reading.readAddresses(text)
  for address in reading.nameServers + reading.gateways { check(IPAddress.parse(address) != nil, "an address can be parsed") }
  for interface in reading.interfaces {
    check(interface.addresses.allSatisfy { IPAddress.parse($0.text)?.count == 16 }, "an interface's address can be parsed")
  }
}

/// The kernel's tables of the machine and os-release: as above.
func fuzzMachine(_ text: [UInt8]) {
  let reading = SystemReading()
  reading.readMemory(text)
  reading.readLoad(text, uptime: text)
  reading.readProcessor(text)
  check(reading.usedMemory <= reading.totalMemory && reading.usedSwap <= reading.totalSwap, "no more is used than there is")
  if let source = Disk.source(of: bytes("/"), text) { check(source.count <= text.count, "a source is part of the text") }
  let value = OSRelease.value(of: "NAME", text)
  check(!(value?.contains(0x0a) ?? false), "a value has one line")
  let disk = Disk(name: [], mountPoint: [], size: reading.totalMemory, free: reading.freeMemory)
  check(disk.usage <= 10_000, "a share is at most the whole")
}
