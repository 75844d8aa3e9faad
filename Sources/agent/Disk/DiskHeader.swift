/// The first sector of a data disk, not encrypted: the disk's state, and the salt of its key (docs/spec/disk.md).
final class DiskHeader {
  /// The header has no field for a cipher, so no host can choose one.
  enum State: UInt32 {
    /// Nobody has written data yet.
    case formatting = 1
    case ready
    /// The file system is growing: what the superblock describes may not be there yet.
    case growing
  }

  /// In bytes.
  static let size = 512
  /// Two NULs follow.
  private static let magic: StaticString = "dstack-disk-v1"
  private static let magicSize = 14
  private static let stateOffset = 16
  private static let saltOffset = 24
  private static let blocksOffset = 56
  private static let codeOffset = 64

  var state: State
  let salt: [UInt8]
  /// Blocks of the file system before it began to grow.
  var blocks: UInt64 = 0

  /// For a new disk.
  init() throws(AgentError) {
    state = .formatting
    salt = try Random.bytes(Self.blocksOffset - Self.saltOffset)
  }

  /// Nil for a sector that is not a header. Throws if it was written with another key.
  @inline(never)
  init?(_ sector: [UInt8], _ ikm: borrowing Secret) throws(AgentError) {
    guard Self.isOne(sector) else { return nil }
    let code = try Self.code(Array(sector[..<Self.codeOffset]), ikm)
    var difference: UInt8 = 0
    for index in code.indices { difference |= code[index] ^ sector[Self.codeOffset + index] }
    guard difference == 0, let state = Self.state(sector) else {
      throw .failed("was made with another key: it is another app's or instance's, or its header is damaged")
    }
    self.state = state
    salt = Array(sector[Self.saltOffset..<Self.blocksOffset])
    blocks = UInt64(truncatingIfNeeded: LittleEndian.decode(sector, Self.blocksOffset, 8))
  }

  /// The header of a disk to use, judged by its first and last MiB; nil if the disk is to be formatted. `isScratch`: nothing on it is kept,
  /// as nobody has the key of the start before. Throws if the disk holds something that must not be overwritten.
  @inline(never)
  static func used(
    start: [UInt8], end: () throws(AgentError) -> [UInt8], isScratch: Bool, _ ikm: borrowing Secret
  ) throws(AgentError) -> DiskHeader? {
    if isScratch, isOne(start) {
      // a scratch disk stays in this state; a disk in another one may still be needed
      guard state(start) == .formatting else { throw .failed("keeps its data, and dstack.disk=scratch would overwrite it") }
      return nil
    }
    if !isScratch, let header = try DiskHeader(start, ikm) { return header.state == .formatting ? nil : header }
    if isZero(start), isZero(try end()) { return nil }
    let found = bytes("has ") + bytes(content(start))
    throw AgentError(.failed, found + ", and only a blank one is taken: zero its first and last MiB if nobody needs it")
  }

  private static func isZero(_ data: [UInt8]) -> Bool { data.allSatisfy { $0 == 0 } }

  /// What is on the disk, in words that its owner will recognise.
  @inline(never)
  private static func content(_ start: [UInt8]) -> StaticString {
    if start.hasPrefix("LUKS") { return "LUKS encryption" }
    if LittleEndian.decode(start, 1080, 2) == 0xef53 { return "an ext file system" }
    return LittleEndian.decode(start, 510, 2) == 0xaa55 ? "a partition table or a boot sector" : "something else on it"
  }

  private static func isOne(_ sector: [UInt8]) -> Bool {
    sector.count >= size && sector.hasPrefix(magic) && LittleEndian.decode(sector, magicSize, stateOffset - magicSize) == 0
  }

  private static func state(_ sector: [UInt8]) -> State? {
    State(rawValue: UInt32(truncatingIfNeeded: LittleEndian.decode(sector, stateOffset, 4)))
  }

  /// The sector to write.
  @inline(never)
  func sector(_ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let out = ByteBuffer(capacity: Self.size)
    out.append(Self.magic)
    out.appendLittle(0, Self.stateOffset - Self.magicSize)
    out.appendLittle(UInt64(state.rawValue), 8)
    out.append(salt)
    out.appendLittle(blocks, 8)
    out.append(try Self.code(out.storage, ikm))
    while out.count < Self.size { out.append(0) }
    return out.take()
  }

  /// The key of the data: 64 bytes, for AES-256-XTS. Each file system has a salt of its own, so that no two share a key.
  func dataKey(_ ikm: borrowing Secret) throws(AgentError) -> Secret {
    try Hash.hkdf(
      try Hash.hmac(ikm, salt), salt: [], info: bytes("dstack-data-disk aes-xts-plain64 4096 v1"), count: 64)
  }

  private static func code(_ text: [UInt8], _ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let key = try Hash.hkdf(ikm, salt: [], info: bytes("dstack-data-disk header v1"), count: 32)
    return try Hash.hmac(key, text).plain()
  }
}
