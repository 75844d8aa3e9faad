"""QEMU's monitor (QMP), on a Unix socket."""

import json
import re
import socket


class Monitor:
    def __init__(self, path: str, seconds: float = 10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()  # the greeting
        self.execute("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def execute(self, command: str, **arguments):
        print(json.dumps({"execute": command, "arguments": arguments}), file=self.stream, flush=True)
        while True:
            answer = json.loads(self.stream.readline() or '{"error": "the monitor is gone"}')
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise OSError(f"QEMU refuses {command}: {answer['error']}")

    def press_power_button(self):
        self.execute("system_powerdown")

    def forwarded(self) -> dict:
        """This machine's ports by the guest's. QEMU has chosen those that were not given."""
        text = self.execute("human-monitor-command", **{"command-line": "info usernet"})
        lines = re.findall(r"TCP\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)", text)
        return {int(guest): (host, int(port)) for host, port, guest in lines}
