/// The kernel modules to load, from `/etc/dstack/modules`: one per line, dependencies first. A line is a path, absolute or
/// relative to `/lib/modules`, and the module's parameters. Lines that begin with `#` are comments.
enum ModuleList {
  /// A module to load.
  struct Entry: Equatable {
    /// Absolute.
    let path: [UInt8]
    /// `NAME=VALUE` words, as for insmod(8); may be empty.
    let parameters: [UInt8]

    /// Whether the kernel has to decompress it, judged by the suffix `.xz`.
    var isCompressed: Bool { path.suffix(3).matches(".xz") }
  }

  private static let file: StaticString = "/etc/dstack/modules"

  /// Loads the modules in order. A module that cannot be loaded is logged and skipped.
  @inline(never)
  static func load() {
    guard Files.exists(bytes(file)) else { return }
    do throws(AgentError) {
      for entry in parse(try Files.read(bytes(file), limit: Limits.moduleList)) { load(entry) }
    } catch {
      Log.error(error.during(file).text)
    }
  }

  /// The modules that a list names, in order.
  static func parse(_ text: [UInt8]) -> [Entry] {
    var entries: [Entry] = []
    for line in TextParts(linesOf: text) {
      var words = TextWords(line)
      guard let path = words.next(), path.first != UInt8(ascii: "#") else { continue }
      let folder = path.first == UInt8(ascii: "/") ? [] : bytes("/lib/modules/")
      entries.append(Entry(path: folder + path, parameters: Array(words.rest)))
    }
    return entries
  }

  private static func load(_ entry: Entry) {
    do throws(Errno) {
      try KernelModule.load(entry.path, parameters: entry.parameters, compressed: entry.isCompressed)
    } catch {
      Log.failure("cannot load ", entry.path, error)
    }
  }
}
