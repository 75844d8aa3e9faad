/// What must hold before the app's keys are asked for. Each check throws `.invalid` with a text that names what is not met.
enum Checks {
  /// The app's demands on the machine. `osVersion` is VERSION_ID, nil if the image has none; `userConfig` is nil if there is none.
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

  /// The platforms that the app allows. That a machine is Google's is the host's word alone while its vTPM is not asked: it may keep
  /// an app from starting, and cannot be what lets it start.
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

  /// That there is no GPU which would have to be attested first: this agent attests none, so that no display device may be there at all,
  /// unless the app does without. `pciDevices` is the directory with what is on the bus.
  static func gpus(_ policy: GPUPolicy, pciDevices: [UInt8]) throws(AgentError) {
    guard policy.needsAttestation else { return }
    try PCIDevices.refuseDisplays(
      in: pciDevices,
      """
      is a display, and this agent attests no GPU: remove it (QEMU adds a VGA card unless started with -nodefaults or -vga none), or \
      set attest_gpu of requirements.gpu_policy to false
      """)
  }

  /// That a data disk can be what the app relies on.
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

  /// The provider that the app insists on.
  static func pin(_ compose: AppCompose, providerID: [UInt8]) throws(AgentError) {
    guard compose.keyProviderID.isEmpty || compose.keyProviderID == providerID else {
      throw .invalid("the key provider is not the one that app-compose pins by key_provider_id")
    }
  }
}
