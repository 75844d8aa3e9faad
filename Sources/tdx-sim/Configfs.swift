import Glibc

/// /sys/kernel/config/tsm/report (Linux 6.7, Documentation/ABI/testing/configfs-tsm-report; drivers/virt/coco/guest/report.c
/// and fs/configfs/file.c). mkdir makes an entry with the four files that the TDX provider has.
///
/// The kernel holds tsm_rwsem for writing while a quote is made, so every other access to the tree waits for it, uninterruptibly.
/// Here `busy` and the list `waiting` do the same.
final class Configfs: FileSystem {
  private static let inblobLimit = 64  // TSM_REPORT_INBLOB_MAX

  fileprivate final class Entry {
    let name: String
    let base: Node
    var inblob: [UInt8] = []
    var outblob: [UInt8]?
    var writeGeneration: UInt64 = 0
    var readGeneration: UInt64 = 0
    var dead = false
    var lookups: UInt64 = 0

    init(_ name: String, base: Node) {
      self.name = name
      self.base = base
    }
  }

  fileprivate enum Kind: Node, CaseIterable {
    case generation = 1
    case provider, inblob, outblob

    var mode: mode_t { self == .inblob ? 0o200 : 0o444 }
    /// configfs gives text attributes a page, binary ones nothing.
    var size: Int { self == .generation || self == .provider ? 4096 : 0 }
  }

  private let getQuote: GetQuote
  fileprivate let loop: Loop
  private var entries: [Node: Entry] = [:]  // by number; dead ones stay while the kernel knows them
  private var byName: [String: Entry] = [:]
  private var nextNumber: Node = 1
  private var busy = false
  private var waiting: [() -> Void] = []

  init(getQuote: GetQuote, loop: Loop) {
    self.getQuote = getQuote
    self.loop = loop
  }

  /// Node numbers: 16 for each entry, 0 is its folder.
  private func find(_ node: Node) -> (entry: Entry, kind: Kind?)? {
    guard let entry = entries[node / 16] else { return nil }
    if node % 16 == 0 { return (entry, nil) }
    return Kind(rawValue: node % 16).map { (entry, $0) }
  }

  override func definition(_ node: Node) -> Attributes? {
    if node == FileSystem.root { return Attributes(mode: S_IFDIR | 0o755) }
    guard let (_, kind) = find(node) else { return nil }
    return kind.map { Attributes(mode: S_IFREG | $0.mode, size: $0.size) } ?? Attributes(mode: S_IFDIR | 0o755)
  }

  override func child(of node: Node, _ name: String) -> Node? {
    if node == FileSystem.root { return byName[name]?.base }
    guard let (entry, kind) = find(node), kind == nil, !entry.dead else { return nil }
    return Kind.allCases.first { "\($0)" == name }.map { entry.base + $0.rawValue }
  }

  override func children(of node: Node) -> [(name: String, node: Node)] {
    if node == FileSystem.root { return byName.values.map { ($0.name, $0.base) } }
    guard let (entry, _) = find(node), !entry.dead else { return [] }
    return Kind.allCases.map { ("\($0)", entry.base + $0.rawValue) }
  }

  override func makeFolder(_ request: Request, in node: Node, _ name: String) {
    guard node == FileSystem.root else { return request.fail(EPERM) }
    exclusive { [self] in
      if byName[name] != nil { return request.fail(EEXIST) }
      let new = Entry(name, base: nextNumber * 16)
      entries[nextNumber] = new
      nextNumber += 1
      byName[name] = new
      entry(request, new.base)
    }
  }

  override func removeFolder(_ request: Request, in node: Node, _ name: String) {
    guard node == FileSystem.root else { return request.fail(find(node) == nil ? ENOENT : ENOTDIR) }
    // The kernel waits for operations on the entry; here earlier ones come first in the list.
    exclusive { [self] in
      guard let entry = byName.removeValue(forKey: name) else { return request.fail(ENOENT) }
      entry.dead = true
      entry.outblob = nil
      request.done()
    }
  }

  override func looked(up node: Node) { entries[node / 16]?.lookups += 1 }

