/// The first sector of a data disk, in clear: what state it is in, and the salt that its key is made with (docs/spec/disk.md).
final class DiskHeader {
  /// Nothing but these and the key that it is read with is in it: no field names a cipher that a host could choose.
  enum State: UInt32 {
    /// Nobody has written data yet.
    case formatting = 1
    case ready
    /// The file system is being made larger: what the superblock says may not be there yet.
    case growing
  }

  /// Bytes of it.
  static let size = 512
  private static let magic: StaticString = "dstack-disk-v1\0\0"
  private static let stateOffset = 16
  private static let saltOffset = 24
  private static let blocksOffset = 56
  private static let codeOffset = 64

  var state: State
  let salt: [UInt8]
  /// Of the file system before it began to grow.
  var blocks: UInt64 = 0

  /// Of a new disk.
  init() throws(AgentError) {
    state = .formatting
    salt = try Random.bytes(Self.blocksOffset - Self.saltOffset)
  }

  /// Nil for a sector that is no header. Throws if it was not written with this key.
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

  /// Of a disk that is to be used, by its first and last MiB; nil if it is to be made anew. `isScratch`: nothing on it is to be kept, and
  /// what is there was made with a key that nobody has any more. Throws for what must not be overwritten.
  @inline(never)
  static func used(
    start: [UInt8], end: () throws(AgentError) -> [UInt8], isScratch: Bool, _ ikm: borrowing Secret
  ) throws(AgentError) -> DiskHeader? {
    if isScratch, isOne(start) {
      // such a disk stays in this state; of another one nobody can tell here whether it is still needed
      guard state(start) == .formatting else { throw .failed("keeps its data, and dstack.disk=scratch would overwrite it") }
      return nil
    }
    if !isScratch, let header = try DiskHeader(start, ikm) { return header.state == .formatting ? nil : header }
    if isZero(start), isZero(try end()) { return nil }
    let found = bytes("has ") + bytes(content(start))
    throw AgentError(.failed, found + ", and only a blank one is taken: zero its first and last MiB if nobody needs it")
  }

  private static func isZero(_ data: [UInt8]) -> Bool { data.allSatisfy { $0 == 0 } }

  /// What people will know by its name.
  @inline(never)
  private static func content(_ start: [UInt8]) -> StaticString {
    if start.hasPrefix("LUKS") { return "LUKS encryption" }
    if LittleEndian.decode(start, 1080, 2) == 0xef53 { return "an ext file system" }
    return LittleEndian.decode(start, 510, 2) == 0xaa55 ? "a partition table or a boot sector" : "something else on it"
  }

  private static func isOne(_ sector: [UInt8]) -> Bool { sector.count >= size && sector.hasPrefix(magic) }

  private static func state(_ sector: [UInt8]) -> State? {
    State(rawValue: UInt32(truncatingIfNeeded: LittleEndian.decode(sector, stateOffset, 4)))
  }

  /// As it is written.
  @inline(never)
  func sector(_ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let out = ByteBuffer(capacity: Self.size)
    out.append(bytes(Self.magic))
    out.appendLittle(UInt64(state.rawValue), 8)
    out.append(salt)
    out.appendLittle(blocks, 8)
    out.append(try Self.code(out.storage, ikm))
    while out.count < Self.size { out.append(0) }
    return out.take()
  }

  /// The key of the data: 64 bytes, for AES-256 in XTS. The salt is another one for each file system, so that no two have a key stream
  /// in common.
  func dataKey(_ ikm: borrowing Secret) throws(AgentError) -> Secret {
    try Hash.hkdf(
      try Hash.hmac(ikm, salt), salt: [], info: bytes("dstack-data-disk aes-xts-plain64 4096 v1"), count: 64)
  }

  private static func code(_ text: [UInt8], _ ikm: borrowing Secret) throws(AgentError) -> [UInt8] {
    let key = try Hash.hkdf(ikm, salt: [], info: bytes("dstack-data-disk header v1"), count: 32)
    return try Hash.hmac(key, text).plain()
  }
}
