import Foundation
import Testing

@testable import agent

struct PeerTests {
  private static let id = String(repeating: "0123456789abcdef", count: 4)

  /// Whatever groups a container makes below its own, it stays the same peer.
  @Test(arguments: [
    ("0::/system.slice/web.service", "system.slice/web.service"),
    ("0::/system.slice/web.service/a/b.scope", "system.slice/web.service"),
    ("0::/system.slice/docker-\(id).scope/init.scope", "system.slice/docker-\(id).scope"),
    ("0::/docker/\(id)/a/b", "docker/\(id)"), ("0::/kubepods/burstable/pod1/\(id)/x", "kubepods/burstable/pod1/\(id)"),
    ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "user.slice/user-1000.slice/user@1000.service"),
    ("0::/dstack/web/own/groups", "dstack/web"), ("0::/init", "init"), ("0::/", ""),
    // names of units that are not below slices, and so may be a container's own
    ("0::/dstack/web/a.scope", "dstack/web"), ("0::/dstack/web/a.service/b", "dstack/web"),
    ("0::/a/b.slice/c.service", "a/b.slice"), ("0::/init.scope", "init.scope"),
    ("0::/lxc.payload.c/a/1.service", "lxc.payload.c"), ("0::/lxc.payload.c/b", "lxc.payload.c"),
    ("0::/dstack/web/lxc.payload.c", "dstack/web"),
    ("9:name=systemd:/\n4:memory:/a/b\n0::/a/b/c\n", "a/b"), ("4:memory:/a/b\n", ""), ("", ""), ("0::a", ""),
  ])
  func owner(_ text: String, _ owner: String) { #expect(ControlGroup.owner(utf8(text)) == utf8(owner)) }

  @Test func addresses() {
    func address(_ family: UInt8, _ content: [UInt8]) -> [UInt8] { [family, 0] + content + [UInt8](repeating: 0, count: 32) }
    #expect(Peer.group(ofAddress: address(2, [0x1f, 0x90, 10, 0, 0, 5])) == [4, 10, 0, 0, 5])
    let v6: [UInt8] = [0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9]
    #expect(Peer.group(ofAddress: address(10, [0, 80, 0, 0, 0, 0] + v6)) == [6, 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2])
    let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 5]
    #expect(Peer.group(ofAddress: address(10, [0, 80, 0, 0, 0, 0] + mapped)) == [4, 10, 0, 0, 5])
    #expect(Peer.group(ofAddress: address(40, [0, 0, 1, 2, 3, 4, 3, 0, 0, 0])) == [40, 3, 0, 0, 0])
    for other in [[], [2, 0], address(1, [])] { #expect(Peer.group(ofAddress: other) == []) }
  }

  @Test func unixSockets() throws {
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let near = Descriptor(owning: ends[0])
    let far = Descriptor(owning: ends[1])
    let known = KnownProcesses()
    let peer = Peer(of: near.number, known)
    #expect(peer == Peer(group: ControlGroup.owner(Files.systemText("/proc/self/cgroup")), user: getuid()))
    #expect(Peer(of: far.number, known) == peer)
    if Sockets.peerHandle(near.number) >= 0 {
      #expect(known.group(of: getpid(), now: Clock.monotonic()) == peer.group)
    }
  }

  /// Nobody can be told from a closed connection, or from a TCP connection that the other end has reset.
  @Test func connectionsThatAreGone() throws {
    #expect(Peer(of: -1, KnownProcesses()) == .gone)
    let inet = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    #expect(Peer(of: inet.number, KnownProcesses()) == .gone)
  }

  /// No group has the number of those who are gone.
  @Test func groups() {
    let names: [[UInt8]] = [[], [0], [0, 0, 0, 0, 0, 0, 0, 0], [4, 10, 0, 0, 5], utf8("system.slice/web.service")]
    #expect(Set(names.map { Peer(group: $0, user: 0).group }).count == names.count)
    for name in names { #expect(!Peer(group: name, user: 0).isGone) }
    // FNV-1a: in records on disk
    #expect(Peer(group: utf8("a"), user: 0).group == 0xaf63_dc4c_8601_ec8c)
  }

  /// A process that has connected and is gone is nobody in particular, even if another that has its ID now is known.
  @Test func aProcessThatIsGone() throws {
    let path = NSTemporaryDirectory() + "peer-\(UUID()).sock"
    let listener = try Sockets.listen(unix: utf8(path))
    defer { unlink(path) }
    let client = Process()
    client.executableURL = URL(filePath: "/usr/bin/env")
    client.arguments = ["python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])", path]
    try client.run()
    client.waitUntilExit()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let known = KnownProcesses()
    known.add(client.processIdentifier, Descriptor(owning: ends[0]), 7, now: Clock.monotonic())
    let alive = Descriptor(owning: ends[1])
    guard case .connection(let accepted) = Sockets.accept(listener.number) else {
      Issue.record("no connection")
      return
    }
    #expect(Sockets.peer(accepted.number)?.pid == client.processIdentifier)
    // before Linux 6.5 nothing tells them apart
    if Sockets.peerHandle(accepted.number) != -ENOPROTOOPT { #expect(Peer(of: accepted.number, known) == .gone) }
    #expect(known.group(of: client.processIdentifier, now: Clock.monotonic()) == 7)
    _ = consume alive
  }
}
