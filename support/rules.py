#!/usr/bin/env python3
"""Checks the rules of the design that a script can check, on the files that git knows or would add.

    rules.py              each violation on a line; exit status 1 if there is one
    rules.py --self-test  plants a violation of every rule and expects it to be found
"""

import pathlib
import re
import subprocess
import sys

AGENT = "Sources/agent/"

# Which other folders a folder may name types of. Imports run one way: a folder names only folders above it here.
LAYERS = {
    "Encoding": [],
    "System": ["Encoding"],
    "Crypto": ["Encoding", "System"],
    "Keys": ["Crypto", "Encoding", "System"],
    "Certificates": ["Keys", "Crypto", "Encoding", "System"],
    "Machine": ["Encoding", "System"],
    "Disk": ["Crypto", "Encoding", "System"],
    "HTTP": ["Encoding", "System"],
    "Server": ["HTTP", "Encoding", "System"],
    "Prpc": ["Server", "HTTP", "Crypto", "Encoding", "System"],
    "KMS": ["Certificates", "Keys", "Crypto", "HTTP", "Encoding", "System"],
    "Attestation": ["Crypto", "Encoding", "System"],
    "Host": ["Server", "HTTP", "Encoding", "System"],
    "App": ["Encoding"],
    # how process 1 keeps what programs write, for the front to read
    "Output": ["Encoding", "System"],
    "Channel": ["App", "Attestation", "Server", "HTTP", "Encoding", "System"],
    # what both processes answer
    "Endpoints": ["Channel", "Attestation", "Prpc", "HTTP", "Encoding", "System"],
    # the process for strangers and the host: it knows nothing of keys or the keeper
    "Front": ["Endpoints", "Channel", "Output", "App", "Attestation", "Machine", "Prpc", "Server", "HTTP", "Crypto", "Encoding", "System"],
    # the process with the keys: it knows nothing of pages and engine answers, which are the front's
    "Keeper": ["Endpoints", "Channel", "App", "Host", "KMS", "Attestation", "Certificates", "Keys", "Machine", "Prpc", "Server", "HTTP",
               "Crypto", "Encoding", "System"],
    "Boot": ["Disk", "App", "Host", "Attestation", "KMS", "Certificates", "Keys", "Crypto", "HTTP", "Machine", "Encoding", "System"],
    "Init": ["Disk", "Output", "Machine", "Server", "Encoding", "System"],
    "Program": None,  # ties the rest together
}
# Files that hold keys, in rooms that the front may otherwise use.
KEY_FILES = {
    "Secret.swift", "SecretArena.swift", "SecretFile.swift", "SecretMemory.swift", "SecretBytes.swift", "SecretText.swift", "P256.swift",
    "P256Reader.swift", "Secp256k1.swift", "Ed25519.swift", "Sealing.swift", "TLSClient.swift"}
# These are in Sources/agent itself, because every layer uses them: the error, and the table of limits.
COMMON = {"AgentError", "Limits"}
# An endpoint never touches a socket.
SOCKET_FILES = {"Sockets.swift", "Poll.swift", "Descriptor.swift"}

# Files outside System/ that may use unsafe pointers: each wraps one C library (the libraries that it may import), says where a
# literal lies, or passes on the arguments of main().
WRAPPERS = {
    "Encoding/StaticString.swift": set(),
    "Crypto/Secp256k1.swift": {"CSecp256k1", "CSystem"},
    "Crypto/Ed25519.swift": {"CSodium"},
    "Crypto/Hash.swift": {"CMbedTLS"},
    "Crypto/Bignum.swift": {"CMbedTLS", "CSystem"},
    "Crypto/P256.swift": {"CMbedTLS", "CSystem"},
    "Crypto/P256Reader.swift": {"CMbedTLS", "CSystem"},
    "Crypto/X509Certificate.swift": {"CMbedTLS"},
    "Crypto/PEMReader.swift": {"CMbedTLS"},
    "Crypto/PEM.swift": set(),
    "Crypto/Base64.swift": {"CSodium"},
    "Crypto/SecretText.swift": {"CSodium"},
    "Crypto/Sealing.swift": {"CMbedTLS", "CSodium"},
    "Crypto/TLSClient.swift": {"CMbedTLS", "CSystem"},
    "Program/Program.swift": set(),
}

