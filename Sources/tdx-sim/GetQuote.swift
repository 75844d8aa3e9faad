import Glibc

/// How the tdx-guest driver gets a quote (`tdx_report_new_locked` in drivers/virt/coco/tdx-guest/tdx-guest.c), and the VMM that
/// answers it. The guest has one buffer for quotes. After a request that was interrupted or timed out the VMM still owns it, and
/// until the VMM is done every further request fails with EBUSY.
final class GetQuote {
  enum Result {
    case quote([UInt8])
    case failure(Int32)
  }

  /// The driver's getquote_timeout, 30 s.
  private static let timeout: Int64 = 30_000_000_000
  private static let hangPoll: Int64 = 20_000_000

  private let guest: Guest
  private let signer: QuoteSigner
  private let faults: Faults
  private let loop: Loop
  private var owned = false  // by the VMM
  private var waiting: ((Result) -> Void)?
  private var deadline: Loop.Timer?

  init(guest: Guest, signer: QuoteSigner, faults: Faults, loop: Loop) {
    self.guest = guest
    self.signer = signer
    self.faults = faults
    self.loop = loop
  }

  /// Calls `done` once, possibly before it returns. The quote has the registers of this moment, however late it is ready.
  func start(_ inblob: [UInt8], done: @escaping (Result) -> Void) {
    if owned { return done(.failure(EBUSY)) }
    if inblob.count != 64 { return done(.failure(EINVAL)) }
    let due = System.now() + faults.delay
    let effect = faults.quote()
    let result: Result
    switch effect {
    case .fail(let code): return done(.failure(code))
    case .reset: result = .failure(EIO)
    case .empty: result = .quote([])
    case .garbage: result = .quote([UInt8](repeating: 0xA5, count: 1200))
    case .none, .hang, .big:
      do {
        var quote = try signer.quote(guest.report(inblob))
        if effect == .big { quote += [UInt8](zeros: 17 * 1024 - quote.count) }
        result = .quote(quote)
      } catch {
        result = .failure(EIO)
      }
    }
    if effect != .hang, due <= System.now() { return done(result) }

    owned = true
    waiting = done
    deadline = loop.at(System.now() + GetQuote.timeout) { [self] in finish(.failure(ETIMEDOUT)) }
    complete(at: due, result)
  }

  /// The reader got a signal: its read fails with EINTR, and the VMM goes on.
  func interrupt() { finish(.failure(EINTR)) }

  private func complete(at due: Int64, _ result: Result) {
    loop.at(due) { [self] in
      if faults.hanging { return complete(at: System.now() + GetQuote.hangPoll, result) }
      owned = false
      finish(result)
    }
  }

  private func finish(_ result: Result) {
    deadline?.cancel()
    deadline = nil
    let done = waiting
    waiting = nil
    done?(result)
  }
}
