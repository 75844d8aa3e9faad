/// One startup, after the host's files have been copied (docs/spec/boot.md, from step 5 on).
final class Startup {
  private let guest: BootGuest
  private let host: HostAPI
  private let compose: AppCompose
  private let sysConfig: SysConfig
  private let values: LaunchValues
  private let seed: [UInt8]
  private let provider: Provider
  private let diskUse: DiskUse

  /// Reads the copies in `directory`. Throws for a file that is malformed or asks for something that this agent does not support.
  @inline(never)
  init(
    _ directory: borrowing OpenDirectory, _ guest: BootGuest, _ host: HostAPI, isWholeMachine: Bool = false,
    _ diskUse: DiskUse = .none
  ) throws(AgentError) {
    self.guest = guest
    self.host = host
    self.diskUse = diskUse
    sysConfig = try HostShared.sysConfig(directory)
    host.use(sysConfig.hostAPIURL)
    let composeFile = try HostShared.compose(directory)
    compose = try AppCompose(file: composeFile, isWholeMachine: isWholeMachine)
    values = LaunchValues(composeFile: composeFile, compose, try HostShared.instanceInfo(directory))
    if let given = values.givenSeed { seed = given } else { seed = try Random.bytes(LaunchValues.idSize) }
    provider = try Provider.make(compose.keyProvider, kmsURLs: sysConfig.kmsURLs)
  }

  /// For a machine without an operating system, before anything is measured: sets the host name and waits for the network.
  @inline(never)
  func prepareMachine() throws(AgentError) {
    nameMachine()
    try awaitNetwork()
  }

  /// Sets the host name to the app's name, unless the kernel command line has set one.
  private func nameMachine() {
    let file: StaticString = "/proc/sys/kernel/hostname"
    guard Files.systemText(file).matches("(none)\n") else { return }
    try? KernelFile.write(bytes(file), Self.hostName(of: compose.name))
  }

  /// If the keys come from a KMS, waits up to `Limits.firstLease` for process 1 to get an address by DHCP.
  private func awaitNetwork() throws(AgentError) {
    if compose.keyProvider != .kms { return }
    for _ in 0..<Limits.firstLease / Limits.busyPause {
      if !Files.exists(bytes(NetworkInterface.noLease)) { return }
      Errno.pause()
    }
    throw .failed("no DHCP server has given an address in 15 s, and the keys come from a KMS")
  }

  /// A host name made from an app's name: lower-case letters, digits and hyphens; `dstack` if nothing is left.
  static func hostName(of name: [UInt8]) -> [UInt8] {
    let hyphen = UInt8(ascii: "-")
    var label = name.prefix(Limits.hostName).map { isAlphanumeric($0, or: "") ? lowercased($0) : hyphen }
    while label.last == hyphen { label.removeLast() }
    let found = Array(label.drop { $0 == hyphen })
    return found.isEmpty ? bytes("dstack") : found
  }

  /// Checks the launch, measures it, gets the keys and writes what the agent needs.
  @inline(never)
  func run(_ directory: borrowing OpenDirectory, _ output: BootOutput) throws(AgentError) {
    // every provider needs evidence, so fail here, before anything is measured
    let bootEvents = try guest.tdx.bootEvents()
    if CCEL.hasForeign(bootEvents) { throw CCEL.foreign }
    let instanceID = values.instanceID(seed: seed)
    let providerID = try provider.identify()
    try check(directory, instanceID: instanceID, providerID: providerID)
    let disk = try DiskSource.find(diskUse, guest)
    if disk != nil { try Checks.disk(diskUse, compose) }

    host.notify("boot.progress", bytes("measuring"))
    try guest.log.fix(compose.eventLogVersion, deadline: Clock.monotonic() + Limits.logLock)
    let events = MeasuredEvents(guest)
    try events.launch(values, instanceID: instanceID)

    host.notify("boot.progress", bytes("requesting app keys"))
    let evidence = BootEvidence(guest: guest, bootEvents: bootEvents, vmConfig: sysConfig.vmConfig)
    if let hash = try provider.request(evidence) { try events.emit(.osImageHash, hash) }
    try events.keyProvider(compose.keyProvider, id: providerID)
    let keys = try provider.appKeys(evidence)
    if let disk {
      try disk.open(keys.diskCryptKey)
      host.notify("boot.progress", bytes("data disk ready"))
      try events.storage()
    }
    try output.write(directory, keys, try environment(directory, keys), hasDataDisk: disk != nil)

    // last, because it says that everything above is done
    try events.emit(.systemReady, [])
    tell(instanceID, hasDataDisk: disk != nil)
  }

  @inline(never)
  private func check(
    _ directory: borrowing OpenDirectory, instanceID: [UInt8], providerID: [UInt8]
  ) throws(AgentError) {
    let platform = Platform(productName: guest.product)
    if platform == .gcpTDX, !values.noInstanceID {
      throw .invalid(
        "dstack-gcp-tdx binds instance identifiers to a vTPM, which this agent cannot do: set no_instance_id")
    }
    let osRelease = (try? Files.read(guest.osRelease, limit: Limits.osRelease)) ?? []
    try Checks.requirements(
      compose.requirements, platform: platform, osVersion: OSRelease.value(of: "VERSION_ID", osRelease),
      vm: try VMDescription(sysConfig.vmConfig),
      userConfig: compose.requirements.launchTokenHash == nil ? nil : try HostShared.userConfig(directory))
    try Checks.gpus(compose.requirements.gpuPolicy, pciDevices: guest.pciDevices)
    try Checks.pin(compose, providerID: providerID)
    let register = try RegisterSource(paths: guest.tdx).read().configID
    try MRConfigID(register: register, document: sysConfig.mrConfig)
      .check(values, instanceID: instanceID, provider: compose.keyProvider, providerID: providerID)
  }

  @inline(never)
  private func environment(
    _ directory: borrowing OpenDirectory, _ keys: AppKeys
  ) throws(AgentError) -> DecryptedEnv {
    guard let sealed = try HostShared.encryptedEnv(directory), !sealed.isEmpty else { return DecryptedEnv() }
    do throws(AgentError) {
      switch keys.envCryptKey {
      case .some(let key): return try DecryptedEnv(sealed, with: key, allowed: compose.allowedEnvs)
      case .none: throw .invalid("there is no key to decrypt it")
      }
    } catch {
      throw error.during(".encrypted-env")
    }
  }

  @inline(never)
  private func tell(_ instanceID: [UInt8], hasDataDisk: Bool) {
    if !values.initScriptHashes.isEmpty { Log.warning(bytes("init_script is measured, but not run by this agent")) }
    if !compose.storageFS.isEmpty, !hasDataDisk {
      Log.warning(bytes("storage_fs is left to others: this agent sets up no storage"))
    }
    let info = JSONWriter.document { json in
      json.hex("instance_id_seed", seed)
      json.hex("instance_id", instanceID)
      json.hex("app_id", values.appID)
    }
    host.notify("instance.info", info.storage)
    host.notify("boot.progress", bytes("done"))
    let instance = instanceID.isEmpty ? [] : bytes(", instance ") + Hex.encode(instanceID)
    Log.info(bytes("started app ") + Hex.encode(values.appID) + instance)
  }
}
