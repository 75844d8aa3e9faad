/// A program's part of the file in memory in which process 1 keeps what programs write: first what is told of it, then a ring.
///
/// What changes is told in two records, of which the older one is written over: a reader always finds one that is whole. In the ring
/// are blocks, one behind the other: size (2 bytes), channel (1), time in nanoseconds since 1970 (8), all little-endian, and so many bytes.
/// Before blocks are written over, a record tells that they are gone; after new ones are written, another tells that they are there. So
/// what a reader has copied is good if the record that it reads afterwards does not tell that it is gone.
final class OutputArea {
  /// Where the records and the ring begin, and all of it.
  private static let records = 1024
  private static let ring = 4096
  private static let size = ring + Limits.programOutput
  /// Of a block.
  static let blockHead = 11

  private let file: OpenFile
  private let base: Int

  /// That of a program, by its place among all.
  init(_ file: OpenFile, _ place: Int) { (self.file, base) = (file, place * Self.size) }

  /// A file for so many programs; and the same for those who may only read it.
  static func make(_ count: Int) throws(AgentError) -> (file: OpenFile, readOnly: OpenFile) {
    try SealedFile.makeShared(count * size)
  }

  /// For how many programs a file is.
  static func count(in file: OpenFile) -> Int { min(IO.size(file.number) / size, Limits.programs) }

  // MARK: - What is told of the program

  /// What stays as it is: a few texts.
  func describe(_ texts: [[UInt8]]) {
    let out = ByteBuffer()
    out.append(parts: texts)
    write(out.take(), base)
  }

  /// So many texts; nil if there are none.
  func description(_ count: Int) -> [[UInt8]]? {
    var reader = LittleEndianReader(IO.read(file.number, Self.records, at: base))
    return reader.parts(count)
  }

  func write(_ record: ProgramRecord) {
    write(record.encoded, base + Self.records + Int(record.number & 1) * ProgramRecord.size)
  }

  /// The newer one; nil if there is none.
  @inline(never)
  func record() -> ProgramRecord? {
    // both may be written over while they are read, by a process that is never in that much of a hurry twice
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

  func write(_ data: [UInt8], at position: UInt64) {
    let (place, inFront) = Self.place(position, data.count)
    write(Array(data[..<inFront]), base + place)
    if inFront < data.count { write(Array(data[inFront...]), base + Self.ring) }
  }

  /// At most so many bytes; less if they cannot be read.
  func read(_ count: Int, at position: UInt64) -> [UInt8] {
    let (place, inFront) = Self.place(position, count)
    let data = IO.read(file.number, inFront, at: base + place)
    return inFront < count ? data + IO.read(file.number, count - inFront, at: base + Self.ring) : data
  }

  /// Where bytes begin in the area, and how many are in front of the ring's end.
  private static func place(_ position: UInt64, _ count: Int) -> (Int, Int) {
    let offset = Int(position % UInt64(Limits.programOutput))
    return (ring + offset, min(count, Limits.programOutput - offset))
  }

  private func write(_ data: [UInt8], _ offset: Int) { IO.write(file.number, data[...], at: offset) }
}
