import CSystem

/// The machine's console.
enum Console {
  /// Gives this process its own open file as stdin, stdout and stderr, so that it and its children can write without waiting, and other
  /// processes' files keep their flags. If the process was started without them, as the kernel starts process 1 when the initramfs has no
  /// /dev/console, that file is the console.
  static func open() {
    var status = stat()
    let path: StaticString = fstat(2, &status) == 0 ? "/proc/self/fd/2" : "/dev/console"
    let console = withPath(bytes(path)) { sys_open($0, O_RDWR | O_NOCTTY | O_NONBLOCK | O_APPEND, 0) }
    guard console >= 0 else { return }
    for number in Int32(0)...2 where number != console { dup2(console, number) }
    if console > 2 { close(console) }
  }
}
