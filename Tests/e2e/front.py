"""The front process of an agent, and how a test can take it over. Needs root."""

import contextlib
import ctypes
import errno
import os
import pathlib
import re
import signal
import socket

from agent_process import PATIENCE, Agent
from machine import children, words

LIBC = ctypes.CDLL(None, use_errno=True)
ALL = 0x40000000  # __WALL
# Numbers of x86-64, and of linux/ptrace.h.
PIDFD_OPEN, PIDFD_GETFD = 434, 438
SINGLE_STEP, GET_REGISTERS, SET_REGISTERS, ATTACH, DETACH = 9, 12, 13, 16, 17
REGISTERS = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs").split()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in REGISTERS]


def pid_of(agent: Agent, but=None) -> int:
    """The front's process id. Waits while there is none, or while it is `but`."""
    found = []

    def there():
        found[:] = [pid for pid in children(agent.pid) if b"front" in words(pid) and pid != but]
        return found

    agent.wait_until(there, "another front" if but else "a front")
    return found[0]


def wait_for_another(agent: Agent, old: int) -> int:
    return pid_of(agent, but=old)


def status(pid: int) -> dict:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def priority(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def descriptors(pid: int) -> list:
    """The open descriptors above stderr."""
    folder = pathlib.Path(f"/proc/{pid}/fd")
    links = sorted((link for link in folder.iterdir() if int(link.name) > 2), key=lambda link: int(link.name))
    found = []
    for link in links:
        # skip one that has been closed meanwhile
        with contextlib.suppress(FileNotFoundError):
            found.append(re.sub(r":\[\d+\]$|\d+", "", os.readlink(link)))
    return found


def lasting_descriptors(agent: Agent) -> list:
    """Those of the keeper, without handles of processes: those of processes that have connected come and go."""
    found = descriptors(agent.pid)
    handles = [each for each in found if "pidfd" in each]
    # Limits.knownProcesses, and its front
    assert len(handles) <= 8 + 1
    return [each for each in found if each not in handles]


def steal(pid: int, number: int) -> socket.socket:
    """A copy of another process's descriptor (pidfd_getfd(2))."""
    handle = LIBC.syscall(PIDFD_OPEN, pid, 0)
    assert handle >= 0
    stolen = LIBC.syscall(PIDFD_GETFD, handle, number, 0)
    error = ctypes.get_errno()
    os.close(handle)
    if stolen < 0:
        raise OSError(error, os.strerror(error))
    found = socket.socket(fileno=stolen)
    found.settimeout(PATIENCE)
    return found


def channel(agent: Agent) -> socket.socket:
    """The front's end of the channel; the front itself is stopped."""
    pid = pid_of(agent)
    os.kill(pid, signal.SIGSTOP)
    return steal(pid, 3)


def keeper_channel(agent: Agent) -> socket.socket:
    """The keeper's end of the channel. Connections that it closes meanwhile are skipped."""
    for link in pathlib.Path(f"/proc/{agent.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if not os.readlink(link).startswith("socket:"):
                continue
        try:
            stolen = steal(agent.pid, int(link.name))
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            continue
        if stolen.type == socket.SOCK_SEQPACKET:
            return stolen
        stolen.close()
    raise AssertionError("the keeper has no channel")


class Taken:
    """A process in which this test makes system calls, by ptrace(2)."""

    def __init__(self, pid: int):
        self.pid = pid
        self._ptrace(ATTACH)
        os.waitpid(pid, ALL)
        self.before = Registers()
        self._ptrace(GET_REGISTERS, self.before)
        self.instruction = self._find(b"\x0f\x05")
        # below the stack in use and its red zone
        self.memory = (self.before.rsp - 8192) & ~15

    def call(self, number: int, *arguments):
        """The call's result; "killed" if it ends the process. Bytes are copied into its memory."""
        registers = Registers.from_buffer_copy(self.before)
        place = self.memory
        values = []
        for argument in arguments:
            if isinstance(argument, bytes):
                with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
                    memory.seek(place)
                    memory.write(argument + b"\0")
                values.append(place)
                place += len(argument) + 16 & ~15
            else:
                values.append(argument)
        registers.rax, registers.orig_rax, registers.rip = number, 2**64 - 1, self.instruction
        for name, value in zip(["rdi", "rsi", "rdx", "r10", "r8", "r9"], values):
            setattr(registers, name, value)
        self._ptrace(SET_REGISTERS, registers)
        how = 0
        # not at a stop for a signal, such as its timer's
        while not how or os.WSTOPSIG(how) != signal.SIGTRAP:
            self._ptrace(SINGLE_STEP)
            _, how = os.waitpid(self.pid, ALL)
            if os.WIFSIGNALED(how):
                assert os.WTERMSIG(how) == signal.SIGSYS
                return "killed"
        self._ptrace(GET_REGISTERS, registers)
        return ctypes.c_longlong(registers.rax).value

    def leave(self):
        self._ptrace(SET_REGISTERS, self.before)
        self._ptrace(DETACH)

    def _ptrace(self, request: int, data=None):
        pointer = ctypes.byref(data) if data is not None else ctypes.c_void_p(0)
        result = LIBC.ptrace(ctypes.c_long(request), ctypes.c_long(self.pid), ctypes.c_void_p(0), pointer)
        assert result == 0, os.strerror(ctypes.get_errno())

    def _find(self, code: bytes) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/maps").read_text().splitlines():
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r-xp", line)
            if match and "[v" not in line:
                with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
                    memory.seek(int(match[1], 16))
                    at = memory.read(int(match[2], 16) - int(match[1], 16)).find(code)
                if at >= 0:
                    return int(match[1], 16) + at
        raise AssertionError("no such instruction")
