#!/usr/bin/env python3
"""Compares the documents with the code, in both directions, on the files that git knows or would add; and finds some phrases that no
native speaker would write.

    documents.py              each difference on a line; exit status 1 if there is one
    documents.py --self-test  plants a difference for every rule and expects it to be found

Sources are found by what they define rather than by their names, so that they can be moved.
"""

import json
import pathlib
import re
import subprocess
import sys

import rules

SPEC = "docs/spec/"
LIMITS, ERRORS, BOOT, EXTERNAL, HEALTH = (SPEC + name for name in ("limits.md", "errors.md", "boot.md", "external.md", "health.md"))
MAN = "docs/man/"
COMMANDS, CONFIGURATION, PROCESS_ONE = (MAN + name for name in ("dstack-guest-agent.8", "dstack-guest-agent.json.5", "dstack-init.8"))
ARCHITECTURE, TROUBLE, CONTRIBUTING = "docs/architecture.md", "docs/troubleshooting.md", "CONTRIBUTING.md"
KIT = "image/kit/README.md"

# Folders of the agent whose refusals nobody sees.
UNSEEN = {"Channel"}
STRING = r'"((?:[^"\\\n]|\\.)*)"'


def swift(files):
    return {path: text for path, text in files.items() if path.startswith("Sources/") and path.endswith(".swift")}


def defining(files, what):
    """The Swift file that defines something, as (path, text); a path alone for the message if there is none."""
    for path, text in swift(files).items():
        if re.search(what, text):
            return path, text
    return f"a file with {what}", ""


def documents(files):
    return {path: text for path, text in files.items() if path.endswith(".md")}


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def differences(documented, defined, page, source, what, where=None):
    """What one of two sets has and the other lacks. `where` gives lines of the page."""
    for name in sorted(documented - defined):
        yield page, (where or {}).get(name, 1), f"{what} {name} is not in {source}"
    for name in sorted(defined - documented):
        yield source, 1, f"{what} {name} is not in {page}"


def fenced(text):
    """Lines of code blocks, as (number, line, language)."""
    language = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            language = line[3:].strip() if language is None else None
        elif language is not None:
            yield number, line, language


def rows(text, heading=None):
    """Rows of tables as (number, cells), under a heading of the tables if one is given."""
    inside = heading is None
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.startswith("|"):
            inside = inside and heading is None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        following = lines[number] if number < len(lines) else ""
        if re.match(r"\|[\s|:-]+$", following):
            inside = heading is None or cells[0] == heading
        elif inside and not re.match(r"\|[\s|:-]+$", line):
            yield number, cells


def ticked(text):
    return re.findall(r"(?<!`)`([^`]+)`(?!`)", text)


def slugs(text):
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for line in re.sub(r"```.*?```", "", text, flags=re.DOTALL).split("\n"):
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def links(files):
    folders = {str(parent) for path in files for parent in pathlib.PurePath(path).parents}
    for path, text in documents(files).items():
        for match in re.finditer(r"\]\(([^)\s]+)\)", text):
            target, _, anchor = match[1].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            parts = []
            for part in (pathlib.PurePath(path).parent / target).parts if target else pathlib.PurePath(path).parts:
                if part == "..":
                    parts = parts[:-1]
                else:
                    parts.append(part)
            place = "/".join(parts)
            if place not in files and place not in folders:
                yield path, line_of(text, match.start()), f"no such file: {match[1]}"
            elif anchor and anchor not in slugs(files.get(place, "")):
                yield path, line_of(text, match.start()), f"no such heading: {match[1]}"


def paths(files):
    """Files and folders of this tree that the documents name, and documents that any file names."""
    known = set(files) | {str(parent) for path in files for parent in pathlib.PurePath(path).parents}
    for path, text in files.items():
        if path == KIT:
            # what it names is in the archive
            continue
        if path.endswith(".md"):
            pattern = r"(?<![\w/.(])((?:Sources|Tests|support|docs|image)/[\w./*-]*\w)"
        elif path.startswith(("support/documents", "Tests/fuzz/corpus")) or path.endswith(".json"):
            continue
        else:
            pattern = r"(?<![\w/.])(docs/[\w./-]+\.\w+|spec/[\w./-]+\.md)"
        for match in re.finditer(pattern, text):
            if "*" not in match[1] and match[1] not in known:
                yield path, line_of(text, match.start()), f"no such file: {match[1]}"
        # a source by the end of its path
        for match in re.finditer(r"`([\w/]+\.swift)`", text) if path.endswith(".md") else ():
            if not any(f"/{name}".endswith(f"/{match[1]}") for name in known):
                yield path, line_of(text, match.start()), f"no such source: {match[1]}"


