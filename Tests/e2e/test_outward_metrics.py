"""/metrics, as Prometheus reads it."""

import os
import pathlib
import subprocess
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

import boot
import front
import outward
from api import Api
from outward import page_agent  # noqa: F401

SYSTEM = ["system_os_name", "system_os_version", "system_kernel_version", "system_cpu_model", "system_num_cpus",
          "system_memory_total", "system_memory_available", "system_memory_used", "system_memory_free", "system_swap_total",
          "system_swap_used", "system_swap_free", "system_uptime", "system_load_average_1m", "system_load_average_5m",
          "system_load_average_15m", "disk_total_size", "disk_free_size", "disk_used_size", "disk_usage_percentage"]
# The same since 0.6.
GUEST = ["dstack_guest_info", *(f"dstack_guest_{name}" for name in (
    "cpus", "memory_total_bytes", "memory_available_bytes", "memory_used_bytes", "memory_free_bytes", "swap_total_bytes",
    "swap_used_bytes", "swap_free_bytes", "uptime_seconds", "load1", "load5", "load15", "disk_total_bytes", "disk_free_bytes",
    "disk_used_bytes", "disk_used_ratio")), "dstack_gpu_nvml_up"]
AGENT = ["dstack_agent_requests_total", "dstack_agent_errors_total", "dstack_agent_connections", "dstack_agent_quote_seconds",
         "dstack_agent_quote_queue_depth", "dstack_agent_longest_round_seconds", "dstack_agent_resident_bytes",
         "dstack_agent_rtmr3_events_total"]


def scrape(agent) -> dict:
    """Families by their names."""
    text = outward.get(agent, "/metrics").body.decode()
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    # prometheus_client strips a counter's suffix
    return {family.name + ("_total" if family.type == "counter" else ""): family for family in families}


def value(families: dict, name: str, **labels) -> float:
    [found] = [sample.value for family in families.values() for sample in family.samples
               if sample.name == name and sample.labels.items() >= labels.items()]
    return found


def test_names(agent):
    families = scrape(agent)
    assert list(families) == GUEST + SYSTEM + AGENT
    assert all(family.documentation for family in families.values())
    assert all(families[name].type == "gauge" for name in GUEST + SYSTEM)
    assert all(families[name].documentation.startswith("Deprecated: see dstack_guest_") for name in SYSTEM)


def test_both_names_have_one_value(agent):
    families = scrape(agent)
    for name, older in zip(GUEST[1:-1], SYSTEM[4:], strict=True):
        newer, older = ([sample.value for sample in families[each].samples] for each in (name, older))
        assert newer == pytest.approx([each / 100 for each in older] if name.endswith("ratio") else older)
    info = families["dstack_guest_info"].samples[0].labels
    assert info == {label: value for name in SYSTEM[:4] for label, value in families[name].samples[0].labels.items()}
    assert value(families, "dstack_gpu_nvml_up") == 1


def test_media_type(agent):
    assert outward.ask(agent, "GET", "/metrics").header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"


def test_promtool(agent):
    """promtool's verdict on the agent's own metrics; the other names are upstream's."""
    done = subprocess.run(["promtool", "check", "metrics"], input=outward.get(agent, "/metrics").body, capture_output=True)
    complaints = done.stdout.decode() + done.stderr.decode()
    assert done.returncode in (0, 3) and "error while linting" not in complaints
    assert not [line for line in complaints.splitlines() if line.startswith("dstack_agent")]


def test_system(agent):
    """The kernel's own figures."""
    families = scrape(agent)
    memory = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in open("/proc/meminfo")}
    assert value(families, "system_memory_total") == memory["MemTotal"]
    assert value(families, "system_swap_total") == memory["SwapTotal"]
    available = value(families, "system_memory_available")
    assert value(families, "system_memory_used") == memory["MemTotal"] - available
    assert abs(available - memory["MemAvailable"]) < memory["MemTotal"] / 10
    assert value(families, "system_num_cpus") == os.cpu_count()
    assert abs(value(families, "system_uptime") - float(open("/proc/uptime").read().split()[0])) < 5
    assert value(families, "system_kernel_version", kernel_version=os.uname().release) == 1
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    assert value(families, "system_os_name", os_name=release["NAME"].strip('"')) == 1
    for minutes, load in zip((1, 5, 15), os.getloadavg()):
        assert abs(value(families, f"system_load_average_{minutes}m") - load) < 2


