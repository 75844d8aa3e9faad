/// Process 1's parameters on the kernel command line. The firmware measures the line into RTMR2, so the host cannot change it unseen.
///
/// - `dstack.ip=dhcp|ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]`: the address of the first Ethernet interface; without
///   it the interface stays down
/// - `dstack.on_exit=restart|poweroff`: what happens when a program of `/etc/dstack/run.d` ends
/// - `dstack.emit_event=on|off`: whether apps may extend RTMR3
/// - `dstack.console=agent|programs`: with `programs`, their output also goes to the console, which the host reads
/// - `dstack.on_failure=poweroff|halt`: what happens when the machine cannot start
/// - `dstack.disk=required|optional|scratch`: a data disk, encrypted with a key of the app (docs/spec/disk.md); without it none is used
///
/// For `on_exit`, `emit_event`, `console` and `on_failure` the first value is the default. Any other parameter that begins with
/// `dstack.` is an error. The rest of the command line is ignored.
struct KernelCommandLine {
  /// `dstack.ip` with an address; nil without the parameter and with `dhcp`.
  private(set) var address: StaticAddress?
  /// `dstack.ip=dhcp`.
  private(set) var usesDHCP = false
  /// `dstack.on_exit=poweroff`.
  private(set) var powersOffOnExit = false
  /// `dstack.on_failure=halt`.
  private(set) var haltsOnFailure = false
  /// Not `dstack.emit_event=off`.
  private(set) var emitsEvents = true
  /// `dstack.disk`.
  private(set) var disk = DiskUse.none
  /// `dstack.console=programs`.
  private(set) var showsPrograms = false

  /// Its name in error texts.
  private static let name: StaticString = "the kernel command line"

  /// Reads the command line of the running kernel.
  @inline(never)
  mutating func read() throws(AgentError) {
    let file = bytes("/proc/cmdline")
    try read(try AgentError.during(Self.name, try Files.read(file, limit: Limits.kernelCommandLine)))
  }

  /// Reads parameters separated by white space. If one is repeated, the last counts, as in the kernel. Throws `.invalid` for an
  /// unknown `dstack.` parameter or a bad value, with the parameter, but only after reading all, so that `dstack.on_failure` applies to
  /// the failure.
  mutating func read(_ text: [UInt8]) throws(AgentError) {
    var failure: AgentError?
    for parameter in TextWords(text[...]) {
      do throws(AgentError) { try read(parameter: parameter) } catch {
        failure = error.during(bytes(Self.name) + ": " + printable(parameter.prefix(Limits.quotedName)))
      }
    }
    if let failure { throw failure }
  }

  @inline(never)
  private mutating func read(parameter: ArraySlice<UInt8>) throws(AgentError) {
    if let value = parameter.behind("dstack.ip=") {
      usesDHCP = value.matches("dhcp")
      address = StaticAddress(value)
      if !usesDHCP, address == nil { throw .invalid("want dhcp or ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]") }
    } else if let value = parameter.behind("dstack.on_exit=") {
      try choose(value, &powersOffOnExit, "poweroff", "restart", "want restart or poweroff")
    } else if let value = parameter.behind("dstack.emit_event=") {
      try choose(value, &emitsEvents, "on", "off", "want on or off")
    } else if let value = parameter.behind("dstack.on_failure=") {
      try choose(value, &haltsOnFailure, "halt", "poweroff", "want poweroff or halt")
    } else if let value = parameter.behind("dstack.disk=") {
      guard let use = DiskUse(value) else { throw .invalid("want required, optional or scratch") }
      disk = use
    } else if let value = parameter.behind("dstack.console=") {
      try choose(value, &showsPrograms, "programs", "agent", "want agent or programs")
    } else if parameter.hasPrefix("dstack.") {
      throw .invalid("unknown; want dstack.ip, on_exit, emit_event, on_failure, console or disk")
    }
  }
}

/// Sets `choice` to whether the value is `first`. Throws `fault` if it is neither `first` nor `second`; `choice` is false then.
@inline(never)
private func choose(
  _ value: ArraySlice<UInt8>, _ choice: inout Bool, _ first: StaticString, _ second: StaticString, _ fault: StaticString
) throws(AgentError) {
  choice = value.matches(first)
  if !choice, !value.matches(second) { throw .invalid(fault) }
}
