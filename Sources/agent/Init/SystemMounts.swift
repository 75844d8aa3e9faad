/// The file systems of the kernel and of memory that programs expect.
enum SystemMounts {
  /// Mounts those that are not mounted yet, and makes /var/run lead to /run.
  static func mount() throws(AgentError) {
    try mount("devtmpfs", "/dev")
    try mount("proc", "/proc")
    try mount("sysfs", "/sys")
    try mount("tmpfs", "/run", "mode=0755")
    try mount("tmpfs", "/tmp", "mode=1777")
    try? Directory.make(bytes("/var"), mode: 0o755)
    Files.link(bytes("/run"), at: bytes("/var/run"))
  }

  /// Mounts configfs, where quotes are asked for; it may be a module that had to be loaded first.
  static func mountConfig() {
    do throws(AgentError) { try mount("configfs", "/sys/kernel/config") } catch { Log.error(error.text) }
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
