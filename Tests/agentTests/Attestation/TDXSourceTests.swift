import CSystem
import Foundation
import Testing

@testable import agent

@Suite struct TDXSourceTests {
  private let folder: TemporaryFolder
  private let paths: TDXPaths

  init() throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    func path(_ name: String) -> [UInt8] { Array((folder.path + "/" + name).utf8) }
    paths = TDXPaths(
      report: path("report"), measurements: path("measurements"), device: path("tdx_guest"),
      attestConfig: path("tdx-attest.conf"), ccel: path("CCEL"))
  }

  private func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
  }

  private static let attributes = [
    "mrtd:sha384", "mrconfigid", "mrowner", "mrownerconfig", "rtmr0:sha384", "rtmr1:sha384", "rtmr2:sha384", "rtmr3:sha384",
  ]

  private func makeMeasurements() throws {
    try makeDirectory("measurements")
    for (index, name) in Self.attributes.enumerated() {
      try folder.write("measurements/" + name, [UInt8](repeating: UInt8(index), count: 48))
    }
  }

  @Test func defaults() {
    let paths = TDXPaths()
    #expect(paths.report == Array("/sys/kernel/config/tsm/report".utf8))
    #expect(paths.measurements == Array("/sys/devices/virtual/misc/tdx_guest/measurements".utf8))
    #expect(paths.device == Array("/dev/tdx_guest".utf8))
    #expect(paths.attestConfig == Array("/etc/tdx-attest.conf".utf8))
    #expect(paths.ccel == Array("/sys/firmware/acpi/tables/data/CCEL".utf8))
  }

  @Test func nothingThere() throws {
    #expect(!paths.isTDX)
    #expect(failureText { _ = try RegisterSource(paths: paths).read() } == "cannot get a TD report: not found")
    #expect(failureText { try RTMRExtender(paths: paths).extend(RTMR.zero) } == "cannot extend RTMR3: not found")
    let error = failureText {
      _ = try QuoteSource(paths: paths).quote([UInt8](repeating: 0, count: 64), deadline: deadline(after: 10_000))
    }
    #expect(error == "this machine has no source of TDX quotes")
    #expect(try paths.bootEvents().isEmpty)
  }

  @Test func bootEvents() throws {
    try folder.write("CCEL", Vectors.data(Vectors.ccelOnes))
    #expect(try paths.bootEvents().count == Vectors.boot.count)
    // most of what an area may hold is never read
    for (size, reason) in [(1 << 20, nil), (16 << 20, nil), (16 << 20 + 1, "the firmware's event log is too large")] {
      #expect(truncate(folder.path + "/CCEL", size) == 0)
      var count: Int?
      #expect(failureText { count = try paths.bootEvents().count } == reason)
      #expect(count == (reason == nil ? Vectors.boot.count : nil))
    }
    try folder.write("CCEL", Vectors.data(Vectors.ccelOnes).dropLast(4096) + [1])
    #expect(failureText { _ = try paths.bootEvents() } != nil)
    try FileManager.default.removeItem(atPath: folder.path + "/CCEL")
    try FileManager.default.createDirectory(atPath: folder.path + "/CCEL", withIntermediateDirectories: false)
    #expect(failureText { _ = try paths.bootEvents() } != nil)
  }

  @Test func registers() throws {
    try makeMeasurements()
    #expect(paths.isTDX)
    let read = try RegisterSource(paths: paths).read()
    let values = [read.mrtd, read.configID, read.owner, read.ownerConfig, read.rtmr0, read.rtmr1, read.rtmr2, read.rtmr3]
    #expect(values == (0..<8).map { [UInt8](repeating: UInt8($0), count: 48) })
    for size in [47, 49] {
      try folder.write("measurements/mrowner", [UInt8](repeating: 0, count: size))
      #expect(failureText { _ = try RegisterSource(paths: paths).read() } == "a measurement register is not 48 bytes")
    }
  }

  @Test func extend() throws {
    try makeMeasurements()
    let digest = [UInt8](1...48)
    try RTMRExtender(paths: paths).extend(digest)
    #expect(try folder.read("measurements/rtmr3:sha384") == digest)
    #expect(try folder.read("measurements/rtmr2:sha384") == [UInt8](repeating: 6, count: 48))
    for size in [0, 47, 49] {
      #expect(failureText { try RTMRExtender(paths: paths).extend([UInt8](repeating: 0, count: size)) } != nil)
    }
  }

  /// A device that knows none of the ioctls.
  @Test func wrongDevice() throws {
    let paths = TDXPaths(report: paths.report, measurements: paths.measurements, device: Array("/dev/null".utf8))
    #expect(failureText { _ = try RegisterSource(paths: paths).read() } == "cannot get a TD report: not supported")
    #expect(failureText { try RTMRExtender(paths: paths).extend(RTMR.zero) } == "cannot extend RTMR3: not supported")
  }

  @Test(
    arguments: [
      ("port=4050", 4050), ("# quotes\n port = 4050 \r\n", 4050), ("port=0\nport=1", 0), ("port=4294967295", 4_294_967_295),
      ("port=4294967296", nil), ("port=", nil), ("port=-1", nil), ("ports=1", nil), ("", nil), ("#port=4050", nil),
    ] as [(String, UInt32?)])
  func port(config: String, port: UInt32?) throws {
    #expect(QGSQuote.port(Array(config.utf8)) == port)
    try folder.write("tdx-attest.conf", Array(config.utf8))
    #expect(QGSQuote(paths).port == nil)
    try folder.write("tdx_guest", [])
    #expect(QGSQuote(paths).port == port)
  }

  @Test func staleEntries() throws {
    let dead = Process()
    dead.executableURL = URL(fileURLWithPath: "/bin/true")
    try dead.run()
    dead.waitUntilExit()
    let alive = Process()
    alive.executableURL = URL(fileURLWithPath: "/bin/cat")
    alive.standardInput = Pipe()
    try alive.run()
    defer { alive.terminate() }
    let stale = ["dstack-\(dead.processIdentifier)-0123456789abcdef", "dstack-\(getpid())-0123456789abcdef"]
    let kept = [
      "dstack-\(alive.processIdentifier)-0123456789abcdef", "com.intel.dcap", "dstack-x-1", "dstack-0-1", "dstack--1-1",
    ]
    for name in stale + kept { try makeDirectory("report/" + name) }
    ConfigfsQuote(paths).removeStale()
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/report")) == Set(kept))
  }

  /// Another driver's report interface.
  @Test func otherProvider() throws {
    try makeDirectory("report")
    let error = failureText {
      _ = try QuoteSource(paths: paths).quote([UInt8](repeating: 0, count: 64), deadline: deadline(after: 10_000))
    }
    #expect(error == "cannot get a quote from the kernel: not found")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/report").isEmpty)
    #expect(!ConfigfsQuote(paths).isTDX)
  }

  /// One request in an entry whose outblob is a pipe, so that the other side can act between the write and the answer.
  private func attempt(_ answer: @escaping @Sendable (_ entry: String, _ inblob: [UInt8]) -> [UInt8]) throws -> [UInt8]? {
    try makeDirectory("report")
    let source = ConfigfsQuote(paths)
    let entry = try source.makeEntry()
    let path = String(decoding: entry, as: UTF8.self)
    let name = "report/" + (path as NSString).lastPathComponent
    #expect(try folder.mode(name) == 0o700)
    try folder.write(name + "/generation", Array("0\n".utf8))
    try folder.write(name + "/inblob", [])
    #expect(mkfifo(path + "/outblob", 0o600) == 0)
    signal(SIGPIPE, SIG_IGN)  // a refused answer is not read to its end
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      // opened before the other side wrote inblob, if it never reads outblob: so for both directions
      let pipe = open(path + "/outblob", O_WRONLY)
      let inblob = FileManager.default.contents(atPath: path + "/inblob") ?? Data()
      var rest = answer(path, Array(inblob))[...]
      while !rest.isEmpty {
        let chunk = Array(rest)
        let count = write(pipe, chunk, chunk.count)
        if count <= 0 { break }
        rest = rest.dropFirst(count)
      }
      close(pipe)
      done.signal()
    }
    defer { done.wait() }
    return try source.attempt(entry, [UInt8](0..<64))
  }

  private static func setGeneration(_ entry: String, _ text: String) {
    try? Data(text.utf8).write(to: URL(fileURLWithPath: entry + "/generation"))
  }

  @Test func kernelQuote() throws {
    let answered = try attempt { entry, inblob in
      Self.setGeneration(entry, "1\n")
      return sampleQuote(over: inblob)
    }
    #expect(answered == sampleQuote(over: [UInt8](0..<64)))
  }

  /// Somebody else wrote to the entry, or nobody did.
  @Test(arguments: ["0\n", "2\n", "11\n", ""]) func otherGeneration(generation: String) throws {
    let answered = try attempt { entry, inblob in
      Self.setGeneration(entry, generation)
      return sampleQuote(over: inblob)
    }
    #expect(answered == nil)
  }

  @Test(arguments: [(16 * 1024, true), (16 * 1024 + 1, false)]) func kernelQuoteSize(size: Int, fits: Bool) throws {
    let error = failureText {
      let answered = try attempt { entry, inblob in
        Self.setGeneration(entry, "1\n")
        return sampleQuote(over: inblob, size: size)
      }
      #expect(answered?.count == size)
    }
    #expect(error == (fits ? nil : "the quote is too large"))
  }
}
