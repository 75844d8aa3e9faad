import Testing

@testable import agent

struct HostAddressTests {
  @Test(arguments: [
    ("vsock://2:12000/api", "/api"), ("vsock://2:12000/api/", "/api"), ("vsock://4294967295:4294967295", ""),
    ("http://10.0.2.2:8080/a/b", "/a/b"), ("http://127.0.0.1:1", ""), ("http://127.0.0.1:65535/", ""),
  ])
  func paths(_ url: String, _ path: String) { #expect(HostAddress(utf8(url))?.path == utf8(path)) }

  @Test(arguments: [
    "", "vsock://", "vsock://2", "vsock://2/api", "vsock://:1/api", "vsock://x:1", "vsock://2:x", "vsock://4294967296:1",
    "vsock://2:4294967296", "vsock://-1:1", "http://localhost:1/api", "http://127.0.0.1", "http://127.0.0.1:65536",
    "http://[::1]:1", "https://127.0.0.1:1", "unix:/x", "vsock://2:1/a b", "vsock://2:1/a\r\nHost: x", "vsock://2:1/é",
    "vsock://2:1/a?b", "vsock://2:1/a#b", "VSOCK://2:1",
  ])
  func none(_ url: String) { #expect(HostAddress(utf8(url)) == nil) }
}
