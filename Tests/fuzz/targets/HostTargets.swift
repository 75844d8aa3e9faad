import Glibc

@testable import agent

func fuzzLabel(_ sector: [UInt8]) {
  guard let label = FATVolume.label(sector) else { return }
  check(label.count <= 11 && label.last != 0x20, "a label has 11 characters")
}

/// A disk with a FAT file system, of which one file is read.
func fuzzDisk(_ image: [UInt8]) {
  var path = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  _ = image.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  attempt { () throws(AgentError) in
    let volume = try FATVolume(Descriptor(owning: file))
    guard let found = try volume.open("app-compose.json") else { return }
    var left = 1 << 20
    while left > 0 {
      let part = try found()
      if part.isEmpty { break }
      check(part.count <= volume.clusterSize && part.count <= image.count, "what is read is on the disk")
      left -= part.count
    }
  }
}

/// What is accepted can be measured, and its measurement predicted.
func fuzzCompose(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let compose = try AppCompose(text)
    let app = try AppDescription(text)
    check(app.name == compose.name, "the startup and the agent read the same")
    check(compose.initScripts.count <= Limits.initScripts, "scripts have a bound")
    let report = try DryRun.report(compose, LaunchValues(composeFile: text, compose, InstanceInfo()), vmConfig: [])
    for line in report.split(separator: 0x0a) { check(isJSON(Array(line)), "a report has lines of JSON") }
  }
}

func fuzzSysConfig(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let config = try SysConfig(text)
    check((config.kmsURLs + [config.hostAPIURL, config.vmConfig]).allSatisfy { UTF8Text.isValid($0) }, "values are UTF-8")
  }
}

func fuzzVMConfig(_ text: [UInt8]) {
  attempt { () throws(AgentError) in _ = try VMDescription(text) }
  attempt { () throws(AgentError) in check(try VMConfig.osImageHash(text).count <= Limits.imageHash, "a hash has a bound") }
}

/// The declaration of one launch; that of another is refused.
func fuzzMRConfig(_ document: [UInt8]) {
  guard let launch else { return check(false, "a launch has values") }
  attempt { () throws(AgentError) in
    try MRConfig.check(document, launch, instanceID: [1], provider: .kms, providerID: [2])
  }
}

nonisolated(unsafe) private let launch: LaunchValues? = {
  let text = bytes("{\"manifest_version\":2,\"name\":\"a\",\"runner\":\"none\"}")
  return (try? AppCompose(text)).map { LaunchValues(composeFile: text, $0, InstanceInfo()) }
}()

func fuzzInstanceInfo(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let info = try InstanceInfo(text)
    check(info.appID.isEmpty || info.appID.count == LaunchValues.idSize, "an app's identifier has a size")
    check(info.seed.count <= Limits.instanceSeed, "a seed has a bound")
  }
}

func fuzzUserConfig(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    try LaunchToken.check(text, hash: Hash.sha256(bytes("dstack-launch-token/v1:0123456789abcdef0123456789abcdef")))
  }
}

/// The variables that are kept can be written as JSON, and each is a line of text.
func fuzzEnvironment(_ plain: [UInt8]) {
  attempt { () throws(AgentError) in
    let env = try DecryptedEnv(plain: ArraySource(plain), allowed: [bytes("A"), bytes("B")])
    var count = 0
    var reader = JSONReader(env.json.storage)
    var members = try reader.enterObject()
    while try reader.nextMember(&members) != nil {
      _ = try reader.string()
      count += 1
    }
    try reader.end()
    check(count <= 2 && env.text.storage.count { $0 == 0x0a } == count, "variables are those that are allowed")
  }
}

/// Sealed to the secret of 32 ones.
func fuzzSealedEnvironment(_ sealed: [UInt8]) {
  attempt { () throws(AgentError) in
    let secret = try Secret(copying: [UInt8](repeating: 1, count: 32))
    let plain = try Sealing.open(sealed, with: secret)
    check(plain.count == sealed.count - 60, "what is opened has its size")
  }
}

/// A range and a version, a line each: a full version is in the range of only itself.
func fuzzVersions(_ text: [UInt8]) {
  let lines = text.split(separator: 0x0a, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
  let range = SemVerRange(lines[0])
  guard lines.count == 2, let version = SemVer(lines[1]) else { return }
  _ = range?.contains(version)
  check(SemVerRange(bytes("=") + lines[1])?.contains(version) ?? false, "a version is in the range of itself")
}

func fuzzHostAddress(_ url: [UInt8]) {
  if let address = HostAddress(url) { check(address.path.count < url.count, "a path is part of the URL") }
}

/// The firmware's event log: what is accepted can be shown, and is the same in any pieces.
func fuzzCCEL(_ area: [UInt8]) {
  attempt { () throws(AgentError) in
    let events = try CCEL.parse(area)
    var log = CCEL()
    var start = 0
    while !log.isComplete, start < area.count {
      let end = min(start + 1 + start % 100, area.count)
      try log.take(Array(area[start..<end]))
      start = end
    }
    check(try log.finish().map { $0.digest } == events.map { $0.digest }, "pieces are as good as the whole")
    check(events.count <= Limits.ccelEvents, "events have a bound")
    check(events.allSatisfy { $0.register < 4 && $0.digest.count == RTMR.size }, "an event has a register and a digest")
    check(events.count { !$0.name.isEmpty } <= 3, "three events have names")
    check(isJSON(EventLog(boot: EventStore(events), runtime: EventStore()).json.all()), "a log is shown as JSON")
  }
}

func fuzzQuoteService(_ answer: [UInt8]) {
  attempt { () throws(AgentError) in check(try QGSMessage.quote(answer).count <= answer.count, "a quote is in the answer") }
}

/// The first bytes of a data disk. The key is one that the seeds were made with.
func fuzzDiskHeader(_ start: [UInt8]) {
  for isScratch in [false, true] {
    attempt { () throws(AgentError) in
      let key = try Secret(copying: [UInt8](repeating: 1, count: 32))
      let start = start + [UInt8](repeating: 0, count: max(0, Superblock.block - start.count))
      let header = try DiskHeader.used(start: start, end: { () throws(AgentError) in [] }, isScratch: isScratch, key)
      if header.state == .formatting { return }
      check(!isScratch, "a scratch disk is formatted")
      check(try Array(header.sector(key)[..<96]) == Array(start[..<96]), "a header is written as it was read")
    }
  }
}

/// A superblock that the host may have replaced by an older one; its checksum is right.
func fuzzSuperblock(_ input: [UInt8]) {
  var block = [UInt8](repeating: 0, count: Superblock.block)
  let used = min(input.count, 1024)
  block.replaceSubrange(1024..<1024 + used, with: input[..<used])
  block.replaceSubrange(2044..<2048, with: LittleEndian.encode(CRC32C.sum(block[1024..<2044])))
  guard let superblock = Superblock(block) else { return }
  check(!superblock.isGrown(by: superblock.blocks), "a file system of the same size does not grow")
  _ = (superblock.needsReplay, superblock.hasErrors)
  superblock.turnBack(to: superblock.blocks &+ 1)
  check(Superblock(superblock.data) != nil, "what is written is a superblock")
}
