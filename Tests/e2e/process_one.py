"""Process 1 of its own namespace: starts a command as a service, and records by which signal it is asked to power off.

    process_one.py FILE COMMAND…     FILE gets the signal's number; then this process ends, and with it all others of the namespace
"""

import pathlib
import signal
import subprocess
import sys

# systemd's SIGRTMIN+4 and SIGTERM
POWER_OFF = {signal.SIGTERM, 38}

signal.pthread_sigmask(signal.SIG_BLOCK, POWER_OFF)
child = subprocess.Popen(["sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$@"', "sh", *sys.argv[2:]],
                         preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, POWER_OFF))
number = int(signal.sigwait(POWER_OFF))
pathlib.Path(sys.argv[1]).write_text(str(number))
child.terminate()
sys.exit(child.wait())
