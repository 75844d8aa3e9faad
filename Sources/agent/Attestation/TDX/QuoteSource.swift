/// Where quotes come from: the host's quote generation service, which is 250 times faster, or the kernel's report interface.
struct QuoteSource {
  let paths: TDXPaths

  /// A quote of at most 16 KiB over 64 bytes of report data. It blocks, so it runs in a child. `deadline` is a time of `Clock.monotonic`;
  /// throws `unavailable` once it has passed, `failed` for everything else.
  @inline(never)
  func quote(_ reportData: [UInt8], deadline: Int64) throws(AgentError) -> [UInt8] {
    guard reportData.count == VersionedAttestation.reportDataSize else { throw .failed("report data is not 64 bytes") }
    let service = QGSQuote(paths)
    if let port = service.port {
      let kernel = Files.exists(paths.report)
      // half of the time, so that the kernel can still be asked if the service is silent
      let now = Clock.monotonic()
      do throws(AgentError) {
        return try service.quote(reportData, port: port, deadline: kernel ? now + (deadline - now) / 2 : deadline)
      } catch {
        if !kernel { throw error }
      }
    }
    return try ConfigfsQuote(paths).quote(reportData, deadline: deadline)
  }
}