def make_targets(files):
    makefile = files.get("Makefile", "")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    for path, text in documents(files).items():
        commands = [(number, line) for number, line, _ in fenced(text)]
        commands += [(line_of(text, match.start()), match[1]) for match in re.finditer(r"(?<!`)`([^`\n]+)`(?!`)", text)]
        for number, command in commands:
            for words in re.findall(r"(?:^|&& |; )make ((?:[a-z][\w-]*(?: |$))+)", re.split(r" {2,}|#", command.strip())[0]):
                for target in words.split():
                    if target not in targets:
                        yield path, number, f"no such target of make: {target}"
    if not makefile:
        return
    named = {word for _, cells in rows(files.get(CONTRIBUTING, "")) for tick in ticked(cells[0]) for word in tick.split()[1:]}
    for target in re.findall(r"^([a-z][\w-]*):[^#\n]*##", makefile, re.MULTILINE):
        if target not in named:
            yield "Makefile", 1, f"the target {target} is not in the table of {CONTRIBUTING}"


def options(files):
    source, text = defining(files, r"enum CommandLine\b")
    if not text:
        return
    defined = {word for word in re.findall(r'matches\("([^"]+)"\)', text)}
    page = files.get(COMMANDS, "")
    documented = {"-" + name for line in page.split("\n") if line.startswith((".It Fl", ".It Cm", ".Fl"))
                  for name in re.findall(r"Fl (-?[\w-]+)", line)}
    documented |= {match for match in re.findall(r"^\.It Cm (\w+)", page, re.MULTILINE)}
    yield from differences(documented, defined, COMMANDS, source, "the option or command")
    for option in sorted(set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text[text.find('"""'):text.rfind('"""')])) - defined):
        yield source, 1, f"--help has the option {option}, which is not read"
    for path, text in documents(files).items():
        # the agent's command, not image/boot
        for match in re.finditer(r"(?:dstack-guest-agent|(?<!/)\bboot\b)(?: [^`\n|]*)? (--[a-z-]+)", text):
            if match[1] not in defined:
                yield path, line_of(text, match.start()), f"no such option: {match[1]}"


def configuration(files):
    source, text = defining(files, r"class Config \{")
    if not text:
        return
    # a part of it is read by what reads the image's settings
    text += defining(files, r"struct ImageSettings \{")[1]
    defined = set(re.findall(r'\b(?:object|text|texts|flag|number|read|hex)\("([\w-]+)"', text))
    keys = re.findall(r"(?:^\.It|,) Va ([\w.-]+)", files.get(CONFIGURATION, ""), re.MULTILINE)
    yield from differences({part for key in keys for part in key.split(".")}, defined, CONFIGURATION, source, "the configuration key")


def kernel_parameters(files):
    source, text = defining(files, r"struct KernelCommandLine\b")
    if not text:
        return
    defined = set(re.findall(r'behind\("(dstack\.\w+)="\)', text))
    documented = set(re.findall(r"^\.It Cm (dstack\.\w+)", files.get(PROCESS_ONE, ""), re.MULTILINE))
    yield from differences(documented, defined, PROCESS_ONE, source, "the kernel parameter")