def test_disks(agent):
    families = scrape(agent)
    total, free = (value(families, f"disk_{what}_size", mount_point="/") for what in ("total", "free"))
    status = os.statvfs("/")
    assert total == status.f_blocks * status.f_frsize
    assert abs(free - status.f_bavail * status.f_frsize) < total / 10
    assert value(families, "disk_used_size", mount_point="/") == total - free
    assert abs(value(families, "disk_usage_percentage", mount_point="/") - 100 * (total - free) / total) < 0.01


def test_disks_with_odd_names(new_agent, tmp_path):
    """Labels are escaped; paths that are not mount points are left out."""
    place = tmp_path / 'a "b"\\ c\nd'
    place.mkdir()
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs "t\\"x" "$0" && exec "$@"', str(place)]
    agent = outward.configure(new_agent(prefix=mount))
    agent.settings["default"]["core"]["data_disks"] = ["/", str(place), str(tmp_path), "/nowhere"]
    agent.start()
    labels = [sample.labels for sample in scrape(agent)["disk_total_size"].samples]
    assert [label["mount_point"] for label in labels] == ["/", str(place)]
    assert labels[1]["name"] == 't"x'


def test_a_disk_behind_many_long_mounts(new_agent, tmp_path):
    """As with many containers, whose overlays have lines of kilobytes."""
    agent, place = behind_mounts(new_agent, tmp_path, 430 * 1024)
    assert disks(agent)[1:] == [("last", place)]


@pytest.mark.slow
def test_more_mounts_than_are_read(new_agent, tmp_path):
    """That is logged once, and the disks before that point are reported as ever."""
    agent, place = behind_mounts(new_agent, tmp_path, 4 * 1024 * 1024)
    for _ in range(3):
        assert [mount_point for _, mount_point in disks(agent)] == ["/"]
        time.sleep(1.1)
    agent.expected = ["<4>dstack-guest-agent: the mount table is larger than 4 MiB: disks after that are not reported"]


def behind_mounts(new_agent, tmp_path, size: int) -> tuple:
    """An agent with this many bytes of mounts before its data disk, and that disk's mount point."""
    deep, place = tmp_path.joinpath(*["d" * 250] * 15), tmp_path / "disk"
    deep.mkdir(parents=True)
    place.mkdir()
    setup = f"""for number in $(seq {size // len(str(deep))}); do mount -t tmpfs none {deep} || exit; done
                mount -t tmpfs last {place} && cat /proc/self/mounts > {tmp_path}/mounts && exec "$@\""""
    agent = outward.configure(new_agent(prefix=["unshare", "--mount", "sh", "-c", setup, "sh"]))
    agent.settings["default"]["core"]["data_disks"] = ["/", str(place)]
    agent.start()
    assert (tmp_path / "mounts").stat().st_size > size
    return agent, str(place)


def disks(agent) -> list:
    return [(sample.labels["name"], sample.labels["mount_point"]) for sample in scrape(agent)["disk_total_size"].samples]


def test_once_a_second(agent):
    """However many scrapes: within a second the page is the same."""
    pages = []
    for _ in range(50):
        pages.append(outward.get(agent, "/metrics").body)
    # the requests counted above change the page every time it is made
    assert len(set(pages)) < 25


def test_counters(new_agent):
    agent = outward.configure(new_agent()).start()
    api = Api(agent)
    for _ in range(3):
        api.ok("Version")
    api.refused("Nothing", 404)
    families = scrape(agent)
    assert value(families, "dstack_agent_requests_total", listener="internal") == 4
    assert value(families, "dstack_agent_errors_total", listener="internal") == 1
    assert value(families, "dstack_agent_requests_total", listener="external") == 0
    assert value(families, "dstack_agent_connections", listener="external") == 1
    assert 0 < value(families, "dstack_agent_longest_round_seconds") < 30
    resident = value(families, "dstack_agent_resident_bytes")
    # of both processes
    status = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in (agent.pid, front.pid_of(agent))]
    assert abs(resident - sum(int(each.split("VmRSS:")[1].split()[0]) for each in status) * 1024) < 300_000


def test_evidence(booted, booted_agent, new_agent):
    agent = outward.configure(new_agent(prefix=booted.prefix))
    boot.start(agent)
    families = scrape(agent)
    assert value(families, "dstack_agent_rtmr3_events_total") == len(boot.EVENTS)
    assert value(families, "dstack_agent_quote_seconds_count") == 1
    assert 0 < value(families, "dstack_agent_quote_seconds_sum") < 30
    assert value(families, "dstack_agent_quote_queue_depth") == 0
