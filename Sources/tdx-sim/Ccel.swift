/// The boot log of the CCEL area: a TCG crypto-agile log (PC Client Platform Firmware Profile 1.06, section 10) whose register
/// index is the RTMR's number plus one (UEFI 2.10, section 38).
enum Ccel {
  static let areaSize = 65536
  /// The size limit of an area that is read from a file, in bytes.
  static let areaLimit = 16 << 20
  private static let noAction: UInt32 = 3
  private static let sha384: UInt16 = 12

  /// A log like that of TDVF, a boot loader and the kernel's EFI stub, padded with 0xFF to 64 KiB.
  static func sample() -> [UInt8] {
    var log: [UInt8] = []

    let spec: [UInt8] =
      Array("Spec ID Event03\0".utf8) + .le(UInt32(0)) + [0, 2, 0, 2] + .le(UInt32(1)) + .le(sha384) + .le(UInt16(48)) + [0]
    log += .le(UInt32(1)) + .le(noAction) + [UInt8](zeros: 20) + .le(UInt32(spec.count)) + spec

    func add(_ rtmr: UInt32, _ type: UInt32, _ event: [UInt8], measured: [UInt8]? = nil) {
      log += .le(rtmr + 1) + .le(type) + .le(UInt32(1)) + .le(sha384)
      log += Hash.sha384(measured ?? event) + .le(UInt32(event.count)) + event
    }
    func text(_ value: String) -> [UInt8] { Array(value.utf8) }
    func wide(_ value: String) -> [UInt8] { value.utf16.flatMap { [UInt8].le($0) } }
    /// UEFI_VARIABLE_DATA
    func variable(_ guid: [UInt8], _ name: String, _ data: [UInt8] = []) -> [UInt8] {
      guid + .le(UInt64(name.utf16.count)) + .le(UInt64(data.count)) + wide(name) + data
    }
    let global: [UInt8] = [0x61, 0xDF, 0xE4, 0x8B, 0xCA, 0x93, 0xD2, 0x11, 0xAA, 0x0D, 0x00, 0xE0, 0x98, 0x03, 0x2B, 0x8C]
    let security: [UInt8] = [0xCB, 0xB2, 0x19, 0xD7, 0x3A, 0x3D, 0x96, 0x45, 0xA3, 0xBC, 0xDA, 0xD0, 0x0E, 0x67, 0x65, 0x6F]

    // RTMR0: firmware configuration
    add(0, 0x8000_000B, [9] + text("TdxTable\0") + .le(UInt64(1)) + [UInt8](zeros: 24), measured: text("tdx-sim TD HOB"))
    add(
      0, 0x8000_000A, [14] + text("tdx-sim CFV FV") + .le(UInt64(0xFFC0_0000)) + .le(UInt64(0x84000)),
      measured: text("tdx-sim configuration firmware volume"))
    add(0, 0x8000_0001, variable(global, "SecureBoot"))
    add(0, 0x8000_0001, variable(global, "PK"))
    add(0, 0x8000_0001, variable(global, "KEK"))
    add(0, 0x8000_0001, variable(security, "db"))
    add(0, 0x8000_0001, variable(security, "dbx"))
    add(0, 4, [0, 0, 0, 0])
    for table in ["loader", "rsdp", "tables"] { add(0, 10, text("ACPI DATA"), measured: text("tdx-sim ACPI \(table)")) }
    add(0, 0x8000_0002, variable(global, "BootOrder", [0, 0]))

    // RTMR1: the kernel image and the firmware's last steps
    add(1, 0x8000_0003, [UInt8](zeros: 32), measured: text("tdx-sim kernel image"))
    add(1, 0x8000_0007, text("Calling EFI Application from Boot Option"))
    add(1, 4, [0, 0, 0, 0])
    add(1, 0x8000_0007, text("Exit Boot Services Invocation"))
    add(1, 0x8000_0007, text("Exit Boot Services Returned with Success"))

    // RTMR2: command line and initrd
    add(2, 6, text("LOADED_IMAGE::LoadOptions\0"), measured: wide("console=hvc0 initrd=initrd\0"))
    add(2, 6, text("Linux initrd\0"), measured: text("tdx-sim initrd"))

    return log + [UInt8](repeating: 0xFF, count: areaSize - log.count)
  }

  /// RTMR0–2 after replaying the SHA-384 digests of a log, which ends where the rest of the area is 0xFF or zeros. Entries for
  /// RTMR3 are skipped: no firmware makes them, but a host may put them into the log.
  static func replay(_ log: [UInt8]) throws -> [[UInt8]] {
    let broken = Failure("the boot log is not a TCG crypto-agile log with SHA-384 digests")
    guard let headerType = log.le(UInt32.self, at: 4), headerType == noAction, let specSize = log.le(UInt32.self, at: 28),
      let count = log.le(UInt32.self, at: 32 + 24), count <= 8, 32 + Int(specSize) <= log.count
    else { throw broken }
    var sizes: [UInt16: Int] = [:]
    for i in 0..<Int(count) {
      guard let id = log.le(UInt16.self, at: 60 + 4 * i), let size = log.le(UInt16.self, at: 62 + 4 * i) else { throw broken }
      sizes[id] = Int(size)
    }
    guard sizes[sha384] == 48 else { throw broken }

    var registers = [[UInt8]](repeating: [UInt8](zeros: 48), count: 3)
    var at = 32 + Int(specSize)
    while let index = log.le(UInt32.self, at: at), index != .max, let type = log.le(UInt32.self, at: at + 4),
      let digests = log.le(UInt32.self, at: at + 8)
    {
      if index == 0, type == 0, digests == 0 { break }
      at += 12
      for _ in 0..<digests {
        guard let id = log.le(UInt16.self, at: at), let size = sizes[id], at + 2 + size <= log.count else { throw broken }
        if id == sha384, type != noAction, index > 0 {
          guard index <= 4 else { throw Failure("the boot log has events of register index \(index), RTMR0–3 are 1–4") }
          let register = Int(index) - 1
          if register < 3 { registers[register] = Hash.sha384(registers[register] + log[at + 2..<at + 50]) }
        }
        at += 2 + size
      }
      guard let size = log.le(UInt32.self, at: at), Int(size) <= log.count - at - 4 else { throw broken }
      at += 4 + Int(size)
    }
    return registers
  }

  /// The ACPI table with the address of the log (ACPI 6.5 with the CCEL table of the Intel GHCI, section 4.3.3): 56 bytes.
  static func table(logSize: Int) -> [UInt8] {
    var table: [UInt8] = Array("CCEL".utf8) + .le(UInt32(56)) + [1, 0] + Array("TDXSIMTDX-SIM ".utf8)
    table += .le(UInt32(1)) + Array("TSIM".utf8) + .le(UInt32(1))
    table += [2, 0, 0, 0] + .le(UInt64(logSize)) + .le(UInt64(0x0F00_0000))  // CC type 2: TDX
    table[9] = 0 &- table.reduce(0, &+)
    return table
  }
}
