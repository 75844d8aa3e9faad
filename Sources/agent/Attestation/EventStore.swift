/// Events in compact form, one after another. The store only grows: a reader that knows a count of events can always read that many,
/// whatever is appended later.
final class EventStore {
  /// Bytes per block: one allocation for many events, and no large one. A reader changes the reference count on a block's first page, and
  /// each child forked before that keeps the old page, so many small blocks would cost memory.
  private static let blockSize = 64_000
  /// Events from one mark to the next.
  private static let stride = 128
  /// Bytes of an event's head: version (0 for the firmware's), register, type, the lengths of name and payload.
  private static let headSize = 14
  /// Bytes kept of the value that RTMR3 has after an event.
  private static let traceSize = 16
  /// Bytes of what precedes an event's name and payload: its head, that value and its digest. They are always within one block.
  private static let fixedSize = headSize + traceSize + RTMR.size

  /// Where an event begins, and the sizes of all events before it.
  private final class Mark {
    let position: Int
    let sizes: EventSizes

    init(_ position: Int, _ sizes: EventSizes) { (self.position, self.sizes) = (position, sizes) }
  }

  private(set) var count = 0
  /// RTMR3 after all runtime events.
  private(set) var register = RTMR.zero
  private var blocks: [[UInt8]] = []
  private var marks: [Mark] = []
  /// Events that do not lead to a value that RTMR3 has had, nor to any later one.
  private var searched = 0
  /// Bytes used.
  private var end = 0
  /// The sizes of all events.
  private(set) var sizes = EventSizes()

  @inline(never)
  init(_ events: [LogEvent] = []) {
    for event in events { append(event) }
  }

  /// Adds an event. Its digest must be 48 bytes.
  func append(_ event: LogEvent) {
    precondition(event.digest.count == RTMR.size)
    end = Self.aligned(end)
    if count % Self.stride == 0 { marks.append(Mark(end, sizes)) }
    if event.version != nil { register = RTMR.extend(register, with: event.digest) }
    let head = ByteBuffer(capacity: Self.fixedSize)
    head.append(UInt8(truncatingIfNeeded: event.version?.rawValue ?? 0))
    head.append(UInt8(truncatingIfNeeded: event.register))
    head.appendLittle(UInt64(event.type), 4)
    head.appendLittle(UInt64(event.name.count), 4)
    head.appendLittle(UInt64(event.payload.count), 4)
    head.append(register[..<Self.traceSize])
    head.append(event.digest)
    put(head.storage[...])
    put(event.name[...])
    put(event.payload[...])
    sizes.add(event)
    count += 1
  }

  /// The sizes of the first `count` events.
  func sizes(_ count: Int) -> EventSizes {
    if count == self.count { return sizes }
    let mark = marks[count / Self.stride]
    var sizes = mark.sizes
    var cursor = Cursor(self, at: mark.position)
    for _ in 0..<(count % Self.stride) { sizes.add(cursor.next()) }
    return sizes
  }

  /// A cursor at the event after the first `count`.
  func cursor(behind count: Int) -> Cursor {
    var cursor = Cursor(self, at: count == self.count ? end : marks[count / Self.stride].position)
    if count < self.count { for _ in 0..<(count % Self.stride) { _ = cursor.next() } }
    return cursor
  }

  /// How many events lead to a value of RTMR3; nil if no number does. Searches from the end, because few events arrive after a quote. Values
  /// must be asked for in the order in which RTMR3 has them: each is a hash of the one before, so no event leads to one that follows a
  /// value without events, unless it was appended later. Older events are not searched again.
  func count(leadingTo value: [UInt8]) -> Int? {
    for mark in marks.indices.reversed() where (mark + 1) * Self.stride > searched {
      var position = marks[mark].position
      var found: Int?
      for index in (mark * Self.stride)..<min(count, (mark + 1) * Self.stride) {
        position = Self.aligned(position)
        let head = part(at: position, Self.fixedSize)
        if head.span.has(value.span.extracting(first: Self.traceSize), at: Self.headSize) { found = index + 1 }
        position += Self.fixedSize + Self.number(6, of: head) + Self.number(10, of: head)
      }
      if let found { return found }
    }
    if value == RTMR.zero { return 0 }
    searched = count
    return nil
  }

  /// At most `most` bytes from `position` on, within a block.
  func part(at position: Int, _ most: Int) -> ArraySlice<UInt8> {
    let (block, offset) = position.quotientAndRemainder(dividingBy: Self.blockSize)
    return blocks[block][offset..<min(blocks[block].count, offset + most)]
  }

  private func put(_ data: ArraySlice<UInt8>) {
    var rest = data
    while !rest.isEmpty {
      let used = end % Self.blockSize
      if used == 0 {
        var block: [UInt8] = []
        block.reserveCapacity(Self.blockSize)
        blocks.append(block)
      }
      let part = rest.prefix(Self.blockSize - used)
      blocks[blocks.count - 1] += part
      end += part.count
      rest = rest.dropFirst(part.count)
    }
  }

  private func copy(_ count: Int, at position: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(count)
    while out.count < count { out += part(at: position + out.count, count - out.count) }
    return out
  }

  /// Where an event begins whose predecessor ends at `position`.
  private static func aligned(_ position: Int) -> Int {
    let rest = blockSize - position % blockSize
    return rest < fixedSize ? position + rest : position
  }

  /// A number of four bytes in an event's head.
  private static func number(_ offset: Int, of head: ArraySlice<UInt8>) -> Int {
    Int(head.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Reads the events in order. Must not be asked for more events than there are.
  struct Cursor {
    private let store: EventStore
    private var position: Int
    /// Where the last event's payload begins.
    private(set) var payload = 0

    /// From an event's position on.
    init(_ store: EventStore, at position: Int = 0) {
      self.store = store
      self.position = position
    }

    /// The next event, with at most `most` bytes of its payload.
    mutating func next(payload most: Int = 0) -> LogEvent {
      let start = EventStore.aligned(position)
      let head = store.part(at: start, EventStore.fixedSize)
      let (nameSize, payloadSize) = (EventStore.number(6, of: head), EventStore.number(10, of: head))
      let name = start + EventStore.fixedSize
      payload = name + nameSize
      position = payload + payloadSize
      return LogEvent(
        register: UInt32(head[head.startIndex + 1]), type: UInt32(truncatingIfNeeded: EventStore.number(2, of: head)),
        digest: Array(head.suffix(RTMR.size)), name: store.copy(nameSize, at: name),
        payload: store.copy(min(most, payloadSize), at: payload), payloadSize: payloadSize,
        version: RuntimeEvent.Version(rawValue: UInt64(head[head.startIndex])))
    }
  }
}
