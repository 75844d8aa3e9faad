import CFuse3
import Glibc

/// A FUSE request. Answer it exactly once, at any time.
struct Request {
  let handle: fuse_req_t

  func fail(_ code: Int32) { fuse_reply_err(handle, code) }
  func done() { fuse_reply_err(handle, 0) }
  func wrote(_ count: Int) { fuse_reply_write(handle, count) }

  /// Answers a read of `size` bytes at `offset` with that part of `bytes`.
  func reply(_ bytes: [UInt8], offset: Int, size: Int) {
    if offset >= bytes.count {
      fuse_reply_buf(handle, nil, 0)
      return
    }
    let count = min(size, bytes.count - offset)
    bytes.withUnsafeBytes { raw in
      _ = fuse_reply_buf(handle, raw.baseAddress?.assumingMemoryBound(to: CChar.self).advanced(by: offset), count)
    }
  }

  /// Calls `action`, from the loop, if the caller gets a signal while it waits. Call ``ignoreInterrupts()`` before answering.
  func onInterrupt(_ interruption: Interruption) {
    // libfuse may call back at once; answering from there would free the request while libfuse still uses it, so the action runs later.
    fuse_req_interrupt_func(
      handle, { _, data in data.map { Unmanaged<Interruption>.fromOpaque($0).takeUnretainedValue().raise() } },
      Unmanaged.passUnretained(interruption).toOpaque())
  }

  func ignoreInterrupts() { fuse_req_interrupt_func(handle, nil, nil) }
}

/// What to do when a waiting caller gets a signal. Keep it alive until the request is answered.
final class Interruption {
  private let loop: Loop
  private var action: (() -> Void)?

  init(_ loop: Loop, action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  fileprivate func raise() { loop.soon { [self] in action?() } }
  func end() { action = nil }
}