def amount(text):
    """A table's value in bytes, milliseconds or a count; None for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?: (KiB|MiB|ms|s))?", text)
    scale = {None: 1, "KiB": 1024, "MiB": 1024 * 1024, "ms": 1, "s": 1000}
    return round(float(match[1]) * scale[match[2]]) if match else None


def limits(files):
    source, text = defining(files, r"enum Limits\b")
    expressions = dict(re.findall(r"static let (\w+)(?:: \w+)? = ([^/\n]+)", text))

    def value(expression):
        expression = re.sub(r"\b[a-zA-Z]\w*", lambda match: str(value(expressions.get(match[0], "?"))), expression)
        return eval(expression, {"__builtins__": {}}) if re.fullmatch(r"[\d_ +*()-]+", expression) else None  # noqa: S307

    values = {name: value(expression) for name, expression in expressions.items()}
    page = files.get(LIMITS, "")
    lines = {}
    for number, cells in rows(page, "limit"):
        name = cells[0].strip("`")
        lines[name] = number
        if values.get(name) is not None and amount(cells[1]) != values[name]:
            yield LIMITS, number, f"the limit {name} is {values[name]}, not {cells[1]}"
    if page or values:
        yield from differences(set(lines), set(values), LIMITS, source, "the limit", lines)


# What a document calls a field of a message, by the call that reads or writes it.
KINDS = {
    "string": {"string"}, "secretString": {"string"}, "bytes": {"bytes"}, "secretBytes": {"bytes"}, "bool": {"bool"},
    "optional": {"uint64"}, "number": {"uint32", "uint64", "int64"}, "unset": {"bool", "uint64"},
    "strings": {"repeated string"}, "bytesList": {"repeated bytes"}, "messages": {"repeated message"},
}

ALL_KINDS = set().union(*KINDS.values())


def messages(files):
    """Fields of messages: name, tag and kind, whichever message they belong to."""
    defined = {}
    for path, text in swift(files).items():
        for owner, kind, name, tag in re.findall(r'(\w*)\)?\.(\w+)\(\s*"(\w+)",\s*(\d+)\b', text):
            if owner != "json" and (owner == "fields" or kind in KINDS):
                defined.setdefault((name, int(tag)), (set(), path))[0].update(KINDS.get(kind, {kind}))
    documented = {}
    for path, text in documents(files).items():
        for number, line, language in fenced(text):
            if language != "proto":
                continue
            for repeated, kind, name, tag in re.findall(r"(?:\b(repeated|optional) )?\b(\w+) (\w+) = (\d+);", line):
                kind = kind if kind[0].islower() else "message"
                kind = f"repeated {kind}" if repeated == "repeated" else kind
                documented.setdefault((name, int(tag)), []).append((kind, path, number))
    for field, found in documented.items():
        kinds, _ = defined.get(field, (None, ""))
        for kind, path, number in found:
            if kinds is None:
                yield path, number, f"no message has a field {field[0]} = {field[1]}"
            elif kind not in kinds and kinds <= ALL_KINDS:
                yield path, number, f"the field {field[0]} = {field[1]} is {' or '.join(sorted(kinds))}, not {kind}"
    for field, (_, path) in defined.items():
        if documented and field not in documented:
            yield path, 1, f"the field {field[0]} = {field[1]} is in no message of the documents"


def methods(files):
    """The methods of the services: those of the documents' tables exist, and docs/spec mentions each."""
    defined = {}
    for path, text in swift(files).items():
        for name in re.findall(r'\.add\("([A-Z]\w+)"', text):
            defined[name] = path
    spec = {path: text for path, text in files.items() if path.startswith(SPEC)}
    for path, text in spec.items():
        for number, cells in rows(text, "method"):
            for name in re.split(r", ", cells[0]):
                if name not in defined:
                    yield path, number, f"no service has a method {name}"
    words = set(re.findall(r"\b[A-Z]\w+", "\n".join(spec.values())))
    for name, path in defined.items():
        if name not in words:
            yield path, 1, f"the method {name} is nowhere in {SPEC}"


def events(files):
    source, text = defining(files, r"enum SystemEvent\b")
    defined = set(re.findall(r'case \.\w+: "([a-z-]+)"', text))
    page = files.get(BOOT, "")
    if page or defined:
        lines = {cells[0].strip("`"): number for number, cells in rows(page, "event")}
        yield from differences(set(lines), defined, BOOT, source, "the event", lines)


def metrics(files):
    defined, source = set(), "Sources"
    for path, text in swift(files).items():
        if "family(" in text:
            names = re.findall(r'"((?:dstack|system|disk)_\w+)"', text)
            if names:
                defined, source = defined | set(names), path
    page = files.get(EXTERNAL, "")
    documented = {name for name in ticked(page) if re.fullmatch(r"(?:dstack|system|disk)_\w+", name)}
    if page or defined:
        yield from differences(documented, defined, EXTERNAL, source, "the metric")


