import Testing

@testable import agent

struct KernelCommandLineTests {
  private static func read(_ text: String) throws -> KernelCommandLine {
    var settings = KernelCommandLine()
    try settings.read(utf8(text))
    return settings
  }

  @Test(arguments: [
    "", "\n", "quiet", "console=ttyS0 panic=1 -- dstack", "xdstack.ip=x dstack DSTACK.IP=1",
  ])
  func nothingOfOurs(_ text: String) throws {
    let settings = try Self.read(text)
    #expect(settings.address == nil && !settings.powersOffOnExit && !settings.haltsOnFailure)
    #expect(!settings.showsPrograms)
  }

  @Test func everything() throws {
    let settings = try Self.read(
      "quiet  dstack.on_exit=poweroff dstack.ip=10.0.2.15/24 dstack.console=programs dstack.on_failure=halt\n")
    #expect(settings.showsPrograms)
    #expect(settings.address?.address == octets("0a00020f") && settings.address?.mask == octets("ffffff00"))
    #expect(settings.powersOffOnExit && settings.haltsOnFailure)
  }

  @Test func disks() throws {
    #expect(try Self.read("quiet").disk == .none)
    for (word, use) in [("required", DiskUse.required), ("optional", .optional), ("scratch", .scratch)] {
      #expect(try Self.read("dstack.disk=required dstack.disk=" + word).disk == use)
    }
  }

  @Test(arguments: [
    ("dstack.ip=dhcp", true, false), ("dstack.ip=10.0.2.15/24 dstack.ip=dhcp", true, false),
    ("dstack.ip=dhcp dstack.ip=10.0.2.15/24", false, true),
  ])
  func leased(_ text: String, _ usesDHCP: Bool, _ hasAddress: Bool) throws {
    let settings = try Self.read(text)
    #expect(settings.usesDHCP == usesDHCP && (settings.address != nil) == hasAddress)
  }

  @Test func theLastHolds() throws {
    let text = "dstack.on_exit=poweroff dstack.on_exit=restart dstack.on_failure=halt dstack.on_failure=poweroff"
    let settings = try Self.read(text)
    #expect(!settings.powersOffOnExit && !settings.haltsOnFailure)
  }

  /// Parameters after a bad one still count.
  @Test(arguments: [
    "dstack.ip=", "dstack.ip=DHCP", "dstack.ip=dhcp,10.0.2.2", "dstack.ip=10.0.2.15", "dstack.on_exit=",
    "dstack.on_exit=reboot", "dstack.on_exit=poweroff1",
    "dstack.on_failure=Halt", "dstack.on_failure=", "dstack.onexit=poweroff", "dstack.ip", "dstack.rootfs_hash=00", "dstack.",
    "dstack.disk=", "dstack.disk=none", "dstack.disk", "dstack.disk=required,scratch",
    "dstack.console=", "dstack.console=on", "dstack.console=ttyS0",
  ])
  func mistakes(_ text: String) {
    var settings = KernelCommandLine()
    #expect(refusal { try settings.read(utf8(text + " dstack.on_failure=halt")) } == .invalid)
    #expect(settings.haltsOnFailure)
  }

  @Test(arguments: [
    ("dstack.onexit=poweroff", "unknown; want dstack.ip, on_exit, emit_event, on_failure, console or disk"),
    ("dstack.ip=10.0.2.15", "want dhcp or ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]"),
    ("dstack.on_exit=halt", "want restart or poweroff"),
    ("dstack.emit_event=no", "want on or off"), ("dstack.on_failure=", "want poweroff or halt"),
    ("dstack.console=ttyS0", "want agent or programs"), ("dstack.disk=some", "want required, optional or scratch"),
  ])
  func wordsAreNamed(_ word: String, _ told: String) {
    let line = "quiet dstack.on_exit=restart \(word) dstack.ip=dhcp"
    #expect(failureText { _ = try Self.read(line) } == "the kernel command line: \(word): \(told)")
  }

  @Test func quotedWords() {
    #expect(failureText { _ = try Self.read("dstack.\0\u{1b}[2J\u{e4}") }?.contains(": dstack.??[2J??: unknown") == true)
    for size in [Limits.quotedName, Limits.quotedName + 1] {
      let word = "dstack.".padding(toLength: size, withPad: "a", startingAt: 0)
      #expect(failureText { _ = try Self.read(word) }?.contains(": \(word.prefix(Limits.quotedName)): unknown") == true)
    }
  }
}

struct StaticAddressTests {
  private static func parse(_ text: String) -> StaticAddress? { StaticAddress(utf8("x=" + text).dropFirst(2)) }

  @Test(arguments: [
    ("10.0.2.15/24", "0a00020f", "ffffff00", "", ""), ("10.0.2.15/24,10.0.2.2", "0a00020f", "ffffff00", "0a000202", ""),
    ("10.0.2.15/8,10.0.2.2,10.0.2.3", "0a00020f", "ff000000", "0a000202", "10.0.2.3"),
    ("1.2.3.4/1,1.1.1.1,fe80::1", "01020304", "80000000", "01010101", "fe80::1"),
    ("1.2.3.4/32", "01020304", "ffffffff", "", ""), ("1.2.3.4/31", "01020304", "fffffffe", "", ""),
    ("1.2.3.4/9", "01020304", "ff800000", "", ""),
  ])
  func addresses(_ text: String, _ address: String, _ mask: String, _ gateway: String, _ nameServer: String) throws {
    let parsed = try #require(Self.parse(text))
    #expect(parsed.address == octets(address) && parsed.mask == octets(mask) && parsed.gateway == octets(gateway))
    #expect(parsed.nameServer == utf8(nameServer))
  }

  @Test(arguments: [
    "", "/", "10.0.2.15", "10.0.2.15/", "10.0.2.15/0", "10.0.2.15/33", "10.0.2.15/024", "10.0.2.15/4294967320", "10.0.2.15/+8",
    "/24", "10.0.2.015/24", "::1/64", "10.0.2.15/24,", "10.0.2.15/24,::1", "10.0.2.15/24,10.0.2.2,", "10.0.2.15/24,10.0.2.2,a",
    "10.0.2.15/24,,10.0.2.3", "10.0.2.15/24,10.0.2.2,10.0.2.3,10.0.2.4", "10.0.2.15,10.0.2.2/24", "10.0.2.15/24/24",
  ])
  func refused(_ text: String) { #expect(Self.parse(text) == nil) }
}
