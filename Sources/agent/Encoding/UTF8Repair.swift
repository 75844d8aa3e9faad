/// Makes well-formed UTF-8 from bytes that come in pieces of any size.
struct UTF8Repair {
  private var scalars = UTF8Scalars()

  /// Appends the characters that are complete.
  mutating func write(_ data: ArraySlice<UInt8>, to out: inout [UInt8]) {
    scalars.take(data, run: { out += $0 }) { UTF8Text.append($0, to: &out) }
  }

  /// At the end of the text.
  @inline(never)
  mutating func finish(to out: inout [UInt8]) { scalars.finish { UTF8Text.append($0, to: &out) } }
}
