/// An attestation that anyone may ask for, always over the same report data. Strangers must not cost the app its quotes: a new
/// one is begun once in `Limits.attestationReuse` at most, whatever is emitted in that time, and only when nobody else waits for
/// a quote.
final class PublicAttestation: EventSource {
  /// Takes the attestation.
  typealias Answer = Evidence.Answer<VersionedAttestation>
  private typealias Waiting = (arrival: Int64, answer: Answer)

  private let loop: Loop
  private let make: (_ reportData: [UInt8], _ answer: @escaping Answer) -> Void
  /// The outcome of the last one. A failure counts for as long: what fails slowly takes the app's time as well.
  private var last: Result<VersionedAttestation, AgentError>?
  /// When the last one no longer counts, in milliseconds of `Clock.monotonic`.
  private(set) var expiry: Int64 = 0
  private var isUnderWay = false
  private var waiting: [Waiting] = []

  /// `make` requests an attestation, which is made after those that the app requests.
  init(_ loop: Loop, make: @escaping (_ reportData: [UInt8], _ answer: @escaping Answer) -> Void) {
    self.loop = loop
    self.make = make
    super.init(nil)
    loop.add(self)
  }

  /// Answers now, or within `Limits.quoteWait`. A caller who comes back after a refusal finds what was made in the meantime.
  func request(_ reportData: [UInt8], _ answer: @escaping Answer) {
    if let last, Clock.monotonic() < expiry { return answer(last) }
    guard waiting.count < Limits.quoteSharers else { return answer(.failure(QuoteQueue.busy)) }
    waiting.append((loop.now, answer))
    setDeadline()
    if isUnderWay { return }
    isUnderWay = true
    make(reportData) { [self] in settle($0) }
  }

  /// The first in the queue have waited too long.
  override func expired() {
    while let first = waiting.first, first.arrival + Limits.quoteWait <= loop.now {
      waiting.removeFirst()
      first.answer(.failure(QuoteQueue.busy))
    }
    setDeadline()
  }

  private func settle(_ result: Result<VersionedAttestation, AgentError>) {
    isUnderWay = false
    if !Self.isRefusal(result) {
      last = result
      expiry = Clock.monotonic() + Limits.attestationReuse
    }
    let answers = waiting
    waiting = []
    setDeadline()
    for waiting in answers { waiting.answer(result) }
  }

  /// Whether it was refused before it was begun.
  private static func isRefusal(_ result: Result<VersionedAttestation, AgentError>) -> Bool {
    if case .failure(let error) = result { return error.kind == .unavailable }
    return false
  }

  private func setDeadline() { deadline = waiting.first.map { $0.arrival + Limits.quoteWait } ?? Int64.max }
}
