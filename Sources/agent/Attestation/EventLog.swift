/// Everything that explains the registers: what the firmware and the kernel measured, then the runtime events up to some point.
final class EventLog {
  let boot: EventStore
  let runtime: EventStore
  /// How many runtime events belong to it.
  let count: Int
  private let sizes: EventSizes

  /// With the first `count` runtime events; nil for all.
  init(boot: EventStore, runtime: EventStore, count: Int? = nil) {
    self.boot = boot
    self.runtime = runtime
    self.count = count ?? runtime.count
    sizes = runtime.sizes(self.count)
  }

  /// Whether any event has a digest of version 2, which older forms cannot express.
  var hasVersionTwo: Bool { sizes.twos > 0 }

  /// How many events appear in a form.
  func count(_ form: EventForm) -> Int { boot.sizes.count(form) + sizes.count(form) }

  /// Inserts all events that appear in a form, in order; in JSON, the first without its comma.
  func write(_ form: EventForm, to out: ByteBuffer) {
    out.insert(Self.body(boot, boot.count, form, true, boot.sizes))
    out.insert(Self.body(runtime, count, form, boot.count == 0, sizes))
  }

  private static func body(
    _ store: EventStore, _ count: Int, _ form: EventForm, _ isFirst: Bool, _ sizes: EventSizes
  ) -> BodyReader {
    let isFirst = isFirst && form == .json && count > 0
    return EventBody(store, count, form, isFirst: isFirst, sizes.size(form) + TextSize(isFirst ? -1 : 0))
  }

  /// The JSON array that GetQuote and Info give.
  var json: BodyReader {
    let json = JSONWriter()
    json.array { write(.json, to: $0.out) }
    return JoinedBody(json.out)
  }

  /// An empty recipe, for texts that go to a process which also has the log.
  var recipe: BodyRecipe { BodyRecipe(sharing: ObjectIdentifier(boot), ObjectIdentifier(runtime)) }

  /// The text that a recipe describes, with the log that it refers to; nil if it is malformed.
  static func text(of recipe: [UInt8], _ log: EventLog?) -> BodyReader? {
    var reader = LittleEndianReader(recipe)
    var (out, outside) = (ByteBuffer(), ByteBuffer?.none)
    while reader.remaining > 0 {
      guard let kind = reader.uint8(), let size = reader.uint32(), let data = reader.take(size) else { return nil }
      switch BodyRecipe.Step(rawValue: kind) {
      case .bytes: out.append(data)
      case .shared:
        let part = Array(data)
        guard let log, part.count == 7, let form = EventForm(rawValue: Int(part[1])) else { return nil }
        let (store, count) = (part[0] == 0 ? log.boot : log.runtime, LittleEndian.decode(part, 3, 4))
        if count > store.count { return nil }
        out.insert(body(store, count, form, part[2] == 1, store.sizes(count)))
      case .lines:
        if outside != nil { return nil }
        (outside, out) = (out, ByteBuffer())
      case .end:
        guard let around = outside else { return nil }
        around.insert(PEMLines(JoinedBody(out)))
        (out, outside) = (around, nil)
      case nil: return nil
      }
    }
    return outside == nil ? JoinedBody(out) : nil
  }
}
