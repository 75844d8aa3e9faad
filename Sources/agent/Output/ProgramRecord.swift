/// What process 1 says of a program, and of where what it wrote stands.
struct ProgramRecord: Equatable {
  enum State: UInt64 {
    /// It has not been started yet.
    case created
    case running
    /// It has ended, and will be started again.
    case restarting
    /// It has ended, and that is that.
    case exited
  }

  /// Bytes of one, without and with what guards it.
  private static let (bodySize, fieldSize) = (72, 8)
  static let size = bodySize + fieldSize

  /// Which one it is.
  var number: UInt64 = 0
  /// Where the oldest block begins that is there still, and where the next one will, in bytes of all that there ever were.
  var start: UInt64 = 0
  var end: UInt64 = 0
  /// Bytes of memory that all its processes have; 0 if that is not known.
  var memory: UInt64 = 0
  /// When it was started last, and when its state changed, in seconds since 1970.
  var began: UInt64 = 0
  var changed: UInt64 = 0
  var restarts: UInt64 = 0
  /// As in `ChildProcess.Reaped`.
  var status: UInt64 = 0
  var state = State.created

  init() {}

  /// Numbers of 8 bytes, little-endian, and their hash.
  var encoded: [UInt8] {
    let out = ByteBuffer(capacity: Self.size)
    for field in [number, start, end, memory, began, changed, restarts, status, state.rawValue] {
      out.appendLittle(field, Self.fieldSize)
    }
    out.appendLittle(UInt64(FNV.hash(out.storage[...])), Self.fieldSize)
    return out.take()
  }

  /// Nil for what `encoded` does not make, or is half written.
  init?(_ data: ArraySlice<UInt8>) {
    let body = data.prefix(Self.bodySize)
    var reader = LittleEndianReader(Array(data))
    (number, start, end, memory) = (reader.uint64(), reader.uint64(), reader.uint64(), reader.uint64())
    (began, changed, restarts, status) = (reader.uint64(), reader.uint64(), reader.uint64(), reader.uint64())
    guard let state = State(rawValue: reader.uint64()) else { return nil }
    self.state = state
    let hash = reader.uint64()
    if reader.isShort || hash != UInt64(FNV.hash(body)) { return nil }
    // what no ring can hold
    if start > end || end - start > UInt64(Limits.programOutput) { return nil }
  }
}
