import CSystem

/// The machine's console.
enum Console {
  /// Opens the console as stdin, stdout and stderr if the process was started without them, as the kernel starts process 1 when
  /// the initramfs has no /dev/console.
  static func open() {
    var status = stat()
    if fstat(2, &status) == 0 { return }
    let console = withPath(bytes("/dev/console")) { sys_open($0, O_RDWR | O_NOCTTY, 0) }
    guard console >= 0 else { return }
    for number in Int32(0)...2 where number != console { dup2(console, number) }
    if console > 2 { close(console) }
  }
}
