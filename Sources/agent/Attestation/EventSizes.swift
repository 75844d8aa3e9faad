/// The sizes of a number of events in each form.
struct EventSizes {
  /// Events with a digest of version 2.
  private(set) var twos = 0
  private var text = TextSize()
  /// For each form, events and bytes.
  private var counts = [Int](repeating: 0, count: EventForm.allCases.count)
  private var bytes = [Int](repeating: 0, count: EventForm.allCases.count)

  /// Adds an event in each form that it has.
  mutating func add(_ event: LogEvent) {
    if event.version == .two { twos += 1 }
    let written = EventText()
    for form in EventForm.allCases where form.has(event) {
      written.write(event, form)
      let size = written.size(event.payloadSize)
      counts[form.rawValue] += 1
      bytes[form.rawValue] += size
      if form != .json { continue }
      var meter = TextMeter()
      meter.add(written.out.storage[...])
      // hex needs no escaping anywhere
      text = text + meter.size + TextSize(size - written.out.count)
    }
  }

  /// Events that appear in a form.
  func count(_ form: EventForm) -> Int { counts[form.rawValue] }

  /// The size of all of them in a form.
  func size(_ form: EventForm) -> TextSize { form == .json ? text : TextSize(bytes[form.rawValue]) }
}
