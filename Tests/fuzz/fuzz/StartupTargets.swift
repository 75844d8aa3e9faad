import Glibc

@testable import agent

/// What the host hands over at the startup, and a log for `replay`. The first byte chooses: one parser's inputs are another's waste.
func fuzzStartup(_ input: [UInt8]) {
  guard let letter = input.first else { return }
  let text = Array(input.dropFirst())
  switch letter {
  case UInt8(ascii: "a"): fuzzCompose(text)
  case UInt8(ascii: "s"): attempt { () throws(AgentError) in _ = try SysConfig(text) }
  case UInt8(ascii: "i"): attempt { () throws(AgentError) in _ = try InstanceInfo(text) }
  case UInt8(ascii: "t"): attempt { () throws(AgentError) in try LaunchToken.check(text, hash: []) }
  case UInt8(ascii: "e"): fuzzEnvironment(text)
  case UInt8(ascii: "r"): attempt { () throws(AgentError) in _ = try Replay.report(text) }
  case UInt8(ascii: "v"): fuzzVersions(text)
  case UInt8(ascii: "h"): if let address = HostAddress(text) { check(address.path.count < text.count, "a path is a part") }
  case UInt8(ascii: "l"): _ = FATVolume.label(text)
  case UInt8(ascii: "d"): fuzzDisk(text)
  default: break
  }
}

/// What is accepted can be measured, and told beforehand.
private func fuzzCompose(_ text: [UInt8]) {
  attempt { () throws(AgentError) in
    let compose = try AppCompose(text)
    check(compose.initScripts.count <= Limits.initScripts, "scripts have a bound")
    let values = LaunchValues(composeFile: text, compose, InstanceInfo())
    var reader = JSONReader(try DryRun.report(compose, values, vmConfig: []))
    for _ in 0..<(8 + compose.initScripts.count) { try reader.skip() }
    let register = MRConfigID(register: [3] + [UInt8](repeating: 0, count: 47), document: text)
    attempt { () throws(AgentError) in
      try register.check(values, instanceID: [], provider: compose.keyProvider, providerID: compose.keyProviderID)
    }
  }
}

/// A disk with a FAT file system.
private func fuzzDisk(_ image: [UInt8]) {
  var path = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  _ = image.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  attempt { () throws(AgentError) in
    let volume = try FATVolume(Descriptor(owning: file))
    guard let found = try volume.open("app-compose.json") else { return }
    var left = 1 << 20
    while left > 0 {
      let part = try found.next()
      if part.isEmpty { break }
      check(part.count <= volume.clusterSize && part.count <= image.count, "what is read is on the disk")
      left -= part.count
    }
  }
}

/// Variables that are kept are JSON again, a line or more of text each.
private func fuzzEnvironment(_ plain: [UInt8]) {
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
    check(count <= 2 && env.text.storage.count { $0 == 0x0a } >= count, "variables are those that are allowed")
  }
}

/// A range and a version, a line each: a whole version is in the range of itself alone.
private func fuzzVersions(_ text: [UInt8]) {
  let lines = text.split(separator: 0x0a, maxSplits: 1, omittingEmptySubsequences: false).map { Array($0) }
  let range = SemVerRange(lines[0])
  guard lines.count == 2, let version = SemVer(lines[1]) else { return }
  _ = range?.contains(version)
  check(SemVerRange(bytes("=") + lines[1])?.contains(version) ?? false, "a version is in the range of itself")
}
