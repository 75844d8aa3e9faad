import Glibc

/// /sys/devices/virtual/misc/tdx_guest/measurements (Linux 6.16, drivers/virt/coco/guest/tsm-mr.c and
/// Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest): 48 bytes per register; writing to an RTMR extends it.
final class Measurements: FileSystem {
  private let files: [(name: String, rtmr: Int?, value: () -> [UInt8])]
  private let guest: Guest
  private let faults: Faults

  init(guest: Guest, faults: Faults) {
    self.guest = guest
    self.faults = faults
    files =
      [
        ("mrconfigid", nil, { guest.mrConfigID }), ("mrowner", nil, { guest.mrOwner }),
        ("mrownerconfig", nil, { guest.mrOwnerConfig }), ("mrtd:sha384", nil, { guest.mrtd }),
      ] + (0...3).map { i in ("rtmr\(i):sha384", i, { guest.rtmrs[i] }) }
  }

  private func index(_ node: Node) -> Int? {
    node > FileSystem.root && node <= FileSystem.root + Node(files.count) ? Int(node - FileSystem.root) - 1 : nil
  }

  override func definition(_ node: Node) -> Attributes? {
    if node == FileSystem.root { return Attributes(mode: S_IFDIR | 0o755) }
    return index(node).map { Attributes(mode: S_IFREG | (files[$0].rtmr == nil ? 0o444 : 0o644), size: 48) }
  }

  override func child(of node: Node, _ name: String) -> Node? {
    guard node == FileSystem.root, let i = files.firstIndex(where: { $0.name == name }) else { return nil }
    return FileSystem.root + Node(i) + 1
  }

  override func children(of node: Node) -> [(name: String, node: Node)] {
    files.enumerated().map { ($1.name, FileSystem.root + Node($0) + 1) }
  }

  override func open(_ node: Node) -> OpenFile? {
    index(node).map { Register(files[$0].value, rtmr: files[$0].rtmr, guest, faults) }
  }

  private final class Register: OpenFile {
    private let value: () -> [UInt8]
    private let rtmr: Int?
    private let guest: Guest
    private let faults: Faults

    init(_ value: @escaping () -> [UInt8], rtmr: Int?, _ guest: Guest, _ faults: Faults) {
      self.value = value
      self.rtmr = rtmr
      self.guest = guest
      self.faults = faults
    }

    override func read(_ request: Request, offset: Int, size: Int) {
      request.reply(value(), offset: offset, size: size)
    }

    override func write(_ request: Request, offset: Int, _ bytes: [UInt8]) {
      // sysfs first cuts a write off at the file's size (sysfs_kf_bin_write); then tsm-mr accepts only 48 bytes at offset 0.
      if offset >= 48 { return request.fail(EFBIG) }
      let count = min(bytes.count, 48 - offset)
      guard let rtmr, offset == 0, count == 48 else { return request.fail(EINVAL) }
      if case .fail(let code) = faults.extend() { return request.fail(code) }
      guest.extend(rtmr, Array(bytes[..<48]))
      request.wrote(48)
    }
  }
}
