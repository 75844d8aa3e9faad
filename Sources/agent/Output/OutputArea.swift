/// One program's part of the memory file in which process 1 keeps programs' output: a description, two records, and a ring.
///
/// State that changes is in the records. A new record overwrites the older of the two, so a reader always finds a complete one.
/// The ring holds blocks: size (2 bytes), channel (1), time in nanoseconds since 1970 (8), all little-endian, then `size` bytes.
/// Before blocks are overwritten, a record says that they are gone; after new ones are written, another says that they are there.
/// So a reader copies first and reads the record afterwards: what that record still lists was copied intact. Nothing is locked.
final class OutputArea {
  /// Offsets of the records and of the ring, and the size of an area, in bytes.
  private static let records = 1024
  private static let ring = 4096
  private static let size = ring + Limits.programOutput
  /// Bytes of a block before its data.
  static let blockHead = 11

  private let file: OpenFile
  private let base: Int

  /// The area of the program with an index.
  init(_ file: OpenFile, _ place: Int) { (self.file, base) = (file, place * Self.size) }

  /// Makes a file for `count` programs, and a read-only descriptor of it.
  static func make(_ count: Int) throws(AgentError) -> (file: OpenFile, readOnly: OpenFile) {
    try SealedFile.makeShared(count * size)
  }

  /// How many programs a file has room for.
  static func count(in file: OpenFile) -> Int { min(IO.size(file.number) / size, Limits.programs) }

  // MARK: - The description and the records

  /// Writes the description: texts that never change.
  func describe(_ texts: [[UInt8]]) {
    let out = ByteBuffer()
    out.append(parts: texts)
    write(out.take(), base)
  }

  /// The first `count` texts of the description; nil if they are malformed.
  func description(_ count: Int) -> [[UInt8]]? {
    var reader = LittleEndianReader(IO.read(file.number, Self.records, at: base))
    return reader.parts(count)
  }

  /// Publishes a record, over the older of the two.
  func write(_ record: ProgramRecord) {
    write(record.encoded, base + Self.records + Int(record.number & 1) * ProgramRecord.size)
  }

  /// The newer record; nil if neither is valid.
  @inline(never)
  func record() -> ProgramRecord? {
    // the writer may overwrite both while they are read, but hardly four times in a row
    for _ in 0..<4 {
      let data = IO.read(file.number, 2 * ProgramRecord.size, at: base + Self.records)
      let (first, second) = (
        ProgramRecord(data.prefix(ProgramRecord.size)), ProgramRecord(data.dropFirst(ProgramRecord.size))
      )
      if let first, first.number >= second?.number ?? 0 { return first }
      if let second { return second }
    }
    return nil
  }

  // MARK: - The ring

  /// Writes to the ring. A position counts all bytes since the first.
  func write(_ data: [UInt8], at position: UInt64) {
    let (place, inFront) = Self.place(position, data.count)
    write(Array(data[..<inFront]), base + place)
    if inFront < data.count { write(Array(data[inFront...]), base + Self.ring) }
  }

  /// Reads at most `count` bytes of the ring; fewer if they cannot be read.
  func read(_ count: Int, at position: UInt64) -> [UInt8] {
    let (place, inFront) = Self.place(position, count)
    let data = IO.read(file.number, inFront, at: base + place)
    return inFront < count ? data + IO.read(file.number, count - inFront, at: base + Self.ring) : data
  }

  /// The offset of bytes in the area, and how many of them come before the ring wraps.
  private static func place(_ position: UInt64, _ count: Int) -> (Int, Int) {
    let offset = Int(position % UInt64(Limits.programOutput))
    return (ring + offset, min(count, Limits.programOutput - offset))
  }

  private func write(_ data: [UInt8], _ offset: Int) { IO.write(file.number, data[...], at: offset) }
}
