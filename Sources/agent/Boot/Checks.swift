/// Checks that must pass before anything is measured and the app's keys are requested. Each throws `.invalid` with a text that
/// says which demand is not met.
enum Checks {
  /// The app's `requirements`. `osVersion` is the image's VERSION_ID, nil if it has none; `userConfig` is nil if the host gave none.
  @inline(never)
  static func requirements(
    _ requirements: Requirements, platform: Platform, osVersion: [UInt8]?, vm: VMDescription, userConfig: [UInt8]?
  ) throws(AgentError) {
    if let platforms = requirements.platforms { try check(platforms, platform) }
    if let range = requirements.osVersion {
      guard let osVersion, let version = SemVer(osVersion) else {
        throw .invalid("the app needs an OS version, and the image has no valid VERSION_ID")
      }
      guard range.contains(version) else { throw .invalid("the app does not allow this OS version") }
    }
    if let measured = requirements.measuresACPITables {
      if platform == .gcpTDX {
        throw .invalid("the app sets tdx_measure_acpi_tables, which cannot be verified on dstack-gcp-tdx")
      }
      if measured == vm.isLite {
        throw AgentError.invalid(
          measured
            ? "the app needs the ACPI tables measured, and the host has chosen lite attestation"
            : "the app needs lite attestation, and the host has chosen to have the ACPI tables measured")
      }
    }
    if let hash = requirements.launchTokenHash { try LaunchToken.check(userConfig, hash: hash) }
  }

  /// The platforms that the app allows. Only the host says that a machine is Google's, because nothing asks its vTPM. So this
  /// claim may keep an app from starting, but must never let one start: the app must allow `dstack-tdx` in any case.
  @inline(never)
  private static func check(_ platforms: [[UInt8]], _ platform: Platform) throws(AgentError) {
    guard platforms.contains(where: { $0.matches(platform.name) }) else {
      throw AgentError.invalid("is not among the app's platforms").during(platform.name)
    }
    guard platforms.contains(where: { $0.matches(Platform.tdx.name) }) else {
      throw AgentError.invalid("cannot be verified here, and the app does not allow dstack-tdx").during(
        platform.name)
    }
  }

  /// Checks that no GPU is left unattested. This agent cannot attest GPUs, so there may be no display device at all, unless the
  /// app waives attestation. `pciDevices` is the directory of the devices in sysfs.
  static func gpus(_ policy: GPUPolicy, pciDevices: [UInt8]) throws(AgentError) {
    guard policy.needsAttestation else { return }
    try PCIDevices.refuseDisplays(
      in: pciDevices,
      """
      is a display, and this agent attests no GPU: remove it (QEMU adds a VGA card unless started with -nodefaults or -vga none), or \
      set attest_gpu of requirements.gpu_policy to false
      """)
  }

  /// Checks that a data disk would keep the app's data, in the file system that the app asks for.
  @inline(never)
  static func disk(_ use: DiskUse, _ compose: AppCompose) throws(AgentError) {
    if compose.keyProvider == .none, use != .scratch {
      throw .invalid(
        "the key provider none makes new keys at each start, so the data disk would be lost: use a KMS, or dstack.disk=scratch"
      )
    }
    guard compose.storageFS.isEmpty || compose.storageFS.matches("ext4") else {
      throw .invalid("storage_fs: must be ext4 for a data disk")
    }
  }

  /// Checks the key provider against the one that app-compose pins, if any.
  static func pin(_ compose: AppCompose, providerID: [UInt8]) throws(AgentError) {
    guard compose.keyProviderID.isEmpty || compose.keyProviderID == providerID else {
      throw .invalid("the key provider is not the one that app-compose pins by key_provider_id")
    }
  }
}
