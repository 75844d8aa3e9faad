/// The options of a guest that `run` starts. Values stay as on the command line, so that they can be passed on and compared.
struct Options {
  private(set) var values = ["--quote-delay": "0", "--ccel": "", "--kernel": "mainline", "--mr-config-id": "", "--pci": ""]
  /// Those that were given.
  private(set) var given: [String: String] = [:]

  /// Nanoseconds.
  var quoteDelay: Int64 { (Int64(values["--quote-delay"] ?? "") ?? 0) * 1_000_000 }
  /// A file, or empty for the simulator's own log.
  var ccel: String { values["--ccel"] ?? "" }
  /// Whether configfs-tsm and the registers in sysfs are missing, as in the kernels of the 0.5 images.
  var isOldKernel: Bool { values["--kernel"] == "0.5" }
  /// A folder with the devices of the PCI bus, or empty for an empty bus.
  var pci: String { values["--pci"] ?? "" }
  /// 48 bytes.
  var mrConfigID: [UInt8] {
    let bytes = values["--mr-config-id"].flatMap { [UInt8](hex: $0) } ?? []
    return bytes.isEmpty ? [UInt8](zeros: 48) : bytes
  }

  /// Takes an option; false if there is none of that name. Throws if the value is wrong.
  mutating func take(_ name: String, _ value: String) throws -> Bool {
    guard values[name] != nil else { return false }
    var value = value
    switch name {
    case "--quote-delay":
      guard let ms = Int64(value), (0...3_600_000).contains(ms) else {
        throw Failure("--quote-delay takes milliseconds, up to an hour", status: 2)
      }
    case "--kernel":
      guard ["mainline", "0.5"].contains(value) else { throw Failure("--kernel is mainline or 0.5", status: 2) }
    case "--mr-config-id":
      guard [UInt8](hex: value)?.count == 48 else { throw Failure("--mr-config-id takes 96 hex digits", status: 2) }
    case "--pci":
      value = try System.fullPath(value)
      guard System.isFolder(value) else { throw Failure("--pci takes a folder", status: 2) }
    default: value = try System.fullPath(value)
    }
    values[name] = value
    given[name] = value
    return true
  }

  /// An option that was given with a different value from the running guest's; nil if there is none.
  func conflict(with running: Options) -> String? {
    given.first { running.values[$0.key] != $0.value }?.key
  }
}
