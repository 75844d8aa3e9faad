/// The lines of the interface, which a caller chooses by the path. v1 always has evidence in the newest form.
enum APIVersion { case v0, v1 }

/// A quote with all that a verifier needs to make sense of it. Version 0 is SCALE, version 1 MessagePack; the first byte tells them
/// apart. Callers of v0 get version 1 only where an event needs it.
struct VersionedAttestation {
  /// Bytes of the data that a quote binds.
  static let reportDataSize = 64

  let quote: [UInt8]
  let log: EventLog
  /// 64 bytes.
  let reportData: [UInt8]
  /// vm_config, UTF-8.
  let config: [UInt8]

  /// The attestation's bytes, `stripped` for certificates. Throws if they would be more than 10 MiB.
  func encoded(stripped: Bool, for version: APIVersion) throws(AgentError) -> [UInt8] {
    guard reportData.count == Self.reportDataSize else { throw .failed("report data is not 64 bytes") }
    let events = log.events(stripped: stripped)
    let out = ByteBuffer()
    if version == .v1 || log.hasVersionTwo {
      versionOne(MessagePackWriter(out), events)
    } else {
      versionZero(SCALEWriter(out), events)
    }
    if out.count > Limits.attestation { throw .failed("the attestation is larger than 10 MiB") }
    return out.take()
  }

  private func versionZero(_ scale: SCALEWriter, _ events: [LogEvent]) {
    scale.byte(0)
    scale.byte(0)  // a quote of plain TDX
    scale.data(quote)
    scale.compact(UInt64(events.count))
    for event in events {
      scale.uint32(event.register)
      scale.uint32(event.type)
      scale.data(event.digest)
      scale.data(event.name)
      scale.data(event.payload)
    }
    scale.compact(UInt64(log.runtime.count))
    for event in log.runtime {
      scale.data(event.name)
      scale.data(event.payload)
    }
    scale.out.append(reportData)
    scale.data(config)
  }

  private func versionOne(_ pack: MessagePackWriter, _ events: [LogEvent]) {
    pack.map(3)
    pack.text("version").unsigned(1)
    pack.text("platform")
    tagged(pack, "tdx", members: 2)
    pack.text("quote")
    integers(pack, quote)
    pack.text("event_log").array(events.count)
    for event in events { versionOne(pack, event) }
    pack.text("stack")
    tagged(pack, "dstack", members: 3)
    pack.text("report_data")
    integers(pack, reportData)
    pack.text("runtime_events").array(log.runtime.count)
    for event in log.runtime { versionOne(pack, event) }
    pack.text("config").text(config)
  }

  /// `kind` comes before `data`: readers choose the members by it. The members must follow.
  private func tagged(_ pack: MessagePackWriter, _ kind: StaticString, members: Int) {
    pack.map(2)
    pack.text("kind").text(kind)
    pack.text("data").map(members)
  }

  private func versionOne(_ pack: MessagePackWriter, _ event: LogEvent) {
    pack.map(event.preimage == nil ? 5 : 7)
    pack.text("imr").unsigned(UInt64(event.register))
    pack.text("event_type").unsigned(UInt64(event.type))
    pack.text("digest").binary(event.digest)
    pack.text("event").text(event.name)
    pack.text("event_payload").binary(event.payload)
    guard let preimage = event.preimage else { return }
    pack.text("version").unsigned(RuntimeEvent.Version.two.rawValue)
    pack.text("preimage").text(Hex.encode(preimage))
  }

  private func versionOne(_ pack: MessagePackWriter, _ event: RuntimeEvent) {
    pack.map(event.version == .one ? 2 : 3)
    pack.text("event").text(event.name)
    pack.text("payload").binary(event.payload)
    if event.version == .two { pack.text("version").unsigned(event.version.rawValue) }
  }

  /// Bytes as an array of integers, not as a byte string.
  private func integers(_ pack: MessagePackWriter, _ data: [UInt8]) {
    pack.array(data.count)
    for byte in data { pack.unsigned(UInt64(byte)) }
  }
}
