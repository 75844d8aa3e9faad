/// The kernel's file systems and the tmpfs mounts that programs expect.
enum SystemMounts {
  /// Mounts what is not mounted yet and links /var/run to /run. Throws if /dev, /proc, /sys, /run or /tmp cannot be mounted; the
  /// kernel may lack the others.
  static func mount() throws(AgentError) {
    try mount("devtmpfs", "/dev")
    try mount("proc", "/proc")
    try mount("sysfs", "/sys")
    try mount("tmpfs", "/run", "mode=0755")
    try mount("tmpfs", "/tmp", "mode=1777")
    attempt("devpts", "/dev/pts", "mode=620,ptmxmode=666")
    attempt("tmpfs", "/dev/shm", "mode=1777")
    attempt("mqueue", "/dev/mqueue")
    attempt("cgroup2", "/sys/fs/cgroup")
    try? Directory.makeIfMissing(bytes("/var"), mode: 0o755)
    for (target, path) in [
      ("/run", "/var/run"), ("/proc/self/fd", "/dev/fd"), ("fd/0", "/dev/stdin"), ("fd/1", "/dev/stdout"),
      ("fd/2", "/dev/stderr"),
    ] as [(StaticString, StaticString)] { Files.link(bytes(target), at: bytes(path)) }
    // programs do not run as root and may still use ports below 1024
    try? KernelFile.write(bytes("/proc/sys/net/ipv4/ip_unprivileged_port_start"), bytes("0"))
  }

  /// Mounts a file system that the kernel may lack.
  @inline(never)
  private static func attempt(_ type: StaticString, _ target: StaticString, _ options: StaticString = "") {
    do throws(AgentError) { try mount(type, target, options) } catch { Log.warning(error.text) }
  }

  /// Writes /etc/hosts, unless the image has one.
  static func writeHosts() {
    let path = bytes("/etc/hosts")
    if Files.exists(path) { return }
    let name = Files.systemText("/proc/sys/kernel/hostname")
    try? Files.publish(bytes("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ", name), at: path)
  }

  /// Mounts configfs, which quotes are requested through. It may be a module, so call this after `ModuleList.load`.
  static func mountConfig() {
    attempt("configfs", "/sys/kernel/config")
  }

  @inline(never)
  private static func mount(_ type: StaticString, _ target: StaticString, _ options: StaticString = "") throws(AgentError) {
    let path = bytes(target)
    if Mounts.isMountPoint(path) { return }
    try? Directory.make(path, mode: 0o755)
    try AgentError.during(
      target, try Errno.explain("cannot be mounted", try Mounts.mountSystem(type, at: path, options: options)))
  }
}
