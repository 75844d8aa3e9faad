/// The kernel modules to load, from `/etc/dstack/modules`: one a line, in the order in which they depend on each other, a path or a name
/// below `/lib/modules`, with its parameters behind it. Lines that begin with `#` are comments.
enum ModuleList {
  struct Entry: Equatable {
    let path: [UInt8]
    /// As insmod(8) takes them.
    let parameters: [UInt8]

    /// Whether the kernel is to unpack it.
    var isCompressed: Bool { path.suffix(3).matches(".xz") }
  }

  private static let file: StaticString = "/etc/dstack/modules"

  /// Loads what is listed, if anything is. What cannot be loaded is told, and may be missed by what needs it.
  @inline(never)
  static func load() {
    guard Files.exists(bytes(file)) else { return }
    do throws(AgentError) {
      for entry in parse(try Files.read(bytes(file), limit: Limits.moduleList)) { load(entry) }
    } catch {
      Log.error(error.during(file).text)
    }
  }

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
