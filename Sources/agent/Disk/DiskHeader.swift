/// The first sector of a data disk: its state and the salt of its key, authenticated but not encrypted (docs/spec/disk.md). It
/// has no field for the cipher, so no host can choose one.
final class DiskHeader {
  /// What the disk is ready for.
  enum State: Int {
    /// The file system is being made: no data has been written yet.
    case formatting = 1
    /// The file system is complete.
    case ready
    /// The file system is growing: the superblock may already describe groups that are not on the disk yet.
    case growing
  }

  /// Bytes of the sector, and the offsets of its fields.
  static let size = 512
  private static let magic: StaticString = "dstack-disk-v1\0\0"
  private static let stateOffset = 16
  private static let saltOffset = 24
  private static let blocksOffset = 56
  private static let codeOffset = 64
  private static let codeEnd = 96

  /// What the sector says, or is to say, up to its code.
  private var data: [UInt8]
  /// From `data`.
  private(set) var state: State

  /// For a disk to be formatted, with a salt of its own.
  init() throws(AgentError) {
    state = .formatting
    let out = ByteBuffer(capacity: Self.codeOffset)
    out.append(Self.magic)
    out.appendLittle(UInt64(State.formatting.rawValue), 8)
    out.append(try Random.bytes(Self.blocksOffset - Self.saltOffset))
    out.appendLittle(0, 8)
    data = out.take()
  }

  /// Parses a sector; nil if it is not a header. Throws `.failed` if its code does not match: it was written with another key, or
  /// is damaged.
  @inline(never)
  init?(_ sector: [UInt8], _ ikm: borrowing Secret) throws(AgentError) {
    guard Self.isOne(sector) else { return nil }
    data = Array(sector[..<Self.codeOffset])
    state = .ready
    let expected = try self.sector(ikm)
    var difference: UInt8 = 0
    for index in Self.codeOffset..<Self.codeEnd { difference |= expected[index] ^ sector[index] }
    guard difference == 0, let state = Self.state(sector) else {
      throw .failed(
        "was made with another key, or its header is damaged: attach the disk of this app and instance, or a copy of it")
    }
    self.state = state
  }

  /// 32 random bytes, chosen when the file system is made.
  var salt: [UInt8] { Array(data[Self.saltOffset..<Self.blocksOffset]) }

  /// In state `growing`: blocks of the file system before.
  var blocks: UInt64 { UInt64(truncatingIfNeeded: LittleEndian.decode(data, Self.blocksOffset, 8)) }

  /// Changes the state. `blocks` is for `growing`.
  func change(to state: State, blocks: UInt64 = 0) {
    self.state = state
    LittleEndian.put(UInt64(state.rawValue), &data, Self.stateOffset, 8)
    LittleEndian.put(blocks, &data, Self.blocksOffset, 8)
  }

  /// Decides by the first and last MiB of a disk what to do with it: its header if it is to be used, a new one if it is to be formatted.
  /// `isScratch`: it is formatted in any case, because the key of the previous start is gone. Throws `.failed` if it holds something
  /// that must not be overwritten.
  @inline(never)
  static func used(
    start: [UInt8], end: () throws(AgentError) -> [UInt8], isScratch: Bool, _ ikm: borrowing Secret
  ) throws(AgentError) -> DiskHeader {
    let own = isScratch ? nil : try DiskHeader(start, ikm)
    if let own {
      if own.state != .formatting { return own }
    } else if isScratch, isOne(start) {
      // a scratch disk never leaves this state; a disk in another state may hold data that is still needed
      if state(start) != .formatting {
        throw .failed("holds data that dstack.disk=scratch would overwrite: use required, or zero its first MiB")
      }
    } else {
      if isZero(start), isZero(try end()) { return try DiskHeader() }
      let found = bytes("has ") + bytes(content(start))
      throw AgentError(.failed, found + ", but only a blank disk is formatted: zero its first and last MiB if nobody needs it")
    }
    return try DiskHeader()
  }

  private static func isZero(_ data: [UInt8]) -> Bool { data.allSatisfy { $0 == 0 } }

  /// What the disk holds, in words that its owner will recognise. 1080 is the offset of the ext magic, 510 that of the boot signature.
  @inline(never)
  private static func content(_ start: [UInt8]) -> StaticString {
    if start.hasPrefix("LUKS") { return "LUKS encryption" }
    if LittleEndian.decode(start, 1080, 2) == 0xef53 { return "an ext file system" }
    return LittleEndian.decode(start, 510, 2) == 0xaa55 ? "a partition table or a boot sector" : "something else on it"
  }

  private static func isOne(_ sector: [UInt8]) -> Bool { sector.count >= size && sector.hasPrefix(magic) }

  private static func state(_ sector: [UInt8]) -> State? { State(rawValue: LittleEndian.decode(sector, stateOffset, 8)) }

  /// The sector to write.
  @inline(never)
  func sector(_ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let key = try Hash.hkdf(ikm, salt: [], info: bytes("dstack-data-disk header v1"), count: 32)
    return data + (try Hash.hmac(key, data).plain()) + [UInt8](repeating: 0, count: Self.size - Self.codeEnd)
  }

  /// The data's key: 64 bytes, for AES-256-XTS. Each file system has its own salt, so no two share a key.
  func dataKey(_ ikm: borrowing Secret) throws(AgentError) -> Secret {
    try Hash.hkdf(
      try Hash.hmac(ikm, salt), salt: [], info: bytes("dstack-data-disk aes-xts-plain64 4096 v1"), count: 64)
  }
}
