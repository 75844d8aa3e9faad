/// Makes well-formed UTF-8 of bytes that come in any pieces: what is not becomes U+FFFD, one for each maximal part of a sequence
/// (Unicode, §3.9).
struct UTF8Repair {
  private var check = UTF8Check()
  /// The bytes of a sequence that is not complete, 3 at most.
  private var held: [UInt8] = []

  /// Appends what is settled.
  mutating func write(_ data: ArraySlice<UInt8>, to out: inout [UInt8]) {
    var at = data.startIndex
    while at < data.endIndex {
      let starts = check.isComplete
      if starts {
        // most text is ASCII
        let start = at
        while at < data.endIndex, data[at] < 0x80 { at += 1 }
        out += data[start..<at]
        if at == data.endIndex { return }
      }
      let byte = data[at]
      at += 1
      if check.accept(byte) {
        held.append(byte)
        if check.isComplete { settle(&out) }
      } else if starts {
        Self.replace(&out)
      } else {
        finish(to: &out)
        // what ends a sequence too early may start the next one
        at -= 1
      }
    }
  }

  /// At the end of the text: an unfinished sequence counts as one U+FFFD.
  mutating func finish(to out: inout [UInt8]) {
    if !held.isEmpty { Self.replace(&out) }
    held.removeAll(keepingCapacity: true)
    check = UTF8Check()
  }

  private mutating func settle(_ out: inout [UInt8]) {
    out += held
    held.removeAll(keepingCapacity: true)
  }

  private static func replace(_ out: inout [UInt8]) { UTF8Text.append(0xfffd, to: &out) }
}
