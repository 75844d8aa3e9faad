enum BootChecks {
  static func outputs(_ operation: CheckOperation, _ inputs: CheckInputs) throws(AgentError) -> [[UInt8]]? {
    switch operation {
    case "app-compose":
      let compose = try AppCompose(file: inputs[0])
      let flags = [compose.visibility.logs, compose.visibility.sysinfo, compose.visibility.tcbInfo, compose.noInstanceID]
      return [
        compose.name, bytes(compose.keyProvider.eventName), compose.keyProviderID, compose.storageFS,
        flags.flatMap(CheckOutput.flag),
        [UInt8(truncatingIfNeeded: compose.eventLogVersion.rawValue)],
      ] + compose.initScripts + compose.allowedEnvs
    case "launch":
      let compose = try AppCompose(file: inputs[0])
      let values = LaunchValues(composeFile: inputs[0], compose, try InstanceInfo(inputs[1]))
      let report = try DryRun.report(compose, values, vmConfig: inputs[2])
      return report.split(separator: 0x0a).map { Array($0) }
    case "certificate-time":
      let isNegative = inputs[0].first == UInt8(ascii: "-")
      guard let magnitude = parseDecimal(inputs[0].dropFirst(isNegative ? 1 : 0)), let seconds = Int64(exactly: magnitude),
        CertificateTime.range.contains(isNegative ? -seconds : seconds)
      else { throw .invalid("is not a time") }
      return [CertificateTime.der(isNegative ? -seconds : seconds)]
    case "certificate-name": return [try Certificate.name(inputs[0])]
    case "fat-entry":
      guard let entry = FATDirectory.find("app-compose.json", inputs[0]) else { throw .notFound("there is no such entry") }
      return [CheckOutput.flag(entry.isDirectory), decimal(entry.cluster), decimal(entry.size)]
    default: return nil
    }
  }
}
