"""Processes beside this one."""

import ctypes
import signal
import subprocess

PR_SET_PDEATHSIG = 1


def child(command, **streams) -> subprocess.Popen:
    """A process that ends with this one, and that a Ctrl-C in the terminal does not reach."""
    library = ctypes.CDLL(None)
    return subprocess.Popen(command, start_new_session=True,
                            preexec_fn=lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), **streams)
