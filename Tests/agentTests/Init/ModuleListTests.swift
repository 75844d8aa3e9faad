import Testing

@testable import agent

struct ModuleListTests {
  private static func parse(_ text: String) -> [String] {
    ModuleList.parse(utf8(text)).map {
      String(decoding: $0.path, as: UTF8.self) + "|" + String(decoding: $0.parameters, as: UTF8.self)
        + ($0.isCompressed ? "|xz" : "")
    }
  }

  @Test(arguments: [
    ("", []), ("\n\n  \n\t\n", []), ("# a.ko\n  # b.ko\n#", []), ("a.ko", ["/lib/modules/a.ko|"]),
    ("/a.ko\n", ["/a.ko|"]), ("a.ko\nb/c.ko.xz\r\n", ["/lib/modules/a.ko|", "/lib/modules/b/c.ko.xz||xz"]),
    ("  a.ko.xz \t x=1  y=\"2 3\" # z \n", ["/lib/modules/a.ko.xz|x=1  y=\"2 3\" # z|xz"]), (".xz", ["/lib/modules/.xz||xz"]),
    ("a.ko x=.xz", ["/lib/modules/a.ko|x=.xz"]), ("../a.ko", ["/lib/modules/../a.ko|"]),
  ])
  func lines(_ text: String, _ expected: [String]) { #expect(Self.parse(text) == expected) }
}
