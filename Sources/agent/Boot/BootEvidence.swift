/// Makes the guest's evidence during the startup. It may block on the quote, because nothing is served yet.
struct BootEvidence {
  let guest: BootGuest
  /// The events of the firmware and the kernel, for RTMR0 to RTMR2.
  let bootEvents: [LogEvent]
  /// vm_config, UTF-8.
  let vmConfig: [UInt8]

  /// An attestation over 64 bytes of report data, in the stripped form for certificates (docs/spec/attestation.md). Throws
  /// `.failed` if the event log does not reproduce the quote's RTMR3.
  func attestation(_ reportData: [UInt8]) throws(AgentError) -> BodyReader {
    let deadline = Clock.monotonic() + Limits.quoteDeadline
    let quote = try QuoteSource(paths: guest.tdx).quote(reportData, deadline: deadline)
    var history = RuntimeEventHistory()
    try guest.log.refresh(&history)
    guard try Quote.registers(quote).rtmr3 == history.events.register else {
      throw .failed("the event log does not reproduce the RTMR3 of the quote")
    }
    let log = EventLog(boot: EventStore(bootEvents), runtime: history.events)
    let attestation = VersionedAttestation(quote: quote, log: log, reportData: reportData, config: vmConfig)
    return try attestation.encoded(stripped: true, for: .v0)
  }
}
