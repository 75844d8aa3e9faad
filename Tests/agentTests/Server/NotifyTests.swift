import Foundation
import Testing

@testable import agent

/// A supervisor's notification socket, at a path or at an abstract name.
private final class Supervisor {
  let address: [UInt8]
  private let descriptor: Int32
  private let directory: String

  init(abstract: Bool = false) throws {
    directory = try temporaryDirectory()
    let path = "\(directory)/notify"
    address = Array((abstract ? "@" + path : path).utf8)
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: abstract ? [0] + address[1...] : address) }
    let size = socklen_t(2 + address.count)
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    try #require(bound == 0)
  }

  deinit {
    close(descriptor)
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// The next datagram; empty if there is none.
  func next() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer[..<max(0, count)], as: Unicode.UTF8.self)
  }
}

struct NotifyTests {
  @Test(arguments: [false, true])
  func tells(abstract: Bool) throws {
    let supervisor = try Supervisor(abstract: abstract)
    let notify = Notify(try Loop(), supervisor.address, watchdog: 0)
    notify.tell("READY=1\nSTATUS=x\n")
    #expect(supervisor.next() == "READY=1\nSTATUS=x\n")
    #expect(supervisor.next() == "" && notify.deadline == Int64.max)
  }

  @Test func isSilentWithoutSupervisor() throws {
    for address in ["", "/nonexistent/socket", "@nobody-listens-here", String(repeating: "a", count: 200)] {
      let loop = try Loop()
      let notify = Notify(loop, Array(address.utf8), watchdog: address.isEmpty ? 2_000_000 : 0)
      notify.tell("READY=1\n")
      #expect(notify.deadline == Int64.max)
    }
  }

  /// Twice in the period given, and only by the loop.
  @Test func feedsTheWatchdog() throws {
    let supervisor = try Supervisor()
    let loop = try Loop()
    let notify = Notify(loop, supervisor.address, watchdog: 60_000_000)
    loop.add(notify)
    #expect(supervisor.next() == "")
    loop.turn()
    #expect(supervisor.next() == "WATCHDOG=1\n" && supervisor.next() == "")
    #expect(notify.deadline == loop.now + 30_000)
  }

  @Test func feedsAgainAndAgain() throws {
    let supervisor = try Supervisor()
    let loop = try Loop()
    loop.add(Notify(loop, supervisor.address, watchdog: 1))
    for _ in 0..<3 {
      loop.turn()
      #expect(supervisor.next() == "WATCHDOG=1\n")
    }
  }

  /// What finds no room is sent later, once, with what has been added meanwhile.
  @Test func waitsForRoom() throws {
    let supervisor = try Supervisor()
    let loop = try Loop()
    let notify = Notify(loop, supervisor.address, watchdog: 1)
    loop.add(notify)
    var filled = 0
    while case .bytes = Sockets.notify(supervisor.address, bytes("x")) { filled += 1 }
    notify.tell("READY=1\n")
    loop.turn()
    loop.turn()
    for _ in 0..<filled { #expect(supervisor.next() == "x") }
    #expect(supervisor.next() == "")
    loop.turn()
    #expect(supervisor.next() == "READY=1\nWATCHDOG=1\n")
  }

  @Test func retriesWithoutWatchdog() throws {
    let supervisor = try Supervisor()
    let loop = try Loop()
    let notify = Notify(loop, supervisor.address, watchdog: 0)
    loop.add(notify)
    while case .bytes = Sockets.notify(supervisor.address, bytes("x")) {}
    notify.tell("READY=1\n")
    #expect(notify.deadline == loop.now + Limits.notifyPause)
    var last = ""
    #expect(
      loop.turn {
        while case let next = supervisor.next(), !next.isEmpty { last = next }
        return last == "READY=1\n"
      })
    #expect(notify.deadline == Int64.max)
  }
}
