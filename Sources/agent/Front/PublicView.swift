/// What the front knows of the guest, from the keeper. Each look asks the keeper, so that an event emitted before shows; looks
/// at the same time share one question.
final class PublicView {
  /// Takes the state.
  typealias Answer = (PublicState) -> Void

  private let keeper: KeeperLink
  private let log: LogCopy
  /// Nil if it is not public.
  private var compose: ComposeText?
  private var state = PublicState()
  /// Looks that came after the question under way was asked.
  private var waiting: [Answer] = []
  private var isAsking = false

  init(_ keeper: KeeperLink, _ log: LogCopy) { (self.keeper, self.log) = (keeper, log) }

  /// Asks for what never changes.
  func begin() {
    keeper.ask(.compose) { [self] answer in
      if let text = try? answer.data(), !text.isEmpty { compose = ComposeText(text) }
    }
  }

  /// Asks the keeper for the state, and passes it to `answer`.
  func look(_ answer: @escaping Answer) {
    waiting.append(answer)
    if !isAsking { ask() }
  }

  private func ask() {
    let answers = waiting
    waiting = []
    isAsking = true
    keeper.ask(.state, LittleEndian.encode(state.version)) { [self] answer in
      // empty if nothing is new
      let data = (try? answer.data()) ?? []
      log.get(LogExtent(data)) { [self] log in
        if !data.isEmpty { state = PublicState(data, compose, log) ?? state }
        isAsking = false
        for answer in answers { answer(state) }
        if !waiting.isEmpty, !isAsking { ask() }
      }
    }
  }
}
