/// What the kernel's command line tells process 1. The firmware measures it into RTMR2, so that the host cannot change it unseen.
///
/// - `dstack.ip=dhcp|ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]`: the address of the first network interface, nobody's without it
/// - `dstack.on_exit=restart|poweroff`: what follows when a program of `/etc/dstack/run.d` ends
/// - `dstack.emit_event=on|off`: whether apps may extend RTMR3
/// - `dstack.console=agent|programs`: whether what programs write comes on the console, too, which the host reads
/// - `dstack.on_failure=poweroff|halt`: what follows when the machine cannot start
/// - `dstack.disk=required|optional|scratch`: a disk for data, encrypted with a key of the app's; without the parameter none is used
///
/// But for the disk, the first value is what holds without the parameter. Others that begin with `dstack.` are mistakes; the rest is for others.
struct KernelCommandLine {
  private(set) var address: StaticAddress?
  private(set) var usesDHCP = false
  private(set) var powersOffOnExit = false
  private(set) var haltsOnFailure = false
  private(set) var emitsEvents = true
  private(set) var disk = DiskUse.none
  private(set) var showsPrograms = false

  /// As `read(_:)`, of the running kernel.
  mutating func read() throws(AgentError) {
    let file = bytes("/proc/cmdline")
    try AgentError.during("the kernel's command line", try read(try Files.read(file, limit: Limits.kernelCommandLine)))
  }

  /// Reads parameters, which are words. Of one that comes twice the last holds, as in the kernel. Throws `.invalid` behind the
  /// last one if one of ours has a value that it cannot have.
  mutating func read(_ text: [UInt8]) throws(AgentError) {
    var failure: AgentError?
    for parameter in TextWords(text[...]) {
      do throws(AgentError) { try read(parameter: parameter) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private mutating func read(parameter: ArraySlice<UInt8>) throws(AgentError) {
    if let value = parameter.behind("dstack.ip=") {
      usesDHCP = value.matches("dhcp")
      address = StaticAddress(value)
      if !usesDHCP, address == nil { throw .invalid("dstack.ip is neither dhcp nor ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]") }
    } else if let value = parameter.behind("dstack.on_exit=") {
      try choose(value, &powersOffOnExit, "poweroff", "restart", "dstack.on_exit is neither restart nor poweroff")
    } else if let value = parameter.behind("dstack.emit_event=") {
      try choose(value, &emitsEvents, "on", "off", "dstack.emit_event is neither on nor off")
    } else if let value = parameter.behind("dstack.on_failure=") {
      try choose(value, &haltsOnFailure, "halt", "poweroff", "dstack.on_failure is neither poweroff nor halt")
    } else if let value = parameter.behind("dstack.disk=") {
      guard let use = DiskUse(value) else { throw .invalid("dstack.disk must be required, optional or scratch") }
      disk = use
    } else if let value = parameter.behind("dstack.console=") {
      try choose(value, &showsPrograms, "programs", "agent", "dstack.console is neither agent nor programs")
    } else if parameter.hasPrefix("dstack.") {
      throw AgentError(
        .invalid, bytes("there are dstack.ip, on_exit, emit_event, on_failure, console and disk, but no ") + parameter)
    }
  }
}

/// Takes a value of two words. What is neither counts as the second until it is told.
@inline(never)
private func choose(
  _ value: ArraySlice<UInt8>, _ choice: inout Bool, _ first: StaticString, _ second: StaticString, _ fault: StaticString
) throws(AgentError) {
  choice = value.matches(first)
  if !choice, !value.matches(second) { throw .invalid(fault) }
}
