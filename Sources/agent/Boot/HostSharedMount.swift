/// The host-shared directory where it is not mounted yet: a read-only disk with a label, else a 9p export with a tag.
enum HostSharedMount {
  private static let label: StaticString = "DSTACKSHR"
  private static let tag: StaticString = "host-shared"
  private static let parent: StaticString = "/run/dstack"
  private static let point: StaticString = "/run/dstack/host-shared"

  /// Calls `body` with the mounted directory, which is unmounted behind it.
  static func with(_ body: (borrowing OpenDirectory) throws(AgentError) -> Void) throws(AgentError) {
    try? Directory.make(bytes(parent), mode: 0o755)
    try? Directory.make(bytes(point), mode: 0o700)
    defer { Directory.remove(bytes(point)) }
    try mount()
    defer { try? Mounts.unmount(bytes(point)) }
    let directory = try Errno.explain("the host-shared directory cannot be opened") { () throws(Errno) in
      try OpenDirectory(bytes(point))
    }
    try body(directory)
  }

  private static func mount() throws(AgentError) {
    if let disk = disk() {
      return try Errno.explain("the host-shared disk cannot be mounted") { () throws(Errno) in
        try Mounts.mount(disk, at: bytes(point), type: "vfat", options: "")
      }
    }
    try Errno.explain("there is no disk with the label DSTACKSHR, and no 9p export host-shared") { () throws(Errno) in
      try Mounts.mount(bytes(tag), at: bytes(point), type: "9p", options: "trans=virtio,version=9p2000.L")
    }
  }

  /// The first block device, by name, with the label.
  private static func disk() -> [UInt8]? {
    for name in Directory.namesInOrder(bytes("/sys/class/block")) {
      let device = bytes("/dev/") + name
      guard let sector = try? KernelFile.read(device, FATLabel.sectorSize) else { continue }
      if FATLabel.read(sector)?.matches(label) ?? false { return device }
    }
    return nil
  }
}