def error_texts(files):
    """Texts of the documents are in a string of the code; and refusals, which say that somebody has to do something else, are in one of
    the documents."""
    everything = "\n".join(re.sub(r'\\(["\\])', r"\1", text) for text in swift(files).values())
    told = []
    for page, heading in ((ERRORS, "text"), (TROUBLE, "text"), (HEALTH, "status")):
        for number, cells in rows(files.get(page, ""), heading):
            for text in ticked(cells[0]):
                parts = [part for part in re.split(r"<\w+>", text) if len(part) > 2]
                told += parts
                for part in parts:
                    if part not in everything:
                        yield page, number, f"no text of the code: {part}"
    if not told:
        return
    for path, text in swift(files).items():
        if not path.startswith(rules.AGENT) or rules.folder(path) in UNSEEN:
            continue
        pattern = r'(?:\.bad|\.invalid|\.notFound|\.unavailable|HTTPError|AgentError)\(\s*(?:\.\w+,\s*)?(?:bytes\()?' + STRING
        for match in re.finditer(pattern, text):
            # a text that ends like this is followed by another
            if not match[1].endswith(": ") and not any(match[1] in part or part in match[1] and len(part) > 8 for part in told):
                yield path, line_of(text, match.start()), f"neither {ERRORS} nor {TROUBLE} has the text: {match[1]}"


def rooms(files):
    """The picture of the rooms: each is in it, above those that it may know."""
    page = files.get(ARCHITECTURE, "")
    if not page:
        return
    height = {}
    for number, line, _ in fenced(page):
        names = [word for word in re.split(r" {2,}", line.strip())[:-1] for word in word.split()]
        if names and all(name in rules.LAYERS for name in names):
            height.update({name: number for name in names})
    for name, below in rules.LAYERS.items():
        if name not in height:
            yield ARCHITECTURE, 1, f"the picture of the rooms lacks {name}"
            continue
        for other in below or []:
            if height.get(other, sys.maxsize) <= height[name]:
                yield ARCHITECTURE, height[name], f"{name} must stand above {other}, which it may know"


def known_answers(files):
    """Each part of the known answers beside docs/spec is read by a test."""
    tests = "\n".join(text for path, text in files.items() if path.startswith("Tests/") and path.endswith((".py", ".swift")))
    for path, text in files.items():
        if path.startswith(SPEC) and path.endswith(".json"):
            for name, value in json.loads(text).items():
                if isinstance(value, (list, dict)) and name != "sources" and f'"{name}"' not in tests:
                    yield path, 1, f"no test reads the known answers {name}"


# What reads as if it were translated, and what a native speaker would write. Each is rare in good English; add only what is.
PHRASES = {
    r"(?:tells?|told|telling) of": "say, describe",
    r"shall": "must, should",
    r"(?<!there )is none(?! of)": "is not one",
    r"on the average": "on average",
    r"in the place of": "instead of",
    r"(?:puts?|comes?|written) behind|one behind (?:the other|another)": "after",
    r"stands? there": "is there",
    r"means? nothing": "is ignored, has no effect",
    r"to the bit": "bit by bit",
    r"(?<=\. )Who [^.?]*\.": "whoever, a client that",
}


def prose(path, text):
    """The words of a document, or the comments of a source, at their places; what is code is blank."""
    blank = lambda match: re.sub(r"[^\n]", "_", match[0])
    if path.endswith(".md") or path.startswith(MAN):
        return re.sub(r"```.*?```|`[^`]*`|^\.\\\".*?$", blank, text, flags=re.DOTALL | re.MULTILINE)
    if path.endswith((".swift", ".c", ".h")):
        pattern, mark = r"\"(?:[^\"\\\n]|\\.)*\"|(?P<prose>//[^\n]*|/\*.*?\*/)", "///?"
    elif path.endswith((".py", ".sh")) or text.startswith("#!"):
        pattern, mark = r"(?P<prose>\"\"\".*?\"\"\"|(?<!\S)#[^\n]*)", "#"
    else:
        return ""
    words, end = [], 0
    for match in re.finditer(pattern, text, re.DOTALL):
        if match["prose"]:
            words += [re.sub(r"[^\n]", "_", text[end : match.start()]), match[0]]
            end = match.end()
    # the mark at the start of a comment's next line is not part of the sentence
    return re.sub(rf"\n[_ ]*(?:{mark})? ?", "\n", re.sub(r"`[^`\n]*`", blank, "".join(words)))


