/// Makes well-formed UTF-8 of bytes that come in any pieces.
struct UTF8Repair {
  private var scalars = UTF8Scalars()

  /// Appends what is settled.
  mutating func write(_ data: ArraySlice<UInt8>, to out: inout [UInt8]) {
    scalars.take(data, run: { out += $0 }) { UTF8Text.append($0, to: &out) }
  }

  /// At the end of the text.
  @inline(never)
  mutating func finish(to out: inout [UInt8]) { scalars.finish { UTF8Text.append($0, to: &out) } }
}
