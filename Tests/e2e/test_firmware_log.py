"""The firmware's event log, which the host may fill with anything: at most that costs the evidence."""

import re
import time

import pytest

import boot
import ccel
import outward
import startup
from api import Api
from startup import Startup
from verifier import Verifier

PATH = "/sys/firmware/acpi/tables/data/CCEL"
MIB = 1 << 20
ONE = ccel.event(1, 1, b"a")
# The header and one event, of the largest size allowed.
FULL = ccel.header() + ccel.event(1, 1, bytes(MIB - len(ccel.header()) - len(ONE) + 1))

GOOD = {
    "1 MiB of zeros": (ccel.header() + ONE).ljust(MIB, b"\0"),
    "1 MiB of ones": (ccel.header() + ONE).ljust(MIB, b"\xff"),
    "1 MiB without a mark": FULL,
    "the mark at the limit": FULL + b"\xff" * 4,
    "a mark that is cut off": FULL + b"\0",
    "16 MiB": (ccel.header() + ONE).ljust(16 * MIB, b"\xff"),
    "16 MiB, full": FULL.ljust(16 * MIB, b"\0"),
    "the most events": ccel.header() + ONE * 4096,
}
TOO_LARGE = "the firmware's event log is too large"
BAD = {
    "16 MiB and one": ((ccel.header() + ONE).ljust(16 * MIB + 1, b"\xff"), TOO_LARGE),
    "another event at the limit": (FULL + ONE, TOO_LARGE),
    "an event without an end": (ccel.header() + ccel.event(1, 1, bytes(2 * MIB)), TOO_LARGE),
    "too many events": (ccel.header() + ONE * 4097, "the firmware's event log has too many events"),
    "cut off": (ccel.header() + ONE[:-1], "the firmware's event log is malformed"),
    "a wrong event": (ccel.header() + ONE + b"\1\2\3\4" * 100, "the firmware's event log is malformed"),
    "no header": (b"\xff" * 65536, "the firmware's event log has no valid header"),
    "nothing": (b"", "the firmware's event log has no valid header"),
    "a register that is none": (
        ccel.header() + ccel.event(6, 1, b"a"), "the firmware's event log names a register that TDX does not have"),
}


def inside(simulator, path) -> list:
    """The words before a command that run it in a guest with another firmware log."""
    return [*simulator.prefix, "sh", "-c", f'mount --bind "$0" {PATH} && exec "$@"', str(path)]


@pytest.mark.parametrize("name", GOOD)
def test_areas_of_any_size(new_simulator, new_agent, tmp_path, name):
    path = tmp_path / "log"
    path.write_bytes(GOOD[name])
    simulator = new_simulator("--ccel", str(path))
    agent = new_agent(prefix=simulator.prefix)
    api = boot.start(agent)
    answer = api.ok("GetQuote", report_data="")
    assert Verifier(simulator.state).status(bytes.fromhex(answer["quote"])) == "UpToDate"
    found = re.findall(r'"imr":(\d)', answer["event_log"])
    assert found == ["0"] * (len(list(ccel.events(GOOD[name]))))
    # an area is read only as far as its log goes
    assert agent.resident < 10 * MIB


@pytest.mark.parametrize("name", BAD)
def test_a_bad_log_costs_the_evidence(simulator, new_agent, tmp_path, name):
    area, reason = BAD[name]
    (tmp_path / "log").write_bytes(area)
    serves_without(new_agent(prefix=inside(simulator, tmp_path / "log")), reason)


def test_a_log_that_cannot_be_read(simulator, new_agent):
    serves_without(new_agent(prefix=inside(simulator, "/proc/1/mem")), "cannot read the firmware's event log")


def serves_without(agent, reason):
    api = Api(agent.start())
    agent.wait_until(lambda: "no evidence" in agent.stderr, "told of the log")
    line = next(line for line in agent.stderr.splitlines() if "no evidence" in line)
    agent.expected = [line]
    assert line.startswith(f"<3>dstack-guest-agent: no evidence: {reason}")
    for method, fields in (
            ("GetQuote", {"report_data": "00"}), ("Attest", {}), ("Info", {}), ("GetTlsKey", {"usage_ra_tls": True}),
            ("EmitEvent", {"event": "a", "payload": "00"})):
        assert line.endswith(api.refused(method, 500, **fields))
    assert api.ok("GetKey") and api.ok("GetTlsKey") and api.ok("Sign", algorithm="ed25519", data="00")
    page = outward.get(agent, "/").body.decode()
    assert "Intel TDX, but no evidence" in page and "not a TDX guest" not in page
    assert outward.get(agent, "/metrics").status == 200


@pytest.mark.parametrize("name", ["cut off", "16 MiB and one", "a register that is none"])
@pytest.mark.parametrize("provider", ["none", "kms"])
def test_no_boot_without_evidence(simulator, new_kms, tmp_path, provider, name):
    """Both providers need evidence, so nothing is measured and no KMS is asked."""
    guest, kms = Startup(simulator, tmp_path), new_kms()
    guest.offer({"key_provider": provider}, kms_urls=[kms.url])
    area, reason = BAD[name]
    (tmp_path / "log").write_bytes(area)
    done = startup.run([*inside(simulator, tmp_path / "log"), startup.BINARY, *guest.arguments])
    assert done.returncode == 1 and done.stderr.splitlines()[-1] == f"<3>dstack-guest-agent: {reason}"
    assert simulator.events == [] and kms.methods == [] and guest.secrets == set()


FOREIGN = "the firmware's event log has events of RTMR3, which is not the firmware's"


@pytest.fixture
def forged(new_simulator, tmp_path):
    log = ccel.header() + ONE + ccel.event(4, 0x08000001, b"forged") + ccel.event(2, 1, b"b")
    (tmp_path / "log").write_bytes(log)
    return new_simulator("--ccel", str(tmp_path / "log"))


def test_entries_for_rtmr3_are_a_mismatch(forged, new_agent):
    """A replay of the whole log does not give RTMR3, and the agent says so; the runtime events are served as ever."""
    agent = new_agent(prefix=forged.prefix)
    agent.expected = ["<3>dstack-guest-agent: " + FOREIGN]
    api = boot.start(agent)
    assert api.ok("EmitEvent", event="own", payload="00") is None
    time.sleep(1.1)  # the registers are read again
    for _ in range(2):
        assert '"event_log_mismatch":true' in api.ok("Info")["tcb_info"]
    assert "the event log does not reproduce RTMR3" in outward.get(agent, "/").body.decode()
    answer = api.ok("GetQuote", report_data="")
    assert re.findall(r'"imr":(\d)', answer["event_log"]) == ["0", "3", "1", "3"]
    assert forged.register(3) == forged.replayed


def test_no_boot_with_entries_for_rtmr3(forged, tmp_path):
    guest = Startup(forged, tmp_path / "guest")
    assert guest.refuse() == FOREIGN
    assert forged.events == []
