import CSystem
import Synchronization

/// Room for short secrets in one run of guarded pages: four system calls for each derived key would cost more than the key.
enum SecretArena {
  /// Bytes of a slot: a longer secret gets separate pages. A private key of P-256 (PKCS#8, 138 bytes) fits.
  static let slotSize = 192
  private static let slots = 64

  /// Nil if memory is short.
  nonisolated(unsafe) private static let base = guardedPages(slots * slotSize)
  /// A bit for each slot. Atomic because tests run in parallel.
  private static let used = Atomic<UInt64>(0)
  /// A forked child has none of these pages: there every secret gets its own.
  nonisolated(unsafe) static var isInChild = false

  /// Whether a secret was used since the stack was last wiped. Atomic as above.
  private static let isUsed = Atomic<Bool>(false)

  /// Notes that a secret is being used.
  static func noteUse() { isUsed.store(true, ordering: .relaxed) }

  /// Whether one was used since the last call.
  static func takeUse() -> Bool {
    guard isUsed.load(ordering: .relaxed) else { return false }
    isUsed.store(false, ordering: .relaxed)
    return true
  }

  /// A slot of zeros; nil if none is free.
  static func take() -> UnsafeMutableRawPointer? {
    guard !isInChild, let base else { return nil }
    var seen = used.load(ordering: .relaxed)
    while ~seen != 0 {
      let slot = (~seen).trailingZeroBitCount
      let (taken, now) = used.compareExchange(expected: seen, desired: seen | 1 << UInt64(slot), ordering: .acquiring)
      if taken { return base + slot * slotSize }
      seen = now
    }
    return nil
  }

  /// Wipes a slot, or pages of `size` bytes, and gives them back.
  static func release(_ pointer: UnsafeMutableRawPointer, _ size: Int) {
    explicit_bzero(pointer, size)
    guard let base, pointer >= base, pointer < base + slots * slotSize else {
      munmap(pointer, size)
      return
    }
    used.bitwiseAnd(~(1 << UInt64((pointer - base) / slotSize)), ordering: .releasing)
  }

  /// Zeroed pages that are not swapped (mlock), dumped (MADV_DONTDUMP) or inherited by forked children (MADV_DONTFORK). If
  /// RLIMIT_MEMLOCK forbids locking them, they are used unlocked: the agent's supervisor sets that limit.
  static func guardedPages(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let pages = sys_map(size) else { return nil }
    _ = mlock(pages, size)
    _ = madvise(pages, size, MADV_DONTDUMP)
    _ = madvise(pages, size, MADV_DONTFORK)
    return pages
  }
}
