import CSystem

enum Console {
  /// Gives a process that was started without them, as the kernel does where the initramfs has no /dev/console, a stdin, stdout and
  /// stderr.
  static func open() {
    var status = stat()
    if fstat(2, &status) == 0 { return }
    let console = withPath(bytes("/dev/console")) { sys_open($0, O_RDWR | O_NOCTTY, 0) }
    guard console >= 0 else { return }
    for number in Int32(0)...2 where number != console { dup2(console, number) }
    if console > 2 { close(console) }
  }
}
