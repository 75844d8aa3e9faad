import CFuse3
import Glibc

private func tree(_ request: fuse_req_t?) -> FileSystem {
  Unmanaged<FileSystem>.fromOpaque(fuse_req_userdata(request)).takeUnretainedValue()
}

private func file(_ info: UnsafeMutablePointer<fuse_file_info>) -> OpenFile? {
  UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)).map { Unmanaged<OpenFile>.fromOpaque($0).takeUnretainedValue() }
}

/// A folder's listing, fixed when it is opened.
private final class Listing: OpenFile {
  let entries: [(name: String, node: Node, attributes: FileSystem.Attributes)]

  init(_ tree: FileSystem, _ node: Node) {
    let folder = FileSystem.Attributes(mode: S_IFDIR | 0o755)
    let dots = [(".", node, folder), ("..", FileSystem.root, folder)]
    entries =
      dots
      + tree.children(of: node).compactMap { child in
        tree.attributes(child.node).map { (child.name, child.node, $0) }
      }
  }
}

private func opened(_ request: fuse_req_t?, _ file: OpenFile, _ info: UnsafeMutablePointer<fuse_file_info>) {
  info.pointee.fh = UInt64(UInt(bitPattern: Unmanaged.passRetained(file).toOpaque()))
  // -ENOENT: the caller was killed while it waited and will not close the file.
  if fuse_reply_open(request, info) == -ENOENT { release(info) }
}

private func release(_ info: UnsafeMutablePointer<fuse_file_info>) {
  if let raw = UnsafeRawPointer(bitPattern: UInt(info.pointee.fh)) { Unmanaged<OpenFile>.fromOpaque(raw).release() }
}

/// libfuse's callbacks, which answer from the ``FileSystem`` in the session's user data. They are C functions, so they capture nothing.
func fuseOperations() -> fuse_lowlevel_ops {
  var ops = fuse_lowlevel_ops()
  ops.lookup = { handle, parent, name in
    guard let handle, let name else { return }
    let request = Request(handle: handle)
    guard let text = String(validatingCString: name), let node = tree(handle).child(of: parent, text) else {
      return request.fail(ENOENT)
    }
    tree(handle).entry(request, node)
  }
  ops.forget = { handle, node, count in
    tree(handle).forget(node, count: count)
    fuse_reply_none(handle)
  }
  ops.getattr = { handle, node, _ in
    guard let attributes = tree(handle).attributes(node) else {
      fuse_reply_err(handle, ENOENT)
      return
    }
    var info = attributes.stat(node)
    fuse_reply_attr(handle, &info, FuseMount.timeout)
  }
  ops.setattr = { handle, node, wanted, which, _ in
    // Sizes and times are accepted and do nothing, as in configfs and sysfs.
    let mode = which & FUSE_SET_ATTR_MODE != 0 ? wanted?.pointee.st_mode : nil
    let uid = which & FUSE_SET_ATTR_UID != 0 ? wanted?.pointee.st_uid : nil
    let gid = which & FUSE_SET_ATTR_GID != 0 ? wanted?.pointee.st_gid : nil
    guard let attributes = tree(handle).change(node, mode: mode, uid: uid, gid: gid) else {
      fuse_reply_err(handle, ENOENT)
      return
    }
    var info = attributes.stat(node)
    fuse_reply_attr(handle, &info, FuseMount.timeout)
  }
  ops.mkdir = { handle, parent, name, _ in
    guard let handle, let name else { return }
    guard let text = String(validatingCString: name) else {
      fuse_reply_err(handle, EINVAL)
      return
    }
    tree(handle).makeFolder(Request(handle: handle), in: parent, text)
  }
  ops.rmdir = { handle, parent, name in
    guard let handle, let name else { return }
    guard let text = String(validatingCString: name) else {
      fuse_reply_err(handle, ENOENT)
      return
    }
    tree(handle).removeFolder(Request(handle: handle), in: parent, text)
  }
  ops.mknod = { handle, _, _, _, _ in fuse_reply_err(handle, EACCES) }
  ops.unlink = { handle, _, _ in fuse_reply_err(handle, EPERM) }
  ops.rename = { handle, _, _, _, _, _ in fuse_reply_err(handle, EPERM) }
  ops.opendir = { handle, node, info in
    guard let info else { return }
    opened(handle, Listing(tree(handle), node), info)
  }
  ops.readdir = { handle, _, size, offset, info in
    guard let info, let listing = file(info) as? Listing else {
      fuse_reply_err(handle, EINVAL)
      return
    }
    var buffer = [CChar](repeating: 0, count: size)
    var used = 0
    for (i, entry) in listing.entries.enumerated().dropFirst(Int(offset)) {
      var attributes = entry.attributes.stat(entry.node)
      let length = buffer.withUnsafeMutableBufferPointer {
        fuse_add_direntry(handle, $0.baseAddress?.advanced(by: used), size - used, entry.name, &attributes, off_t(i + 1))
      }
      if length > size - used { break }
      used += length
    }
    fuse_reply_buf(handle, buffer, used)
  }
  ops.releasedir = { handle, _, info in
    if let info { release(info) }
    fuse_reply_err(handle, 0)
  }
  ops.open = { handle, node, info in
    guard let info else { return }
    guard let attributes = tree(handle).definition(node) else {
      fuse_reply_err(handle, ENOENT)
      return
    }
    // configfs and sysfs check the file's own mode even for root.
    let access = info.pointee.flags & O_ACCMODE
    let readable = access == O_WRONLY || attributes.mode & 0o444 != 0
    let writable = access == O_RDONLY || attributes.mode & 0o222 != 0
    guard readable, writable, let file = tree(handle).open(node) else {
      fuse_reply_err(handle, EACCES)
      return
    }
    info.pointee.direct_io = 1
    info.pointee.nonseekable = file.isSeekable ? 0 : 1
    opened(handle, file, info)
  }
  ops.read = { handle, _, size, offset, info in
    guard let handle, let info, let file = file(info) else { return }
    file.read(Request(handle: handle), offset: Int(offset), size: size)
  }
  ops.write = { handle, _, bytes, size, offset, info in
    guard let handle, let info, let bytes, let file = file(info) else { return }
    file.write(Request(handle: handle), offset: Int(offset), Array(UnsafeRawBufferPointer(start: bytes, count: size)))
  }
  ops.flush = { handle, _, info in
    guard let handle, let info, let file = file(info) else { return }
    file.flush(Request(handle: handle))
  }
  ops.release = { handle, _, info in
    if let info { release(info) }
    fuse_reply_err(handle, 0)
  }
  return ops
}
