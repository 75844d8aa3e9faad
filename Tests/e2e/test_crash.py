"""A fault that ends the agent is reported in its log, although Embedded Swift's traps are silent, and its supervisor sees the signal."""

import contextlib
import os
import re
import signal
import subprocess

import pytest

import wire
from agent_process import BINARY, PATIENCE, full_pipe
from api import Api, error_text
from simulator import READ, in_system_call

LINE = r"<2>dstack-guest-agent: crashed by signal %d at 0x([0-9a-f]+): a bug in this program, please report it \(see README.md\)"
SIGNALS = [signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.smoke
def test_a_crash(new_agent, number):
    agent = new_agent().start()
    before = agent.stderr
    agent.process.send_signal(number)
    assert agent.exit_status() == -number
    told = re.fullmatch(LINE % number + "\n", agent.stderr[len(before):])
    assert 0 < int(told[1], 16) < BINARY.stat().st_size


def test_a_stack_that_overflows(new_agent):
    """The handler has its own stack. 16 KiB are enough until the first turn of the loop, that of the connection, is over."""
    agent = new_agent(prefix=["sh", "-c", 'ulimit -s 16; exec "$0" "$@"']).spawn()
    agent.wait_until(lambda: agent.accepts() or agent.process.poll() is not None, "listening")
    assert agent.exit_status() == -signal.SIGSEGV
    assert re.search(LINE % signal.SIGSEGV + "\n$", agent.stderr)


def test_a_crash_of_a_child(simulator, tdx_agent):
    """Costs its answer."""
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket) as connection:
        connection.send(wire.request("GET", "/GetQuote?report_data=aa"))
        os.kill(in_system_call(tdx_agent, READ, "/outblob"), signal.SIGILL)
        response = connection.final()
    assert (response.status, error_text(response.json())) == (500, "a worker process died")
    simulator.faults()
    assert Api(tdx_agent).ok("GetQuote", report_data="aa")
    [line] = tdx_agent.expected = tdx_agent.surprises
    assert re.fullmatch(LINE % signal.SIGILL, line)


def test_a_crash_of_another_command(tmp_path):
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    process = subprocess.Popen([BINARY, "replay", pipe], stderr=subprocess.PIPE, text=True)
    with open(pipe, "w"):
        process.send_signal(signal.SIGILL)
        assert re.fullmatch(LINE % signal.SIGILL + "\n", process.communicate(timeout=PATIENCE)[1])
    assert process.returncode == -signal.SIGILL


def test_a_log_that_nobody_reads(new_agent):
    """A full pipe does not keep a crashed process alive."""
    agent = new_agent()
    agent.spawn()
    agent.stop()
    reader, writer = full_pipe()
    process = subprocess.Popen([BINARY, "-c", agent.config], stderr=writer)
    try:
        agent.wait_until(agent.accepts, "listening")
        process.send_signal(signal.SIGSEGV)
        assert process.wait(PATIENCE) == -signal.SIGSEGV
    finally:
        process.kill()
        os.close(reader)
        os.close(writer)


def test_a_reader_that_is_late(new_agent):
    """While the agent starts, its lines wait for a reader: here it comes when the agent is listening, after which the first line is written."""
    agent = new_agent()
    agent.spawn()
    agent.stop()
    reader, writer = full_pipe()
    os.set_blocking(reader, False)
    process = subprocess.Popen([BINARY, "-c", agent.config], stderr=writer)
    text = bytearray()

    def is_told() -> bool:
        with contextlib.suppress(BlockingIOError):
            text.extend(os.read(reader, 65536))
        return b"serving on" in text

    try:
        os.close(writer)
        agent.wait_until(agent.accepts, "listening")
        agent.wait_until(is_told, "the first line")
        assert b"lost" not in text
    finally:
        process.kill()
        process.wait()
        os.close(reader)


def test_a_terminal(new_agent):
    """On a terminal the line has no priority."""
    agent = new_agent()
    agent.spawn()
    agent.stop()
    ours, theirs = os.openpty()
    process = subprocess.Popen([BINARY, "-c", agent.config], stderr=theirs)
    try:
        agent.wait_until(agent.accepts, "listening")
        os.read(ours, 1000)
        process.send_signal(signal.SIGILL)
        assert process.wait(PATIENCE) == -signal.SIGILL
        assert os.read(ours, 1000).startswith(b"dstack-guest-agent: crashed")
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
