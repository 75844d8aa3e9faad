/// Finds the host's files when no directory is given: on a FAT disk with a label, or else in a 9p export with a tag.
enum HostSharedSource {
  private static let label: StaticString = "DSTACKSHR"
  private static let tag: StaticString = "host-shared"
  private static let parent: StaticString = "/run/dstack"
  private static let point: StaticString = "/run/dstack/host-shared"

  /// Calls `body` with the files; a 9p export is mounted only for that call. Throws `.failed` if there is neither.
  static func with(_ body: (HostFiles) throws(AgentError) -> Void) throws(AgentError) {
    if let disk = disk() {
      let device = try Errno.explain("the host-shared disk cannot be opened", try Descriptor(disk, .reading))
      return try body(try FATVolume(device))
    }
    try? Directory.make(bytes(parent), mode: 0o755)
    try? Directory.make(bytes(point), mode: 0o700)
    defer { Directory.remove(bytes(point)) }
    try Errno.explain("there is no disk with the label DSTACKSHR, and no 9p export host-shared") { () throws(Errno) in
      try Mounts.mount(bytes(tag), at: bytes(point), type: "9p", options: "trans=virtio,version=9p2000.L")
    }
    defer { try? Mounts.unmount(bytes(point)) }
    try body(try HostDirectory(bytes(point)))
  }

  /// The first block device, in order of names, with the label; nil if there is none.
  private static func disk() -> [UInt8]? {
    for name in Directory.namesInOrder(bytes("/sys/class/block")) {
      let device = bytes("/dev/") + name
      if isLabelled(device) { return device }
    }
    return nil
  }

  /// Whether a device holds a FAT file system with the label. False if it cannot be read.
  @inline(never)
  static func isLabelled(_ device: [UInt8]) -> Bool {
    guard let sector = try? KernelFile.read(device, FATVolume.bootSector) else { return false }
    return FATVolume.label(sector)?.matches(label) ?? false
  }
}
