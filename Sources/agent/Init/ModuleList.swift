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
    var start = 0
    for end in 0...text.count where end == text.count || text[end] == 0x0a {
      if let entry = entry(text[start..<end]) { entries.append(entry) }
      start = end + 1
    }
    return entries
  }

  private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
    var (start, end) = (line.startIndex, line.endIndex)
    while start < end, isBlank(line[start]) { start += 1 }
    while start < end, isBlank(line[end - 1]) { end -= 1 }
    if start == end || line[start] == UInt8(ascii: "#") { return nil }
    var pathEnd = start
    while pathEnd < end, !isBlank(line[pathEnd]) { pathEnd += 1 }
    var path = line[start] == UInt8(ascii: "/") ? [] : bytes("/lib/modules/")
    path += line[start..<pathEnd]
    while pathEnd < end, isBlank(line[pathEnd]) { pathEnd += 1 }
    return Entry(path: path, parameters: Array(line[pathEnd..<end]))
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

  private static func load(_ entry: Entry) {
    do throws(Errno) {
      try KernelModule.load(entry.path, parameters: entry.parameters, compressed: entry.isCompressed)
    } catch {
      Log.failure("cannot load ", entry.path, code: error.code)
    }
  }
}
