import CFuse3
import Glibc

/// A mounted ``FileSystem``: libfuse's low-level session, driven by the ``Loop``.
final class FuseMount {
  /// How long the kernel keeps names and attributes, in seconds.
  static let timeout = 86400.0
  private let session: OpaquePointer
  private let fileSystem: FileSystem
  private let fd: Int32

  /// Mounts over the folder `path`. The mount lasts until this process or the last process of its namespace ends.
  init(_ fileSystem: FileSystem, over path: String, loop: Loop) throws {
    self.fileSystem = fileSystem
    fd = try FuseMount.device()
    // libfuse would call fusermount, which mounts for one user only; given /dev/fd/N it uses an existing mount.
    let options = "fd=\(fd),rootmode=40755,user_id=0,group_id=0,default_permissions,allow_other"
    let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    if mount("tdx-sim", path, "fuse", flags, options) != 0 { throw Failure("cannot mount FUSE on \(path)", code: errno) }

    var operations = fuseOperations()
    let name = strdup("tdx-sim")
    defer { free(name) }
    var arguments = [name]
    let made = arguments.withUnsafeMutableBufferPointer { pointers in
      var args = fuse_args(argc: 1, argv: pointers.baseAddress, allocated: 0)
      return sim_fuse_session(&args, &operations, Unmanaged.passUnretained(fileSystem).toOpaque())
    }
    guard let made, fuse_session_mount(made, "/dev/fd/\(fd)") == 0 else {
      throw Failure("libfuse refuses the mount on \(path)")
    }
    session = made
    var buffer = fuse_buf()
    loop.watch(fd) { [self] in
      let n = fuse_session_receive_buf(session, &buffer)
      if n > 0 { fuse_session_process_buf(session, &buffer) }
      // The kernel is done with this mount.
      if n == 0 || fuse_session_exited(session) != 0 { loop.unwatch(fd) }
    }
  }

  private static func device() throws -> Int32 {
    let fd = sim_open("/dev/fuse", O_RDWR, 0)
    if fd == -ENOENT || fd == -ENODEV || fd == -ENXIO {
      throw Failure("there is no /dev/fuse: try `modprobe fuse`, or `--device /dev/fuse` for a container")
    }
    if fd == -EACCES || fd == -EPERM {
      throw Failure("this user may not open /dev/fuse: run as root, or make it accessible (`chmod 0666 /dev/fuse`)")
    }
    try System.check(fd, "cannot open /dev/fuse")
    try System.check(sim_set_nonblocking(fd), "cannot use /dev/fuse")
    return fd
  }
}
