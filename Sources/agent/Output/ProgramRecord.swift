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

  /// Bytes of one: its numbers, and their hash.
  static let size = 80
  private static let hashed = 72

  /// In the order of the properties below.
  private var numbers = [UInt64](repeating: 0, count: 9)

  /// Which one it is.
  var number: UInt64 {
    get { self[0] }
    set { self[0] = newValue }
  }
  /// Where the oldest block begins that is there still, in bytes of all that there ever were.
  var start: UInt64 {
    get { self[1] }
    set { self[1] = newValue }
  }
  /// Where the next block will begin.
  var end: UInt64 {
    get { self[2] }
    set { self[2] = newValue }
  }
  /// Bytes of memory that all its processes have; 0 if that is not known.
  var memory: UInt64 {
    get { self[3] }
    set { self[3] = newValue }
  }
  /// When it was started last, in seconds since 1970.
  var began: UInt64 {
    get { self[4] }
    set { self[4] = newValue }
  }
  /// When its state changed.
  var changed: UInt64 {
    get { self[5] }
    set { self[5] = newValue }
  }
  var restarts: UInt64 {
    get { self[6] }
    set { self[6] = newValue }
  }
  /// As in `ChildProcess.Reaped`.
  var status: UInt64 {
    get { self[7] }
    set { self[7] = newValue }
  }
  var state: State {
    get { State(rawValue: self[8]) ?? .created }
    set { self[8] = newValue.rawValue }
  }

  /// The number at a place, not inlined for each of them.
  private subscript(place: Int) -> UInt64 {
    @inline(never) get { numbers[place] }
    @inline(never) set { numbers[place] = newValue }
  }

  init() {}

  /// Numbers of 8 bytes, little-endian, and their hash.
  var encoded: [UInt8] {
    let out = ByteBuffer()
    for number in numbers { out.appendLittle(number, 8) }
    out.appendLittle(UInt64(FNV.hash(out.storage[...])), 8)
    return out.take()
  }

  /// Nil for what `encoded` does not make, or is half written.
  init?(_ data: ArraySlice<UInt8>) {
    var reader = LittleEndianReader(Array(data))
    for index in numbers.indices { numbers[index] = reader.uint64() }
    let hash = reader.uint64()
    if reader.isShort || hash != UInt64(FNV.hash(data.prefix(Self.hashed))) { return nil }
    // what there is not, and what no ring can hold
    if numbers[8] > State.exited.rawValue || start > end || end - start > UInt64(Limits.programOutput) { return nil }
  }
}