  override func forget(_ node: Node, count: UInt64) {
    guard let entry = entries[node / 16] else { return }
    entry.lookups -= min(count, entry.lookups)
    guard entry.dead, entry.lookups == 0 else { return }
    entries[node / 16] = nil
    for i in 0..<Node(16) { drop(entry.base + i) }
  }

  override func open(_ node: Node) -> OpenFile? {
    guard let (entry, kind) = find(node), let kind, !entry.dead else { return nil }
    return Attribute(self, entry, kind)
  }

  /// Runs `action` now, or after the quote that is being made.
  fileprivate func exclusive(_ action: @escaping () -> Void) {
    if busy { waiting.append(action) } else { action() }
  }

  private func release() {
    busy = false
    while !busy, !waiting.isEmpty { waiting.removeFirst()() }
  }

  /// What a read of `outblob` returns: the last quote, or a new one if something has been written since. Call it in
  /// ``exclusive(_:)`` only.
  fileprivate func outblob(_ entry: Entry, _ request: Request, done: @escaping (GetQuote.Result) -> Void) {
    if entry.dead { return done(.failure(ENOENT)) }
    if entry.inblob.isEmpty { return done(.failure(EINVAL)) }
    if let quote = entry.outblob, entry.readGeneration == entry.writeGeneration { return done(.quote(quote)) }
    entry.outblob = nil
    busy = true
    let interruption = Interruption(loop) { [self] in getQuote.interrupt() }
    var waits = true
    getQuote.start(entry.inblob) { [self] result in
      waits = false
      interruption.end()
      request.ignoreInterrupts()
      if case .quote(let quote) = result {
        entry.outblob = quote
        entry.readGeneration = entry.writeGeneration
      }
      done(result)
      release()
    }
    if waits { request.onInterrupt(interruption) }
  }

  private final class Attribute: OpenFile {
    private let tree: Configfs
    private let entry: Entry
    private let kind: Kind
    /// What the first read returned; later reads of this descriptor continue in it.
    private var content: [UInt8]?
    private var written: [UInt8]?

    init(_ tree: Configfs, _ entry: Entry, _ kind: Kind) {
      self.tree = tree
      self.entry = entry
      self.kind = kind
    }

    override var isSeekable: Bool { kind == .generation || kind == .provider }

    override func read(_ request: Request, offset: Int, size: Int) {
      if let content { return request.reply(content, offset: offset, size: size) }
      tree.exclusive { [self] in
        switch kind {
        case .inblob: request.fail(EACCES)
        case .generation: text(request, "\(entry.writeGeneration)\n", offset, size)
        case .provider: text(request, "tdx_guest\n", offset, size)
        case .outblob:
          tree.outblob(entry, request) { [self] result in
            switch result {
            case .failure(let code): request.fail(code)
            case .quote(let quote):
              // configfs treats an empty value as the end of the file, and asks again at the next read.
              content = quote.isEmpty ? nil : quote
              request.reply(quote, offset: offset, size: size)
            }
          }
        }
      }
    }

    private func text(_ request: Request, _ value: String, _ offset: Int, _ size: Int) {
      if entry.dead { return request.fail(ENOENT) }
      content = Array(value.utf8)
      request.reply(Array(value.utf8), offset: offset, size: size)
    }

    override func write(_ request: Request, offset: Int, _ bytes: [UInt8]) {
      guard kind == .inblob else { return request.fail(EACCES) }
      let end = offset + bytes.count
      if end > Configfs.inblobLimit { return request.fail(EFBIG) }
      var blob = written ?? []
      if end > blob.count { blob += [UInt8](zeros: end - blob.count) }
      blob.replaceSubrange(offset..<end, with: bytes)
      written = blob
      request.wrote(bytes.count)
    }

    override func flush(_ request: Request) {
      guard written != nil else { return request.done() }
      tree.exclusive { [self] in
        if let blob = written, !entry.dead {
          entry.inblob = blob
          entry.writeGeneration += 1
        }
        written = nil
        request.done()
      }
    }
  }
}
