/// How much of the event log something tells of, or somebody knows.
struct LogExtent: Equatable {
  /// Bytes of it in a message.
  static let size = 12

  /// Another one for a log that has begun anew; 0 for none.
  var number: UInt32 = 0
  /// Events of the firmware.
  var boot = 0
  /// Runtime events.
  var runtime = 0

  var encoded: [UInt8] {
    LittleEndian.encode(number) + LittleEndian.encode(UInt32(boot)) + LittleEndian.encode(UInt32(runtime))
  }
}

extension LogExtent {
  /// What `encoded` makes, which comes first; none if it is not there.
  init(_ data: [UInt8]) {
    var reader = LittleEndianReader(data)
    if let number = reader.uint32(), let boot = reader.uint32(), let runtime = reader.uint32() {
      self.init(number: number, boot: Int(boot), runtime: Int(runtime))
    } else {
      self.init()
    }
  }
}
