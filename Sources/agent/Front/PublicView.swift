/// What the front knows of the guest, as the keeper tells it: always what holds when somebody looks, as an event that was emitted before
/// must show; but many who look at once are told at once.
final class PublicView {
  typealias Answer = (PublicState) -> Void

  private let keeper: KeeperLink
  private let log: LogCopy
  /// Where it is public.
  private var compose: ComposeText?
  private var state = PublicState()
  /// Those who came after the question that is under way.
  private var waiting: [Answer] = []
  private var isAsking = false

  init(_ keeper: KeeperLink, _ log: LogCopy) { (self.keeper, self.log) = (keeper, log) }

  /// Asks for what stays as it is.
  func begin() {
    keeper.ask(.compose) { [self] answer in
      if let text = try? answer.data(), !text.isEmpty { compose = ComposeText(text) }
    }
  }

  func look(_ answer: @escaping Answer) {
    waiting.append(answer)
    if !isAsking { ask() }
  }

  private func ask() {
    let answers = waiting
    waiting = []
    isAsking = true
    keeper.ask(.state, LittleEndian.encode(state.version)) { [self] answer in
      // nothing where there is nothing new
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
