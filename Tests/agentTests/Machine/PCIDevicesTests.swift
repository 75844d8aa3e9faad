import Foundation
import Testing

@testable import agent

struct PCIDevicesTests {
  /// A bus with devices of these classes; nil for a device without the file.
  private static func bus(_ devices: [(String, String?)]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (address, type) in devices {
      try FileManager.default.createDirectory(atPath: folder.path + "/" + address, withIntermediateDirectories: false)
      if let type { try folder.write(address + "/class", utf8(type)) }
    }
    return folder
  }

  /// The error's text; nil if nothing is thrown.
  private static func failure(_ devices: [(String, String?)]) throws -> String? {
    let folder = try bus(devices)
    return withExtendedLifetime(folder) { failureText { try PCIDevices.refuseDisplays(in: folder.bytes, "is a display") } }
  }

  @Test func none() throws {
    #expect(try Self.failure([]) == nil)
    #expect(try Self.failure([("0000:00:00.0", "0x060000\n"), ("0000:00:01.0", "0x020000\n"), ("b", "0x0b4000\n")]) == nil)
    // 3, but not as the base class
    #expect(try Self.failure([("a", "0x010303\n"), ("b", "0x130000\n"), ("c", "0x300000\n")]) == nil)
  }

  /// VGA, XGA, 3D and others: every display controller.
  @Test(arguments: ["0x030000\n", "0x030100\n", "0x030200\n", "0x038000\n", "0x03ffff\n", "0x03FFff\n"])
  func displays(_ type: String) throws {
    #expect(
      try Self.failure([("0000:00:00.0", "0x060000\n"), ("0000:41:00.0", type)]) == "PCI device 0000:41:00.0: is a display")
  }

  @Test func firstByName() throws {
    #expect(
      try Self.failure([("0000:02:00.0", "0x030000\n"), ("0000:01:00.0", "0x030200\n")])
        == "PCI device 0000:01:00.0: is a display")
  }

  @Test func noBus() throws {
    let folder = try TemporaryFolder()
    func failure(_ path: String) -> String? {
      failureText { try PCIDevices.refuseDisplays(in: folder.bytes + utf8(path), "is a display") }
    }
    #expect(failure("/none") == nil)
    #expect(failure("/no/ne") == nil)
    // a symbolic link loop does not count as absent
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/loop", withDestinationPath: "loop")
    #expect(failure("/loop") == "cannot list the PCI devices: a symbolic link")
  }

  /// A device whose class cannot be read may be a display.
  @Test(
    arguments: [
      nil, "", "\n", "0x02000\n", "0x0200000\n", "0x020000", "020000\n", "0x02000g\n", "1x020000\n", "0X020000\n", " 0x20000\n",
      "0x020000\n\n", "0x020000 ",
    ] as [String?])
  func unreadable(_ type: String?) throws {
    let text = try Self.failure([("0000:00:01.0", type)])
    #expect(text == "PCI device 0000:00:01.0: " + (type == nil ? "cannot read its class: not found" : "its class is malformed"))
  }

  /// The device's name is shown, made safe to print.
  @Test func printable() throws {
    #expect(try Self.failure([("a \u{1b}[1mé", "0x030000\n")]) == "PCI device a??[1m??: is a display")
    let most = String(repeating: "x", count: Limits.deviceAddress)
    #expect(try Self.failure([(most, "0x030000\n")]) == "PCI device \(most): is a display")
    #expect(try Self.failure([(most + "x", "0x030000\n")]) == "PCI device \(most): is a display")
  }

  /// A device that the listing omits could be a display.
  @Test func many() throws {
    let length = 239
    let fit = Limits.deviceNames / (length + 1)
    #expect(fit * (length + 1) == Limits.deviceNames)
    let names = (0...fit).map { number in
      let name = "\(number)"
      return String(repeating: "0", count: length - name.count) + name
    }
    let devices: [(String, String?)] = names.map { ($0, "0x020000\n") }
    #expect(try Self.failure(Array(devices.dropLast())) == nil)
    #expect(try Self.failure(devices) == "the PCI bus has too many devices")
  }
}
