/// Messages of the quote generation service (Intel DCAP, qgs_msg_lib.h), version 1.0. On a stream each follows its length, four
/// bytes big-endian; everything else is little-endian.
enum QGSMessage {
  /// Type, version, total size and error code.
  static let headerSize = 16

  /// A request for a quote over a TD report, preceded by its length.
  static func request(_ report: [UInt8]) -> [UInt8] {
    let out = ByteBuffer()
    let size = UInt64(headerSize + 8 + report.count)
    out.appendBig(size, 4)
    for number in [1, 0, size, 0, UInt64(report.count), 0] { out.appendLittle(number, 4) }
    out.append(report)
    return out.take()
  }

  /// The quote in a response, which comes without its length. Throws with the service's code if it has refused.
  static func quote(_ response: [UInt8]) throws(AgentError) -> [UInt8] {
    var reader = LittleEndianReader(response)
    guard reader.uint16() == 1, reader.uint16() != nil, reader.uint32() == 1, reader.uint32() == UInt32(response.count),
      let code = reader.uint32()
    else { throw malformed }
    if code != 0 { throw .failed("refused", code: Int32(bitPattern: code)) }
    guard let selected = reader.uint32(), let size = reader.uint32(), reader.take(selected) != nil,
      let quote = reader.take(size),
      reader.remaining == 0
    else { throw malformed }
    return Array(quote)
  }

  static var malformed: AgentError { .failed("malformed answer") }
}
