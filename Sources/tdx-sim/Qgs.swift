import CFuse3
import Glibc

/// The quote generation service on a Unix socket, for QEMU's tdx-guest object or a virtio-serial pump. A message is Intel's
/// qgs_msg after a 4-byte big-endian length. There may be any number of connections; each is answered in order.
final class Qgs {
  private static let requestLimit = 16384
  private static let unexpected: UInt32 = 0x12001
  private static let badParameter: UInt32 = 0x12003
  private static let badVersion: UInt32 = 0x12004
  private static let badType: UInt32 = 0x12005
  private static let badSize: UInt32 = 0x12006

  private let signer: QuoteSigner
  private let faults: Faults
  private let loop: Loop

  private final class Connection {
    let fd: Int32
    var input: [UInt8] = []
    var busy = false
    var isOpen = true

    init(_ fd: Int32) { self.fd = fd }
  }

  /// Listens. The socket appears under its name only once it accepts connections.
  init(signer: QuoteSigner, faults: Faults, socket path: String, loop: Loop) throws {
    self.signer = signer
    self.faults = faults
    self.loop = loop
    let parent = System.parent(path)
    let folder = try System.check(sim_open(parent, O_RDONLY | O_DIRECTORY, 0), "cannot open \(parent)")
    defer { close(folder) }
    let draft = ".\(System.name(path)).\(getpid())"
    let listener = try System.check(sim_unix_socket(folder, draft, 1), "cannot listen on \(path)")
    if renameat(folder, draft, folder, System.name(path)) != 0 { throw Failure("cannot listen on \(path)", code: errno) }
    loop.watch(listener) { [self] in
      let fd = sim_accept(listener)
      if fd >= 0 { serve(Connection(fd)) }
    }
  }

  private func serve(_ connection: Connection) {
    loop.watch(connection.fd) { [self] in
      var part = [UInt8](zeros: 4096)
      let n = read(connection.fd, &part, part.count)
      if n < 0, errno == EAGAIN { return }
      if n <= 0 || connection.input.count > Qgs.requestLimit { return end(connection) }
      connection.input += part[..<n]
      next(connection)
    }
  }

  private func end(_ connection: Connection) {
    loop.unwatch(connection.fd)
    close(connection.fd)
    connection.isOpen = false
  }

  private func next(_ connection: Connection) {
    guard connection.isOpen, !connection.busy, connection.input.count >= 4 else { return }
    let size = connection.input[..<4].reduce(0) { $0 << 8 | Int($1) }
    if size > Qgs.requestLimit { return end(connection) }
    guard connection.input.count >= 4 + size else { return }
    let message = Array(connection.input[4..<4 + size])
    connection.input.removeFirst(4 + size)
    connection.busy = true
    answer(connection, message)
  }

  private func answer(_ connection: Connection, _ message: [UInt8]) {
    let due = System.now() + faults.delay
    let effect = faults.quote()
    let bytes: [UInt8]
    switch effect {
    case .hang: return
    case .reset:
      sim_reset_on_close(connection.fd)
      return end(connection)
    case .garbage: bytes = [UInt8](repeating: 0xA5, count: 256)
    case .fail: bytes = response([], error: Qgs.unexpected)
    case .empty: bytes = response([])
    case .big: bytes = response([UInt8](repeating: 0x42, count: 17 * 1024))
    case .none: bytes = quote(message)
    }
    loop.at(due) { [self] in
      if connection.isOpen { send(connection, bytes) }
    }
  }

  private func quote(_ m: [UInt8]) -> [UInt8] {
    guard let major = m.le(UInt16.self, at: 0), let type = m.le(UInt32.self, at: 4), let size = m.le(UInt32.self, at: 8),
      let reportSize = m.le(UInt32.self, at: 16), let idSize = m.le(UInt32.self, at: 20)
    else { return response([], error: Qgs.badSize) }
    if major != 1 { return response([], error: Qgs.badVersion) }
    if type != 0 { return response([], error: Qgs.badType) }
    if Int(size) != m.count || UInt64(reportSize) + UInt64(idSize) + 24 != m.count { return response([], error: Qgs.badSize) }
    let report = Array(m[24..<24 + Int(reportSize)])
    guard TdReport.isValid(report) else {
      System.log("qgs: not a TDREPORT of the simulator")
      return response([], error: reportSize == TdReport.size ? Qgs.unexpected : Qgs.badParameter)
    }
    guard let quote = try? signer.quote(report) else { return response([], error: Qgs.unexpected) }
    return response(quote)
  }

  private func response(_ quote: [UInt8], error: UInt32 = 0) -> [UInt8] {
    let size = UInt32(24 + quote.count)
    var message: [UInt8] = (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) }
    message += .le(UInt16(1)) + .le(UInt16(0)) + .le(UInt32(1)) + .le(size) + .le(error)
    return message + .le(UInt32(0)) + .le(UInt32(quote.count)) + quote
  }

  /// An answer fits the socket's buffer; a client that leaves several unread is dropped.
  private func send(_ connection: Connection, _ bytes: [UInt8]) {
    let n = Glibc.send(connection.fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    if n != bytes.count { return end(connection) }
    connection.busy = false
    next(connection)
  }
}
