"""What a relying party checks about a machine, one step after another. A step that fails does not stop the others."""

import hashlib
import json
from typing import NamedTuple, Optional

from evidence import events, registers, startup
from evidence.bad import BadEvidence
from evidence.events import RUNTIME, SYSTEM_READY
from evidence.image import Image
from evidence.quote import Quote, parse
from evidence.signature import Signature
from evidence.source import Source

OK, WRONG, OPEN = "ok", "WRONG", "open"
NOTHING_MEASURED = "no startup has been measured: RTMR3 has no event of one"


class Check(NamedTuple):
    what: str
    # ok, WRONG, or open if it was not checked
    state: str
    detail: str


class Given(NamedTuple):
    """What the machine is compared with."""
    compose: bytes
    signature: Signature
    image: Optional[Image] = None
    words: str = ""
    memory: Optional[int] = None


def check(source: Source, given: Given) -> list:
    found = []

    def step(what: str, work):
        try:
            state, detail = work()
        except (BadEvidence, ValueError) as problem:
            state, detail = WRONG, str(problem)
        found.append(Check(what, state, detail))

    evidence = source.evidence
    try:
        quote = parse(evidence.quote)
    except BadEvidence as problem:
        return [Check("quote", WRONG, str(problem))]
    step("quote", lambda: given.signature.check(evidence.quote))
    step("debug", lambda: (WRONG, "a debug machine: its host can read it") if quote.is_debug else (OK, "the host cannot look inside"))
    step("report data", lambda: report_data(quote, source))
    for register in range(4):
        step(f"log RTMR{register}", lambda: replays(quote, evidence.events, register))
    step("compose hash", lambda: compose_hash(evidence.events, given.compose))
    step("startup", lambda: measured(evidence.events, given))
    step("RTMR3", lambda: last_register(quote, evidence.events, given))
    step("mr_config_id", lambda: config_id(quote, given.compose))
    for register in (1, 2):
        step(f"RTMR{register}", lambda: of_image(quote, evidence.events, register, given, evidence.config))
    found += [Check("RTMR0", OPEN, "virtual hardware and ACPI tables: known only from the VMM's version and options"),
              Check("MRTD", OPEN, f"the firmware, which its builder must vouch for: {quote.mr_td.hex()}"),
              Check("origin", OK if source.is_proven else OPEN, source.note)]
    return found


def report_data(quote: Quote, source: Source) -> tuple:
    if source.report_data is None:
        return OPEN, f"not compared, because --report-data was not given: {quote.report_data.hex()}"
    if quote.report_data != source.report_data:
        return WRONG, f"the quote binds something else: {quote.report_data.hex()}"
    return OK, source.meaning


def replays(quote: Quote, log: list, register: int) -> tuple:
    """The log replays to the register. A certificate does not have all of the firmware's events."""
    own = events.of_register(log, register)
    if register < 3 and (not own or all(event.name.startswith("acpi-") for event in own)):
        return OPEN, "this evidence lacks the firmware's events for it"
    if register < 3 and any(event.kind == RUNTIME for event in own):
        return WRONG, "startup events in a firmware register"
    if events.replay(event.extended_by for event in own) != quote.rtmr[register]:
        return WRONG, "the log does not replay to the register in the quote"
    return OK, f"{len(own)} events replay to it"


def compose_hash(log: list, compose: bytes) -> tuple:
    wanted = hashlib.sha256(compose).digest()
    for event in events.of_register(log, 3):
        if event.name == SYSTEM_READY:
            break
        if event.name == "compose-hash":
            return (OK, wanted.hex()) if event.payload == wanted else (WRONG, f"another app: {event.payload.hex()}")
    return WRONG, NOTHING_MEASURED


def split(log: list) -> tuple:
    """The startup's events, and the app's after them."""
    own = events.of_register(log, 3)
    end = next((index for index, event in enumerate(own, 1) if event.name == SYSTEM_READY), len(own))
    return own[:end], own[end:]


def foretold(given: Given, log: list) -> startup.Startup:
    """A disk that is optional, or of which nothing is known, counts as present if the log has it."""
    has_disk = any(event.name == "storage-fs" for event in split(log)[0])
    disk = startup.disk_of(f"{given.image.command_line} {given.words}") if given.image else "scratch" if has_disk else ""
    return startup.of_compose(given.compose, given.image.digest if given.image else "", "" if disk == "optional" and not has_disk else disk)


def measured(log: list, given: Given) -> tuple:
    """Compares each event with what the agent computes for this app-compose."""
    system, app = split(log)
    if not system:
        return WRONG, NOTHING_MEASURED
    expected = foretold(given, log).events
    if [event.name for event in system] != [event.name for event in expected]:
        return WRONG, "events other than this app's: " + ", ".join(event.name for event in system)
    for event, other in zip(system, expected):
        if event.kind != RUNTIME:
            return WRONG, f"{event.name} is not an event of the startup"
        if other.payload not in (None, event.payload):
            return WRONG, f"{event.name} is {event.payload.hex() or 'empty'}, not {other.payload.hex() or 'empty'}"
    random = [event.name for event in expected if event.payload is None]
    return OK, f"{len(system)} events as predicted" + (f", except what cannot be predicted: {', '.join(random)}" if random else "") + (
        f"; then {len(app)} of the app's own" if app else "")


def last_register(quote: Quote, log: list, given: Given) -> tuple:
    expected, app = foretold(given, log).rtmr3, split(log)[1]
    if expected is None:
        return OPEN, "cannot be predicted, because an event in it is random: rely on the events above"
    value = expected
    for event in app:
        value = hashlib.sha384(value + event.extended_by).digest()
    if value != quote.rtmr[3]:
        return WRONG, f"{quote.rtmr[3].hex()}, not {value.hex()}"
    return OK, value.hex() + (" (the expected one, and the app's own events)" if app else "")


def config_id(quote: Quote, compose: bytes) -> tuple:
    if not any(quote.mr_config_id):
        return OK, "the host has not set it"
    if quote.mr_config_id[0] == 1:
        wanted = (b"\1" + hashlib.sha256(compose).digest()).ljust(48, b"\0")
        return (OK, "it demands this app-compose") if quote.mr_config_id == wanted else (WRONG, "it demands another app-compose")
    return OPEN, f"version {quote.mr_config_id[0]}, which only the machine itself has checked"


def of_image(quote: Quote, log: list, register: int, given: Given, config: str) -> tuple:
    """RTMR1 is the kernel, RTMR2 command line and initramfs."""
    if not given.image:
        return OPEN, f"no --image to compare it with: {quote.rtmr[register].hex()}"
    memory = given.memory or told_memory(config)
    for digest, how in registers.kernel_digests(given.image, memory).items():
        expected = [event for event in registers.events_of(given.image, digest, given.words) if event.register == register]
        if registers.value(expected, register) == quote.rtmr[register]:
            return OK, f"the image's kernel, {how}" if register == 1 else "the image's command line and initramfs"
    digests = [event.digest for event in events.of_register(log, register)]
    if not digests:
        return WRONG, "not what firmware under QEMU measures of this image"
    missing = [event.what for event in expected if event.digest not in digests]
    return WRONG, f"another {' and '.join(missing)}" if missing else "the image's events, and others that it does not account for"


def told_memory(config: str) -> Optional[int]:
    """The machine's memory by the host's word: good enough to try, because only the right kernel has that digest."""
    try:
        size = json.loads(config).get("memory_size")
        return size if isinstance(size, int) and 0 < size < 1 << 50 else None
    except (ValueError, AttributeError):
        return None
