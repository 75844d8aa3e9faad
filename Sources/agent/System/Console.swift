import CSystem

enum Console {
  /// Gives this process a stdin, stdout and stderr that are its own open file, so that it and its children can write without waiting, and
  /// nobody else's writing changes. That is the console where the kernel has given it none, as the initramfs has no /dev/console.
  static func open() {
    var status = stat()
    let path: StaticString = fstat(2, &status) == 0 ? "/proc/self/fd/2" : "/dev/console"
    let console = withPath(bytes(path)) { sys_open($0, O_RDWR | O_NOCTTY | O_NONBLOCK | O_APPEND, 0) }
    guard console >= 0 else { return }
    for number in Int32(0)...2 where number != console { dup2(console, number) }
    if console > 2 { close(console) }
  }
}
