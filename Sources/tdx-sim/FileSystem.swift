import CFuse3
import Glibc

/// An inode number.
typealias Node = UInt64

/// An open file of a ``FileSystem``.
class OpenFile {
  var isSeekable: Bool { true }
  func read(_ request: Request, offset: Int, size: Int) { request.fail(EACCES) }
  func write(_ request: Request, offset: Int, _ bytes: [UInt8]) { request.fail(EACCES) }
  /// Called at every close(2) of a descriptor, which waits for the answer.
  func flush(_ request: Request) { request.done() }
}

/// A tree of attribute files. Only its callers change it, by mkdir and rmdir, so the kernel may cache names for a long time.
/// Subclasses define the content; ``FuseMount`` talks to the kernel.
class FileSystem {
  struct Attributes {
    var mode: mode_t
    var size = 0
    var uid: uid_t = 0
    var gid: gid_t = 0
  }

  static let root: Node = 1
  private var changes: [Node: Attributes] = [:]

  /// The attributes that the tree defines for a node; nil if there is no such node.
  func definition(_ node: Node) -> Attributes? { nil }
  func child(of node: Node, _ name: String) -> Node? { nil }
  func children(of node: Node) -> [(name: String, node: Node)] { [] }
  /// Opens a node; nil means EACCES, as configfs and sysfs answer for a file without that operation.
  func open(_ node: Node) -> OpenFile? { nil }
  func makeFolder(_ request: Request, in node: Node, _ name: String) { request.fail(EPERM) }
  func removeFolder(_ request: Request, in node: Node, _ name: String) { request.fail(EPERM) }
  /// The kernel's lookup count of a node has grown by one, or has dropped by `count`.
  func looked(up node: Node) {}
  func forget(_ node: Node, count: UInt64) {}

  final func attributes(_ node: Node) -> Attributes? { changes[node] ?? definition(node) }

  /// Applies a chmod or chown, which the node keeps.
  final func change(_ node: Node, mode: mode_t?, uid: uid_t?, gid: gid_t?) -> Attributes? {
    guard var now = attributes(node) else { return nil }
    if let mode { now.mode = now.mode & S_IFMT | mode & ~S_IFMT }
    if let uid { now.uid = uid }
    if let gid { now.gid = gid }
    changes[node] = now
    return now
  }

  final func drop(_ node: Node) { changes[node] = nil }

  final func entry(_ request: Request, _ node: Node) {
    guard let attributes = attributes(node) else { return request.fail(ENOENT) }
    looked(up: node)
    var entry = fuse_entry_param()
    entry.ino = node
    entry.attr = attributes.stat(node)
    entry.attr_timeout = FuseMount.timeout
    entry.entry_timeout = FuseMount.timeout
    // -ENOENT: the caller was killed in the meantime, and the kernel did not take the node.
    if fuse_reply_entry(request.handle, &entry) == -ENOENT { forget(node, count: 1) }
  }
}

extension FileSystem.Attributes {
  func stat(_ node: Node) -> Glibc.stat {
    var info = Glibc.stat()
    info.st_ino = UInt(node)
    info.st_mode = mode
    info.st_nlink = mode & S_IFMT == S_IFDIR ? 2 : 1
    info.st_size = size
    info.st_uid = uid
    info.st_gid = gid
    return info
  }
}
