/// The state of a program as process 1 records it, and where its output is in the ring.
struct ProgramRecord: Equatable {
  /// What the program is doing.
  enum State: UInt64 {
    /// It has not been started yet.
    case created
    case running
    /// It has ended and will be restarted.
    case restarting
    /// It has ended and will not be restarted.
    case exited
  }

  /// Bytes of a record, and of its numbers, which the hash covers.
  static let size = 80
  private static let hashed = 72

  /// In the order of the properties below.
  private var numbers = [UInt64](repeating: 0, count: 9)

  /// The record's sequence number, from 1.
  var number: UInt64 {
    get { self[0] }
    set { self[0] = newValue }
  }
  /// Where the oldest block in the ring begins, counting all bytes since the first.
  var start: UInt64 {
    get { self[1] }
    set { self[1] = newValue }
  }
  /// Where the next block will begin, counted likewise.
  var end: UInt64 {
    get { self[2] }
    set { self[2] = newValue }
  }
  /// Memory that all its processes use, in bytes; 0 if unknown.
  var memory: UInt64 {
    get { self[3] }
    set { self[3] = newValue }
  }
  /// When it was last started, in seconds since 1970.
  var began: UInt64 {
    get { self[4] }
    set { self[4] = newValue }
  }
  /// When its state last changed, in seconds since 1970.
  var changed: UInt64 {
    get { self[5] }
    set { self[5] = newValue }
  }
  /// How many times it has been restarted.
  var restarts: UInt64 {
    get { self[6] }
    set { self[6] = newValue }
  }
  /// How it last ended, as in `ChildProcess.Reaped`.
  var status: UInt64 {
    get { self[7] }
    set { self[7] = newValue }
  }
  /// What the program is doing; `created` if the number is unknown.
  var state: State {
    get { State(rawValue: self[8]) ?? .created }
    set { self[8] = newValue.rawValue }
  }

  /// The number at an index. Not inlined: one function instead of code in each property.
  private subscript(place: Int) -> UInt64 {
    @inline(never) get { numbers[place] }
    @inline(never) set { numbers[place] = newValue }
  }

  /// The record of a program that has not been started.
  init() {}

  /// The record's bytes: numbers of 8 bytes, little-endian, and their FNV hash.
  var encoded: [UInt8] {
    let out = ByteBuffer()
    for number in numbers { out.appendLittle(number, 8) }
    out.appendLittle(UInt64(FNV.hash(out.storage[...])), 8)
    return out.take()
  }

  /// Decodes a record; nil for anything that `encoded` does not make, such as one that is only half written.
  init?(_ data: ArraySlice<UInt8>) {
    var reader = LittleEndianReader(Array(data))
    for index in numbers.indices { numbers[index] = reader.uint64() }
    let hash = reader.uint64()
    if reader.isShort || hash != UInt64(FNV.hash(data.prefix(Self.hashed))) { return nil }
    // an unknown state, or more than a ring can hold
    if numbers[8] > State.exited.rawValue || start > end || end - start > UInt64(Limits.programOutput) { return nil }
  }
}
