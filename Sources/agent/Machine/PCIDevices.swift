/// The devices on the machine's PCI bus, as sysfs shows them.
enum PCIDevices {
  /// Where sysfs lists them.
  static let directory: StaticString = "/sys/bus/pci/devices"
  /// The base class of display controllers (PCI Code and ID Assignment Specification, 1.4).
  private static let display: UInt8 = 3

  /// Throws `.invalid` with this text if a device is a display controller, and `.failed` if that cannot be determined. The error
  /// names the first such device. A missing directory means that there is no PCI bus.
  static func refuseDisplays(in directory: [UInt8], _ text: StaticString) throws(AgentError) {
    var names: [[UInt8]] = []
    do throws(Errno) {
      names = try Directory.listInOrder(directory)
    } catch {
      if error.isMissing { return }
      throw .failed("cannot list the PCI devices", errno: error.code)
    }
    var size = 0
    for name in names {
      size += name.count + 1
      // beyond this size the listing may be incomplete
      if size > Limits.deviceNames { throw .failed("the PCI bus has too many devices") }
      do throws(AgentError) {
        if try baseClass(directory + "/" + name + "/class") == display { throw .invalid(text) }
      } catch {
        throw AgentError(error.kind, bytes("PCI device ") + printable(name) + ": " + error.text)
      }
    }
  }

  /// Whether there is a display controller by NVIDIA (vendor 0x10de). A device that cannot be read does not count.
  static func hasNVIDIADisplay(in directory: [UInt8]) -> Bool {
    for name in Directory.namesInOrder(directory) {
      let device = directory + "/" + name
      let vendor = try? KernelFile.read(device + "/vendor", Limits.deviceClass)
      if let vendor, vendor.matches("0x10de\n"), (try? baseClass(device + "/class")) == display { return true }
    }
    return false
  }

  /// The base class from a file of the form `0x`, six hexadecimal digits and a line end: base class, sub-class and programming interface.
  @inline(never)
  private static func baseClass(_ path: [UInt8]) throws(AgentError) -> UInt8 {
    let text = try Errno.explain("cannot read its class", try KernelFile.read(path, Limits.deviceClass + 1))
    guard text.count == Limits.deviceClass, text.hasPrefix("0x"), text.last == 0x0a, let value = Hex.decode(text[2..<8]) else {
      throw .failed("its class is malformed")
    }
    return value[0]
  }

  /// The name, made safe to print: an address is like `0000:00:01.0`, so other bytes are replaced and long names are cut.
  private static func printable(_ name: [UInt8]) -> [UInt8] {
    var address: [UInt8] = []
    for byte in name where address.count < Limits.deviceAddress {
      address.append(byte > 0x20 && byte < 0x7f ? byte : UInt8(ascii: "?"))
    }
    return address
  }
}
