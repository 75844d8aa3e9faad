/// How much of the event log something covers.
struct LogExtent: Equatable {
  /// Bytes in a message.
  static let size = 12

  /// Changes when the log starts over; 0 for no log.
  var number: UInt32 = 0
  /// The number of firmware events.
  var boot = 0
  /// The number of runtime events.
  var runtime = 0

  /// For the channel: three numbers of 4 bytes, little-endian.
  var encoded: [UInt8] {
    LittleEndian.encode(number) + LittleEndian.encode(UInt32(boot)) + LittleEndian.encode(UInt32(runtime))
  }
}

extension LogExtent {
  /// From the beginning of a message; no log if that is too short.
  init(_ data: [UInt8]) {
    var reader = LittleEndianReader(data)
    if let number = reader.uint32(), let boot = reader.uint32(), let runtime = reader.uint32() {
      self.init(number: number, boot: Int(boot), runtime: Int(runtime))
    } else {
      self.init()
    }
  }
}