# Written so that no pattern matches this file.
HOSTS = re.compile(
    r"\b(deb|ftp|security|snapshot|archive|packages)\.(debian|ubuntu)\.(org|com)\b|\bpypi\.(org|io)\b|\bpythonhosted\.(org)\b"
    r"|\bregistry\.npmjs\.(org)\b|\bcrates\.(io)\b|\bproxy\.golang\.(org)\b|\bghcr\.(io)\b|\bdocker\.(io)\b"
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(home|root|work|opt)/[\w.]")


def code(text):
    """Swift source without comments and the text of strings, line for line."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    pattern = r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def lines_with(pattern, text):
    for number, line in enumerate(text.split("\n"), 1):
        for match in re.finditer(pattern, line):
            yield number, match[0].strip()


def folder(path):
    parts = path[len(AGENT):].split("/")
    return parts[0] if len(parts) > 1 else ""


def agent_files(files):
    return {path: code(text) for path, text in files.items() if path.startswith(AGENT) and path.endswith(".swift")}


def forced_operations(files):
    pattern = r"\b(?:try|as)!|\b(?:fatalError|preconditionFailure|unsafeBitCast|unsafelyUnwrapped)\b|[\w)\]>?]!(?![=\w(])"
    for path, text in agent_files(files).items():
        for number, found in lines_with(pattern, text):
            yield path, number, f"forced operation: {found}"


def unsafe_pointers(files):
    for path, text in agent_files(files).items():
        if folder(path) != "System" and path[len(AGENT):] not in WRAPPERS:
            for number, found in lines_with(r"\b(?:\w*[uU]nsafe\w*Pointer|withUnsafe\w*|OpaquePointer|Unmanaged)\b", text):
                yield path, number, f"unsafe pointer outside System/ and the wrappers of the C libraries: {found}"


def imports(files):
    for path, text in agent_files(files).items():
        allowed = {"CSystem", "Synchronization"} if folder(path) == "System" else WRAPPERS.get(path[len(AGENT):], set())
        for number, found in lines_with(r"^\s*(?:@\w+\s+)?import\s+[\w.]+", text):
            if found.split()[-1] not in allowed:
                yield path, number, f"not a wrapper of that library: {found}"


def layers(files):
    sources = agent_files(files)
    owner = {}  # type: (folder, file name)
    inner = set()
    for path, text in sources.items():
        inner.update(
            re.findall(r"^[ \t]+(?:[a-z() ]+ )?(?:struct|enum|class|typealias|associatedtype) (\w+)", text, re.MULTILINE))
        inner.update(re.findall(r"[<,]\s*(\w+)\s*:", text))
        for match in re.finditer(r"^(?:[a-z@]+ )*(?:struct|enum|class|protocol|typealias) (\w+)", text, re.MULTILINE):
            owner[match[1]] = (folder(path), pathlib.PurePath(path).name)
    for path, text in sources.items():
        here = folder(path)
        if here == "":
            if not COMMON & {name for name, (at, file) in owner.items() if at == "" and path.endswith("/" + file)}:
                yield path, 1, "only what every layer uses may be outside the folders"
            continue
        if here not in LAYERS:
            yield path, 1, f"{here}/ has no place in the layers"
            continue
        if LAYERS[here] is None:
            continue
        for number, name in lines_with(r"\b[A-Z]\w+", text):
            there, file = owner.get(name, (here, ""))
            if name in COMMON or name in inner or there == here:
                continue
            if there not in LAYERS[here]:
                yield path, number, f"{here}/ must not know {there or 'the top'}'s {name}"
            elif "/Endpoints/" in path and file in SOCKET_FILES:
                yield path, number, f"an endpoint must not touch a socket: {name}"
            elif here == "Front" and file in KEY_FILES:
                yield path, number, f"the front must not know a key: {name}"


def self_check(files):
    """The checks are compiled into the agent's module, and the release discards them: nothing but their own program names them
    (`make budget` looks at the binary)."""
    own = "Tests/selfcheck/checks/"
    sources = {path: code(text) for path, text in files.items() if path.startswith(("Sources/", own)) and path.endswith(".swift")}
    names = set()
    for path, text in sources.items():
        if path.startswith(own):
            names.update(re.findall(r"^(?:[a-z@]+ )*(?:struct|enum|class|protocol|typealias|func) (\w+)", text, re.MULTILINE))
    for path, text in sources.items():
        if names and not path.startswith(own):
            for number, found in lines_with(rf"\b(?:{'|'.join(sorted(names))})\b", text):
                yield path, number, f"the self-check is for its own program: {found}"


def file_names(files):
    for path in files:
        if path.startswith("Sources/") and pathlib.PurePath(path).name.lower() in ("main.swift", "main.c"):
            yield path, 1, "SwiftPM gives this file name a meaning of its own"


def machine_names(files):
    for path, text in files.items():
        for number, found in lines_with(HOSTS, text):
            yield path, number, f"name of a registry's host: {found}"
        for number, found in lines_with(MACHINE_PATHS, text):
            yield path, number, f"path of one machine: {found}"


RULES = [forced_operations, unsafe_pointers, imports, layers, self_check, file_names, machine_names]


def self_test():
    clean = {
        AGENT + "Encoding/Hex.swift": 'enum Hex { let a = "try! x!" }  // fatalError! Thing!\nlet b = !c && d != e\n',
        AGENT + "System/Sockets.swift": "import CSystem\nstruct Sockets { var p: UnsafeRawPointer }\n",
        AGENT + "Crypto/Ed25519.swift": "import CSodium\nenum Ed25519 { }\nlet a = key.withUnsafeBytes { Hex.of($0) }\n",
        AGENT + "Limits.swift": "enum Limits { }\n",
        AGENT + "Keeper/Endpoints/Sign.swift": "struct Sign { let a = Ed25519.self; let b = Limits.self }\n",
        AGENT + "Front/Page.swift": "struct Page { let a = Hex.self }\n",
        AGENT + "Program/Serve.swift": "struct Serve { let a = Sign.self }\n",
        "Tests/selfcheck/checks/SelfCheck.swift": "public func agentSelfCheck() { }\nenum KeyChecks { let a = Serve.self }\n",
        "Tests/selfcheck/Entry.swift": "agentSelfCheck()\n",
        "Makefile": "out/work/x ../opt/y $HOME/z\n",
    }
    planted = [
        (forced_operations, "Program/Serve.swift", "let a = try! f()"),
        (forced_operations, "Program/Serve.swift", "let a = b as! Hex"),
        (forced_operations, "Program/Serve.swift", "let a = b!"),
        (forced_operations, "Program/Serve.swift", "let a = b!.c"),
        (forced_operations, "Program/Serve.swift", "let a = f()![0]"),
        (forced_operations, "Program/Serve.swift", "var a: Hex!"),
        (forced_operations, "Program/Serve.swift", "fatalError()"),
        (unsafe_pointers, "Program/Serve.swift", "a.withUnsafeBytes { }"),
        (unsafe_pointers, "Encoding/Hex.swift", "var a: UnsafeMutablePointer<Int8>"),
        (imports, "Encoding/Hex.swift", "import Synchronization"),
        (imports, "Keeper/Endpoints/Sign.swift", "import CSystem"),
        (imports, "Crypto/Ed25519.swift", "import CMbedTLS"),
        (layers, "Server/Loop.swift", "let a: Sign"),
        (layers, "Encoding/Hex.swift", "let a: Ed25519"),
        (layers, "Crypto/Ed25519.swift", "let a: Serve"),
        (layers, "Keeper/Endpoints/Sign.swift", "let a: Sockets"),
        (layers, "Keeper/Endpoints/Sign.swift", "let a: Page"),
        (layers, "Front/Page.swift", "let a: Sign"),
        (layers, "Front/Page.swift", "let a: Ed25519"),
        (layers, "Misc/A.swift", "let a: Hex"),
        (layers, "Loose.swift", "struct Loose { }"),
        (self_check, "Program/Serve.swift", "let a: KeyChecks"),
        (self_check, "../agentd/Entry.swift", "agentSelfCheck()"),
        (file_names, "Program/main.swift", "let a = 1"),
        (file_names, "Server/Main.swift", "let a = 1"),
        (machine_names, "Program/Serve.swift", "// http://deb" + ".debian.org/debian"),
        (machine_names, "Program/Serve.swift", "// /ho" + "me/me/x"),
    ]
    failures = [f"a clean tree has {found}" for rule in RULES for found in rule(clean)]
    for rule, path, line in planted:
        files = dict(clean)
        path = (AGENT + path).replace("agent/../", "")
        files[path] = files.get(path, "") + line + "\n"
        if not list(rule(files)):
            failures.append(f"{rule.__name__} does not see: {line}")
        if rule is not imports:
            failures += [f"{other.__name__} sees: {line}" for other in RULES if other is not rule for _ in other(files)]
    print("\n".join(failures) if failures else f"rules  {len(planted)} planted violations found")
    return not failures


def tree():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True, text=True)
    files = {}
    for path in filter(None, listed.stdout.split("\0")):
        try:
            files[path] = pathlib.Path(path).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # binary, or deleted and not yet committed
    return files


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(0 if self_test() else 1)
    violations = [found for rule in RULES for found in rule(tree())]
    for path, number, text in violations:
        print(f"{path}:{number}: {text}")
    sys.exit(1 if violations else 0)
