/// The first sector of a data disk: its state and the salt of its key, authenticated but not encrypted (docs/spec/disk.md). It
/// has no field for the cipher, so no host can choose one.
final class DiskHeader {
  /// What the disk is ready for.
  enum State: UInt32 {
    /// The file system is being made: no data has been written yet.
    case formatting = 1
    /// The file system is complete.
    case ready
    /// The file system is growing: the superblock may already describe groups that are not on the disk yet.
    case growing
  }

  /// Bytes of the sector, and the offsets of its fields.
  static let size = 512
  /// Two NULs follow.
  private static let magic: StaticString = "dstack-disk-v1"
  private static let magicSize = 14
  private static let stateOffset = 16
  private static let saltOffset = 24
  private static let blocksOffset = 56
  private static let codeOffset = 64

  /// What the sector says, or is to say.
  var state: State
  /// 32 random bytes, chosen when the file system is made.
  let salt: [UInt8]
  /// Blocks of the file system before it began to grow.
  var blocks: UInt64 = 0

  /// For a new disk.
  init() throws(AgentError) {
    state = .formatting
    salt = try Random.bytes(Self.blocksOffset - Self.saltOffset)
  }

  /// Parses a sector; nil if it is not a header. Throws `.failed` if its code does not match: it was written with another key, or
  /// is damaged.
  @inline(never)
  init?(_ sector: [UInt8], _ ikm: borrowing Secret) throws(AgentError) {
    guard Self.isOne(sector) else { return nil }
    let code = try Self.code(Array(sector[..<Self.codeOffset]), ikm)
    var difference: UInt8 = 0
    for index in code.indices { difference |= code[index] ^ sector[Self.codeOffset + index] }
    guard difference == 0, let state = Self.state(sector) else {
      throw .failed(
        "was made with another key, or its header is damaged: attach the disk of this app and instance, or a copy of it")
    }
    self.state = state
    salt = Array(sector[Self.saltOffset..<Self.blocksOffset])
    blocks = UInt64(truncatingIfNeeded: LittleEndian.decode(sector, Self.blocksOffset, 8))
  }

  /// Decides by the first and last MiB of a disk what to do with it: the header of one to use, nil for one to format.
  /// `isScratch`: the disk is formatted in any case, because the key of the previous start is gone. Throws `.failed` if it holds
  /// something that must not be overwritten.
  @inline(never)
  static func used(
    start: [UInt8], end: () throws(AgentError) -> [UInt8], isScratch: Bool, _ ikm: borrowing Secret
  ) throws(AgentError) -> DiskHeader? {
    if isScratch, isOne(start) {
      // a scratch disk never leaves this state; a disk in another state may hold data that is still needed
      guard state(start) == .formatting else {
        throw .failed("holds data that dstack.disk=scratch would overwrite: use required, or zero its first MiB")
      }
      return nil
    }
    if !isScratch, let header = try DiskHeader(start, ikm) { return header.state == .formatting ? nil : header }
    if isZero(start), isZero(try end()) { return nil }
    let found = bytes("has ") + bytes(content(start))
    throw AgentError(.failed, found + ", but only a blank disk is formatted: zero its first and last MiB if nobody needs it")
  }

  private static func isZero(_ data: [UInt8]) -> Bool { data.allSatisfy { $0 == 0 } }

  /// What the disk holds, in words that its owner will recognise. 1080 is the offset of the ext magic, 510 that of the boot signature.
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

  /// The data's key: 64 bytes, for AES-256-XTS. Each file system has its own salt, so no two share a key.
  func dataKey(_ ikm: borrowing Secret) throws(AgentError) -> Secret {
    try Hash.hkdf(
      try Hash.hmac(ikm, salt), salt: [], info: bytes("dstack-data-disk aes-xts-plain64 4096 v1"), count: 64)
  }

  private static func code(_ text: [UInt8], _ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let key = try Hash.hkdf(ikm, salt: [], info: bytes("dstack-data-disk header v1"), count: 32)
    return try Hash.hmac(key, text).plain()
  }
}
