/// All that explains the registers: what the firmware and the kernel measured, then the runtime events.
final class EventLog {
  let boot: [LogEvent]
  let runtime: [RuntimeEvent]

  init(boot: [LogEvent], runtime: [RuntimeEvent]) {
    self.boot = boot
    self.runtime = runtime
  }

  /// Whether any event has a digest of version 2, which older forms cannot tell.
  var hasVersionTwo: Bool { runtime.contains { $0.version == .two } }

  /// In order. `stripped` keeps what a verifier of a certificate needs: RTMR3 and the ACPI measurements.
  func events(stripped: Bool) -> [LogEvent] {
    var events: [LogEvent] = []
    for event in boot where !stripped || event.isACPI || event.register == RuntimeEvent.register { events.append(event) }
    for event in runtime { events.append(LogEvent(event, stripped: stripped)) }
    return events
  }

  /// The JSON array that GetQuote gives, made once for all who share a quote.
  private(set) lazy var json: [UInt8] = {
    let json = JSONWriter()
    write(to: json)
    return json.out.take()
  }()

  /// The JSON array that GetQuote and Info give.
  func write(to json: JSONWriter) {
    json.array { json in
      for event in events(stripped: false) {
        json.object { json in
          json.name("imr").number(event.register)
          json.name("event_type").number(event.type)
          json.name("digest").hex(event.digest)
          json.name("event").string(event.name)
          json.name("event_payload").hex(event.payload)
          guard let preimage = event.preimage else { return }
          json.name("version").number(RuntimeEvent.Version.two.rawValue)
          json.name("preimage").hex(preimage)
        }
      }
    }
  }
}
