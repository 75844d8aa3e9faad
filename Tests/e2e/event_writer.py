"""Another program of the guest that measures events: extends RTMR3 and appends to the log, under the lock of all writers.

    event_writer.py REGISTER DIRECTORY [pause]     {"event": name, "payload": hex, "version": 1 or 2} per line on stdin

With `pause` it stops between extending and appending: it writes a line to stdout, and goes on at the next line of stdin."""

import base64
import fcntl
import json
import os
import sys

import events


def main(register: str, directory: str, pause: bool):
    os.makedirs(directory, 0o700, exist_ok=True)
    lock = os.open(directory + "/runtime_event.lock", os.O_RDWR | os.O_CREAT, 0o600)
    for line in iter(sys.stdin.readline, ""):
        event = json.loads(line)
        name, payload, version = event["event"], bytes.fromhex(event["payload"]), event["version"]
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open(register, "r+b", buffering=0) as file:
            file.write(events.digest(name, payload, version))
        if pause:
            print("extended", flush=True)
            sys.stdin.readline()
        entry = {"event": name, "payload": base64.b64encode(payload).decode()}
        log = os.open(directory + "/runtime_events.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(log, json.dumps(entry | ({"version": 2} if version == 2 else {}), separators=(",", ":")).encode() + b"\n")
        os.close(log)
        fcntl.flock(lock, fcntl.LOCK_UN)


main(sys.argv[1], sys.argv[2], sys.argv[3:] == ["pause"])
