@testable import agent

/// What the image and the kernel tell process 1.
func fuzzInit(_ input: [UInt8]) {
  var settings = KernelCommandLine()
  attempt { () throws(AgentError) in try settings.read(input) }
  if let address = settings.address ?? StaticAddress(input[...]) {
    check(address.address.count == 4 && address.mask.count == 4, "addresses have four bytes")
    check(address.gateway.isEmpty || address.gateway.count == 4, "a gateway has an address")
    check(address.nameServer.isEmpty || IPAddress.parse(address.nameServer) != nil, "a name server has an address")
  }
  for entry in ModuleList.parse(input) {
    check(entry.path.first == UInt8(ascii: "/"), "a module's path is absolute")
    check(!entry.path.contains(0x0a) && !entry.parameters.contains(0x0a), "a module has one line")
  }
  attempt { () throws(AgentError) in
    let environment = try AppEnvironment.parse(input)
    check(environment.last == 0, "variables end with a NUL")
    let variables = environment.split(separator: 0, omittingEmptySubsequences: true)
    check(variables.allSatisfy { $0.contains(UInt8(ascii: "=")) }, "a variable has a name and a value")
  }
  _ = PowerButton.isPressed(input)
}
