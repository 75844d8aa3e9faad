import CFuse3
import Glibc

/// The command line.
enum Command {
  private static let usage = """
    usage: tdx-sim run --state DIR [--quote-delay MS] [--ccel FILE] [--kernel mainline|0.5] [--mr-config-id HEX]
                       [--pci DIR] -- COMMAND...
           tdx-sim qgs --state DIR --socket PATH [--quote-delay MS]
           tdx-sim pki --state DIR

    A simulated Intel TDX guest for development and tests: nothing in it is confidential.
      run   runs COMMAND with the kernel's TDX interfaces: configfs-tsm, the measurement registers, CCEL, and DIR/log as
            /run/log/dstack. Joins the guest of DIR if one is running; registers and event log start over with the first run
            and end with the last. --kernel 0.5 has a QGS on DIR/qgs.sock instead of configfs-tsm and the registers, which
            those kernels do not have; their /dev/tdx_guest cannot be simulated without a kernel module. The PCI bus is
            empty, or has the devices of --pci DIR: a folder for each, named by its address, with its files in sysfs.
      qgs   serves QEMU's quote generation protocol on a Unix socket.
      pki   makes the development PKI if it is missing, and prints where its root and collateral are.
    DIR/faults, read at every quote, makes quotes slow or fail: delay-ms N, skip N, busy [N], eintr [N], fail ERRNO [N],
    hang [N], empty [N], garbage [N], big [N], reset [N], extend ERRNO [N]; one per line, used up in order.
    """

  /// The options of each command besides those of a guest. `run` starts `simulate`, which is not for users.
  private static let own = [
    "run": ["--state"], "qgs": ["--state", "--socket"], "pki": ["--state"], "simulate": ["--state", "--starter"],
  ]

  static func run(_ words: [String]) throws {
    guard let command = words.first, let names = own[command] else { throw Failure(usage, status: 2) }
    let end = words.firstIndex(of: "--") ?? words.count
    var options = Options()
    var values: [String: String] = [:]
    for i in stride(from: 1, to: end, by: 2) {
      guard i + 1 < end else { throw Failure("\(words[i]) needs a value", status: 2) }
      if names.contains(words[i]) {
        values[words[i]] = words[i + 1]
      } else if !(try options.take(words[i], words[i + 1])) || command == "pki"
        || command == "qgs" && words[i] != "--quote-delay"
      {
        throw Failure("\(command) has no option \(words[i])", status: 2)
      }
    }
    for name in names where values[name, default: ""].isEmpty { throw Failure("\(command) needs \(name)", status: 2) }
    let program = Array(words.dropFirst(end + 1))
    if command == "run", program.isEmpty { throw Failure("run needs a COMMAND after --", status: 2) }

    try refuseRealTdx()
    let folder = values["--state", default: ""]
    try System.makeFolders(folder)
    let state = try System.fullPath(folder)
    switch command {
    case "run":
      try Run.run(state: state, options: options, command: program)
    case "qgs":
      let loop = Loop()
      let signer = try QuoteSigner(try Pki(state: state))
      let faults = Faults(state: state, delay: options.quoteDelay)
      let service = try Qgs(signer: signer, faults: faults, socket: values["--socket", default: ""], loop: loop)
      try withExtendedLifetime(service) { try loop.run() }
    case "pki":
      _ = try Pki(state: state)
      print("root \(Pki.rootPath(state))\ncollateral \(Pki.collateralPath(state))")
    default:
      try Run.simulate(state: state, options: options, starter: Int32(values["--starter", default: ""]) ?? 0)
    }
  }

  private static func refuseRealTdx() throws {
    let flags = (try? System.read("/proc/cpuinfo", limit: 1 << 24)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let isGuest =
      flags.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ").contains("tdx_guest") == true
    if System.exists("/dev/tdx_guest") || isGuest {
      throw Failure("this is a real TDX guest; the simulator does not run here")
    }
  }
}
