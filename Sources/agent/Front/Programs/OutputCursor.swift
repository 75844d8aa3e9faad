/// What a program wrote at once.
final class OutputBlock {
  let channel: LogChannel
  /// In nanoseconds since 1970.
  let time: UInt64
  let data: ArraySlice<UInt8>

  fileprivate init(_ channel: LogChannel, _ time: UInt64, _ data: ArraySlice<UInt8>) {
    (self.channel, self.time, self.data) = (channel, time, data)
  }
}

/// Reads a program's output block by block. Process 1 goes on writing meanwhile, and is not trusted.
struct OutputCursor {
  private let area: OutputArea
  private var position: UInt64
  /// What is copied from there on.
  private var chunk: ArraySlice<UInt8> = []
  /// Blocks were overwritten before they were read, since somebody has looked here.
  private var hasLost = false

  /// There were blocks in front of the oldest one.
  var isLate: Bool { position > 0 }

  /// From the oldest block on.
  init(_ area: OutputArea) { (self.area, position) = (area, area.record()?.start ?? 0) }

  /// Whether blocks were lost in front of the one that `next` has given.
  mutating func takeLoss() -> Bool {
    defer { hasLost = false }
    return hasLost
  }

  /// The next whole block in front of `end`; nil if there is none.
  @inline(never)
  mutating func next(upTo end: UInt64) -> OutputBlock? {
    if let block = parse() { return block }
    fetch(end)
    return parse()
  }

  /// The block at the beginning of what is copied; nil if it is not whole, or none.
  private mutating func parse() -> OutputBlock? {
    let head = chunk.prefix(OutputArea.blockHead)
    var reader = LittleEndianReader(Array(head))
    guard let size = reader.uint16(), let number = reader.uint8(), let channel = LogChannel(rawValue: number),
      size <= Limits.outputBlock
    else { return nil }
    let time = reader.uint64()
    let data = chunk.dropFirst(head.count).prefix(Int(size))
    if reader.isShort || data.count < size { return nil }
    chunk = chunk.dropFirst(head.count + data.count)
    position += UInt64(head.count + data.count)
    return OutputBlock(channel, time, data)
  }

  private mutating func fetch(_ end: UInt64) {
    for _ in 0..<4 {
      chunk = []
      guard position < end else { return }
      let copied = area.read(Int(min(UInt64(Limits.outputChunk), end - position)), at: position)
      guard let record = area.record() else { return }
      if record.start <= position { return chunk = copied[...] }
      (position, hasLost) = (record.start, true)
    }
  }
}

/// Finds the lines in what comes block by block; each channel has its own.
struct OutputLines {
  /// Part of a line.
  struct Part {
    let text: ArraySlice<UInt8>
    let begins: Bool
    /// Has its line feed.
    let ends: Bool
  }

  /// How many have begun.
  private(set) var count: UInt64 = 0
  /// Channels that are within a line.
  private var inside: (stdout: Bool, others: Bool)

  /// `isCut`: what comes first may be the end of lines whose beginning nobody has seen, which do not count.
  init(isCut: Bool) { inside = (isCut, isCut) }

  @inline(never)
  mutating func split(_ block: OutputBlock, _ take: (Part, UInt64) -> Void) {
    let isOut = block.channel == .stdout
    var isInside = isOut ? inside.stdout : inside.others
    var rest = block.data
    while !rest.isEmpty {
      var end = rest.startIndex
      while end < rest.endIndex, rest[end] != 0x0a { end += 1 }
      let ends = end < rest.endIndex
      if ends { end += 1 }
      if !isInside { count += 1 }
      take(Part(text: rest[..<end], begins: !isInside, ends: ends), count)
      isInside = !ends
      rest = rest[end...]
    }
    if isOut { inside.stdout = isInside } else { inside.others = isInside }
  }
}
