/// A piece of output as it was written.
final class OutputBlock {
  let channel: LogChannel
  /// In nanoseconds since 1970.
  let time: UInt64
  let data: ArraySlice<UInt8>

  fileprivate init(_ channel: LogChannel, _ time: UInt64, _ data: ArraySlice<UInt8>) {
    (self.channel, self.time, self.data) = (channel, time, data)
  }
}

/// Reads a program's output block by block while process 1 goes on writing. What it reads is not trusted.
struct OutputCursor {
  private let area: OutputArea
  private var position: UInt64
  /// What was copied from `position` on.
  private var chunk: ArraySlice<UInt8> = []
  /// Blocks were overwritten before they were read; reset by `takeLoss`.
  private var hasLost = false

  /// Starts at a block.
  init(_ area: OutputArea, from position: UInt64) { (self.area, self.position) = (area, position) }

  /// Whether blocks were lost before the one that `next` returned.
  mutating func takeLoss() -> Bool {
    defer { hasLost = false }
    return hasLost
  }

  /// The next whole block before `end`; nil if there is none.
  @inline(never)
  mutating func next(upTo end: UInt64) -> OutputBlock? {
    if let block = parse() { return block }
    fetch(end)
    return parse()
  }

  /// The block at the beginning of the copy; nil if it is incomplete or malformed.
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

/// Splits blocks into lines, separately for each channel.
struct OutputLines {
  /// Part of a line.
  struct Part {
    let text: ArraySlice<UInt8>
    let begins: Bool
    /// It ends with its line feed.
    let ends: Bool
  }

  /// How many have begun.
  private(set) var count: UInt64 = 0
  /// Whether each channel is within a line.
  private var inside: (stdout: Bool, others: Bool)

  /// `isCut`: the first bytes may be the rest of lines whose beginning is lost; those do not count.
  init(isCut: Bool) { inside = (isCut, isCut) }

  /// Calls `take` with each part of a line in the block, and how many lines have begun.
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
