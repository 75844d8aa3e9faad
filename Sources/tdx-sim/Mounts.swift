import CFuse3
import Glibc

/// The guest's mount namespace: the machine's own tree, with the simulated parts mounted over it.
struct Mounts {
  private let staging: String

  /// Enters a private mount namespace, and a user namespace if only that permits it.
  init(state: String) throws {
    staging = state + "/mnt"
    try System.makeFolders(staging)
    let uid = getuid()
    let gid = getgid()
    var result = sim_unshare(SIM_CLONE_NEWNS)
    if result == -EPERM {
      result = sim_unshare(SIM_CLONE_NEWNS | SIM_CLONE_NEWUSER)
      if result == 0 {
        try System.write("/proc/self/setgroups", Array("deny".utf8))
        try System.write("/proc/self/uid_map", Array("0 \(uid) 1".utf8))
        try System.write("/proc/self/gid_map", Array("0 \(gid) 1".utf8))
      }
    }
    if result < 0 {
      throw Failure(
        "run needs root (CAP_SYS_ADMIN) or unprivileged user namespaces to make a mount namespace, and has neither",
        code: result)
    }
    try call(nil, "/", nil, MS_REC | MS_PRIVATE)
  }

  /// Makes sure that the folder `path` exists. In a tree where nobody can make folders, such as sysfs, the nearest existing
  /// parent is replaced by a writable copy with the same content.
  func folder(_ path: String) throws {
    if System.isFolder(path) { return }
    var above = System.parent(path)
    while !System.isFolder(above) { above = System.parent(above) }
    try copy(above)
    try System.makeFolders(path)
  }

  /// Replaces a folder with a tmpfs whose entries are bind mounts of the original ones, except those in `left`.
  func copy(_ path: String, without left: [String] = []) throws {
    try call("tdx-sim", staging, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")
    for name in System.names(in: path) where !left.contains(name) {
      let from = path + "/" + name
      let to = staging + "/" + name
      var info = stat()
      guard lstat(from, &info) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFLNK {
        var target = [CChar](repeating: 0, count: 4096)
        if readlink(from, &target, target.count - 1) > 0 { symlink(target, to) }
        continue
      }
      if info.st_mode & S_IFMT == S_IFDIR { try System.makeFolders(to) } else { try System.write(to, []) }
      try bind(from, to)
    }
    try call(staging, path, nil, MS_MOVE)
  }

  func bind(_ from: String, _ to: String) throws {
    try call(from, to, nil, MS_BIND | MS_REC)
  }

  func makeReadOnly(_ path: String) throws {
    var info = statvfs()
    // in a user namespace the kernel does not let us clear a flag that the outer namespace has set
    let noexec = statvfs(path, &info) == 0 ? Int(info.f_flag) & MS_NOEXEC : 0
    let flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | noexec
    try call(nil, path, nil, flags)
  }

  private func call(_ source: String?, _ target: String, _ type: String?, _ flags: Int, _ data: String? = nil) throws {
    if mount(source, target, type, UInt(flags), data) != 0 { throw Failure("cannot mount on \(target)", code: errno) }
  }

  /// Takes this process into the namespaces of another.
  static func join(_ pid: Int32) throws {
    guard let cwd = getcwd(nil, 0) else { throw Failure("no current folder", code: errno) }
    defer { free(cwd) }
    for (name, kind) in [("user", SIM_CLONE_NEWUSER), ("mnt", SIM_CLONE_NEWNS)] {
      let path = "/proc/\(pid)/ns/\(name)"
      var theirs = stat()
      var ours = stat()
      if stat(path, &theirs) == 0, stat("/proc/self/ns/\(name)", &ours) == 0, theirs.st_ino == ours.st_ino { continue }
      let fd = try System.check(sim_open(path, O_RDONLY, 0), "cannot open \(path)")
      defer { close(fd) }
      try System.check(sim_setns(fd, kind), "cannot join the simulator's namespaces")
    }
    if chdir(cwd) != 0 { throw Failure("the current folder is not in the simulated guest", code: errno) }
  }
}
