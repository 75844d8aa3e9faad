/// What a listener has served, for metrics.
final class ListenerCounts {
  let name: [UInt8]
  let requests: UInt64
  let errors: UInt64
  let connections: UInt64

  init(_ traffic: Traffic) {
    (name, requests) = (bytes(traffic.name), traffic.requests)
    (errors, connections) = (traffic.errors, traffic.connections)
  }

  /// From what `Counters.encoded` gives.
  fileprivate init(_ reader: inout LittleEndianReader) {
    (requests, errors, connections) = (reader.uint64(), reader.uint64(), reader.uint64())
    name = reader.parts(1)?[0] ?? []
  }
}

/// What a process counts, for metrics.
struct Counters {
  /// Quotes made, the milliseconds that they took, and those waiting; and events in the runtime event log.
  var quotes: UInt64 = 0
  var quoteTime: UInt64 = 0
  var quoteQueue: UInt64 = 0
  var events: UInt64 = 0
  /// Microseconds of the loop's longest round.
  var longestRound: UInt64 = 0
  /// Of this process's listeners.
  var listeners: [ListenerCounts] = []
}

extension Counters {
  /// Adds what another process counts; its listeners come first.
  mutating func add(_ other: Counters) {
    longestRound = max(longestRound, other.longestRound)
    listeners = other.listeners + listeners
  }

  /// For the channel: five numbers of 8 bytes, little-endian, then for each listener three such numbers and its name.
  var encoded: [UInt8] {
    let out = ByteBuffer()
    for number in [quotes, quoteTime, quoteQueue, events, longestRound] { out.appendLittle(number, 8) }
    for listener in listeners {
      for number in [listener.requests, listener.errors, listener.connections] { out.appendLittle(number, 8) }
      out.append(parts: [listener.name])
    }
    return out.take()
  }

  /// Nil for anything but what `encoded` gives.
  init?(_ data: [UInt8]) {
    var reader = LittleEndianReader(data)
    (quotes, quoteTime) = (reader.uint64(), reader.uint64())
    (quoteQueue, events, longestRound) = (reader.uint64(), reader.uint64(), reader.uint64())
    while reader.remaining > 0, !reader.isShort { listeners.append(ListenerCounts(&reader)) }
    if reader.isShort { return nil }
  }
}
