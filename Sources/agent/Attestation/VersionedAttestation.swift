/// The versions of the interface; a caller chooses one by the path. v1 always gives evidence in the newest form.
enum APIVersion { case v0, v1 }

/// A quote with everything that a verifier needs to make sense of it. Version 0 is SCALE, version 1 MessagePack; the first byte tells them
/// apart. Callers of v0 get version 1 only if an event needs it.
final class VersionedAttestation {
  /// Bytes of report data.
  static let reportDataSize = 64

  let quote: [UInt8]
  let log: EventLog
  /// 64 bytes.
  let reportData: [UInt8]
  /// vm_config, UTF-8.
  let config: [UInt8]

  init(quote: [UInt8], log: EventLog, reportData: [UInt8], config: [UInt8]) {
    (self.quote, self.log, self.reportData, self.config) = (quote, log, reportData, config)
  }

  /// The attestation, `stripped` for certificates. Throws if it is larger than 10 MiB.
  func encoded(stripped: Bool, for version: APIVersion) throws(AgentError) -> BodyReader {
    guard reportData.count == Self.reportDataSize else { throw .failed("report data is not 64 bytes") }
    let isOne = version == .v1 || log.hasVersionTwo
    let body =
      isOne ? versionOne(stripped ? .strippedPack : .pack) : versionZero(stripped ? .strippedScale : .scale)
    if body.remaining > Limits.attestation { throw .failed("the attestation is larger than 10 MiB") }
    return body
  }

  private func versionZero(_ form: EventForm) -> BodyReader {
    let scale = SCALEWriter(ByteBuffer())
    scale.byte(0)
    scale.byte(0)  // a quote of plain TDX
    scale.data(quote)
    scale.compact(UInt64(log.count(form)))
    log.write(form, to: scale.out)
    scale.compact(UInt64(log.count))
    log.write(.runtimeScale, to: scale.out)
    scale.out.append(reportData)
    scale.data(config)
    return JoinedBody(scale.out)
  }

  private func versionOne(_ form: EventForm) -> BodyReader {
    let pack = MessagePackWriter(ByteBuffer())
    pack.map(3)
    pack.text("version").unsigned(1)
    pack.text("platform")
    tagged(pack, "tdx", members: 2)
    pack.text("quote")
    integers(pack, quote)
    pack.text("event_log").array(log.count(form))
    log.write(form, to: pack.out)
    pack.text("stack")
    tagged(pack, "dstack", members: 3)
    pack.text("report_data")
    integers(pack, reportData)
    pack.text("runtime_events").array(log.count)
    log.write(.runtimePack, to: pack.out)
    pack.text("config").text(config)
    return JoinedBody(pack.out)
  }

  /// `kind` comes before `data`, because readers need it to choose the members. The caller writes the members next.
  private func tagged(_ pack: MessagePackWriter, _ kind: StaticString, members: Int) {
    pack.map(2)
    pack.text("kind").text(kind)
    pack.text("data").map(members)
  }

  /// Bytes as an array of integers, not as a byte string.
  private func integers(_ pack: MessagePackWriter, _ data: [UInt8]) {
    pack.array(data.count)
    for byte in data { pack.unsigned(UInt64(byte)) }
  }
}
