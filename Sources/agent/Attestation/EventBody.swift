/// The events of a store in one form, one after another. A long payload is also made in parts.
final class EventBody: BodyReader {
  private let store: EventStore
  private let count: Int
  private let form: EventForm
  /// In JSON: the first event has no comma before it.
  private let isFirst: Bool

  private var cursor: EventStore.Cursor
  private var index = 0
  /// The event being read, if `isOpen`; its payload's size, the position in its text, the next hole, and how much of that hole is
  /// filled.
  private let text = EventText()
  private var isOpen = false
  private var payloadSize = 0
  private var at = 0
  private var hole = 0
  private var filled = 0

  /// Those of the first `count` events that have the form. `size` is their size.
  init(_ store: EventStore, _ count: Int, _ form: EventForm, isFirst: Bool, _ size: TextSize) {
    self.store = store
    self.count = count
    self.form = form
    self.isFirst = isFirst
    cursor = EventStore.Cursor(store)
    super.init(size.plain, size)
  }

  override func copy() -> BodyReader { EventBody(store, count, form, isFirst: isFirst, size ?? TextSize()) }

  override func describe(to recipe: BodyRecipe) {
    if !recipe.append(count, of: ObjectIdentifier(store), form: form.rawValue, isFirst: isFirst) { super.describe(to: recipe) }
  }

  override func next(_ room: Int, to out: ByteBuffer) -> Bool {
    if !isOpen { return begin() }
    let stop = hole < text.holes.count ? text.holes[hole].at : text.out.count
    if at < stop {
      let end = min(stop, at + room)
      out.append(text.out.storage[at..<end])
      at = end
    } else if hole == text.holes.count {
      isOpen = false
    } else if filled == payloadSize {
      (hole, filled) = (hole + 1, 0)
    } else {
      let level = text.holes[hole].level
      let part = store.part(at: cursor.payload + filled, min(room >> level, payloadSize - filled))
      filled += part.count
      out.append(part, hexed: level)
    }
    return true
  }

  /// Starts the next event; false if there is none.
  private func begin() -> Bool {
    if index == count { return false }
    let event = cursor.next(payload: EventText.shortPayload)
    index += 1
    if !form.has(event) { return true }
    text.write(event, form)
    payloadSize = event.payloadSize
    at = isFirst && index == 1 ? 1 : 0
    (hole, filled, isOpen) = (0, 0, true)
    return true
  }
}
