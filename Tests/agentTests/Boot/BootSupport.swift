import Foundation

@testable import agent

/// The UTF-8 bytes of a string.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// An app-compose with the required members and others.
func compose(_ members: String = "", manifest: String = "2", runner: String = "docker-compose") throws -> AppCompose {
  try AppCompose(
    utf8(
      #"{"manifest_version":\#(manifest),"name":"a","runner":"\#(runner)"\#(members.isEmpty ? "" : ",")\#(members)}"#))
}

/// An app-compose with requirements.
func composeRequiring(_ members: String, runner: String = "docker-compose") throws -> AppCompose {
  try compose(#""requirements":{\#(members)}"#, manifest: #""3""#, runner: runner)
}

/// The launch values of an app-compose.
func launchValues(_ text: String, info: String = "{}") throws -> LaunchValues {
  LaunchValues(composeFile: utf8(text), try AppCompose(utf8(text)), try InstanceInfo(utf8(info)))
}

/// A machine with registers as files in a folder, and an event log.
func machine(_ folder: TemporaryFolder, rtmr3: [UInt8], configID: [UInt8] = RTMR.zero) throws -> BootGuest {
  let measurements = folder.path + "/measurements"
  try FileManager.default.createDirectory(atPath: measurements, withIntermediateDirectories: true)
  for name in ["mrtd:sha384", "mrowner", "mrownerconfig", "rtmr0:sha384", "rtmr1:sha384", "rtmr2:sha384"] {
    try folder.write("measurements/" + name, RTMR.zero)
  }
  try folder.write("measurements/rtmr3:sha384", rtmr3)
  try folder.write("measurements/mrconfigid", configID)
  let none = folder.bytes + utf8("/none")
  let paths = TDXPaths(report: none, measurements: utf8(measurements), device: none, attestConfig: none, ccel: none)
  return BootGuest(
    tdx: paths, log: RuntimeEventLog(directory: folder.bytes + utf8("/log/dstack")),
    osRelease: folder.bytes + utf8("/os-release"), product: [], pciDevices: folder.bytes + utf8("/pci"))
}