def phrases(files):
    """Idioms of another language, in the prose of documents and the comments of sources: not in code."""
    for path, text in files.items():
        words = "" if path == "support/documents.py" else prose(path, text)
        # a paragraph is read as one line; `|` parts cells
        joined = re.sub(r"(?<!\n)\n(?![\n|.#*-])", " ", words)
        for pattern, better in PHRASES.items():
            for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", joined, re.MULTILINE):
                yield path, line_of(words, match.start()), f"\"{match[0]}\": write {better}"


RULES = [links, paths, make_targets, options, configuration, kernel_parameters, limits, messages, methods, events, metrics,
         error_texts, rooms, known_answers, phrases]


def self_test():
    picture = "\n".join(f"{name}  x" for name in reversed(rules.LAYERS))
    clean = {
        "Makefile": "all: build\nbuild: ## it\n\t@true\n",
        CONTRIBUTING: "# Words\n\n| target | x |\n| --- | --- |\n| `make`, `make build` | y |\n\nSee [this](docs/a.md#a-page), `make build`.\n",
        "docs/a.md": "# A page\n\n`boot --dry-run` and `Sources/agent/Limits.swift`.\n\n```proto\nmessage A { string name = 1; }\n```\n",
        ARCHITECTURE: f"```\n{picture}\n```\n",
        LIMITS: "| limit | value |\n| --- | --- |\n| `a` | 8 KiB |\n| `b` | 2.5 s |\n",
        ERRORS: "| text | status |\n| --- | --- |\n| `too bad` | 400 |\n",
        TROUBLE: "| text | what to do |\n| --- | --- |\n| `too bad` | x |\n",
        HEALTH: "| status | when |\n| --- | --- |\n| `<path> is bad` | |\n",
        BOOT: "| event | payload |\n| --- | --- |\n| `app-id` | 20 |\n",
        EXTERNAL: "`dstack_x`\n\n| method | x |\n| --- | --- |\n| Info | y |\n",
        COMMANDS: ".Op Fl c\n.It Cm boot\n.It Fl c Ar file , Fl -config Ar file\n.It Fl -dry-run\n",
        CONFIGURATION: ".It Va quote.address , Va quote.port\n",
        PROCESS_ONE: ".It Cm dstack.ip Ns = x\n",
        "Sources/agent/Limits.swift": "enum Limits {\n  static let a = 8 * 1024\n  static let b: Int64 = 2_500\n}\n",
        "Sources/agent/Program/CommandLine.swift":
            'enum CommandLine {\n  let usage = """\n    boot -c, --config FILE\n    """\n'
            '  let a = x.matches("boot") || x.matches("-c") || x.matches("--config") || x.matches("--dry-run")\n}\n',
        "Sources/agent/Program/Config.swift":
            'class Config {\n  let a = file.object("quote")\n  let b = section.text("address") ?? section.read("port")\n}\n',
        "Sources/agent/Init/KernelCommandLine.swift": 'struct KernelCommandLine { let a = x.behind("dstack.ip=") }\n',
        "Sources/agent/Prpc/A.swift": 'let a = fields.string("name", 1, b)\nthrow .invalid("too bad")\nlet c = bytes(" is bad")\n',
        "Sources/agent/Program/Services.swift": 'v0.add("Info") { x }\n',
        "Sources/agent/Attestation/SystemEvent.swift": 'enum SystemEvent {\n  case .appID: "app-id"\n}\n',
        "Sources/agent/Endpoints/Metrics.swift": 'family("dstack_x")\n',
        "docs/spec/vectors.json": '{"_about": "words", "keys": [1], "sources": []}\n',
        "Tests/e2e/test_keys.py": 'KNOWN["keys"]\n',
    }
    planted = [
        (links, CONTRIBUTING, "[a](docs/b.md)"),
        (links, CONTRIBUTING, "[a](docs/a.md#b)"),
        (paths, "docs/a.md", "`Sources/agent/Nothing.swift`"),
        (paths, "docs/a.md", "`Prpc/Nothing.swift`"),
        (paths, "Sources/agent/Prpc/B.swift", "// docs/nothing.md"),
        (paths, "Sources/agent/Prpc/B.swift", "// spec/a.md"),
        (make_targets, "docs/a.md", "`make nothing`"),
        (make_targets, "docs/a.md", "```\nmake build nothing  # words\n```"),
        (make_targets, "Makefile", "more: ## words"),
        (options, COMMANDS, ".It Fl -nothing"),
        (options, "Sources/agent/Program/CommandLine.swift", 'x.matches("--more")'),
        (options, "docs/a.md", "`boot --nothing`"),
        (configuration, CONFIGURATION, ".It Va quote.nothing"),
        (configuration, "Sources/agent/Program/Config.swift", 'let c = file.flag("more")'),
        (kernel_parameters, PROCESS_ONE, ".It Cm dstack.nothing"),
        (kernel_parameters, "Sources/agent/Init/KernelCommandLine.swift", 'let b = x.behind("dstack.more=")'),
        (limits, LIMITS, "| `nothing` | 1 |"),
        (limits, LIMITS, "| `a` | 9 KiB |"),
        (limits, "Sources/agent/Limits.swift", "static let more = 5"),
        (messages, "docs/a.md", "```proto\nmessage B { string nothing = 2; }\n```"),
        (messages, "docs/a.md", "```proto\nmessage B { bytes name = 1; }\n```"),
        (messages, "Sources/agent/Prpc/A.swift", 'fields.bool("more", 2, c)'),
        (methods, EXTERNAL, "| Nothing | y |"),
        (methods, "Sources/agent/Program/Services.swift", 'v1.add("More") { x }'),
        (events, BOOT, "| `nothing` | empty |"),
        (events, "Sources/agent/Attestation/SystemEvent.swift", 'case .more: "more"'),
        (metrics, EXTERNAL, "`dstack_nothing`"),
        (metrics, "Sources/agent/Endpoints/Metrics.swift", 'family("dstack_more")'),
        (error_texts, ERRORS, "| `nothing of that` | 400 |"),
        (error_texts, TROUBLE, "| `nothing of that` | x |"),
        (error_texts, HEALTH, "| `<path> is nothing` | |"),
        (error_texts, "Sources/agent/HTTP/B.swift", 'throw HTTPError(.badRequest, "more words")'),
        (phrases, "docs/a.md", "Words that tell of it."),
        (phrases, "docs/a.md", "A word that\nshall not be."),
        (phrases, COMMANDS, "A name that is none."),
        (phrases, "docs/a.md", "So many on the average."),
        (phrases, "docs/a.md", "It is in the place of another."),
        (phrases, "docs/a.md", "What is written behind it."),
        (phrases, "docs/a.md", "It stands\nthere."),
        (phrases, "docs/a.md", "Unknown words mean nothing."),
        (phrases, "docs/a.md", "The same to the bit."),
        (phrases, "docs/a.md", "That is all. Who reads it knows."),
        (phrases, "Sources/agent/Prpc/B.swift", "// A word that\n  // shall not be."),
        (phrases, "support/b.py", "# It is in the place of another."),
    ]
    failures = [f"clean documents have {found}" for rule in RULES for found in rule(clean)]
    for rule, path, line in planted:
        files = dict(clean)
        files[path] = files.get(path, "") + line + "\n"
        if not list(rule(files)):
            failures.append(f"{rule.__name__} does not see: {line}")
        failures += [f"{other.__name__} sees: {line}" for other in RULES if other is not rule for _ in other(files)]
    if not list(known_answers(clean | {"Tests/e2e/test_keys.py": ""})):
        failures.append("known_answers does not see: a part that no test reads")
    upside_down = "\n".join(f"{name}  x" for name in rules.LAYERS)
    for text in (f"```\n{upside_down}\n```\n", "```\nSystem  x\n```\n"):
        if not list(rooms({ARCHITECTURE: text})):
            failures.append(f"rooms does not see: {text}")
    print("\n".join(failures) if failures else f"rules  {len(planted) + 3} planted differences of documents found")
    return not failures


def tree():
    """As rules.tree, with binary files as empty ones: documents may link to pictures."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True, text=True)
    known = {path: "" for path in listed.stdout.split("\0") if path and pathlib.Path(path).exists()}
    return known | rules.tree()


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(0 if self_test() else 1)
    everything = tree()
    found = [difference for rule in RULES for difference in rule(everything)]
    for path, number, text in found:
        print(f"{path}:{number}: {text}")
    sys.exit(1 if found else 0)
