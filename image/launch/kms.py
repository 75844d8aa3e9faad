"""The KMS for testing: that of the end-to-end tests, as a process beside the machine. It needs a checkout, whose out/venv has its
dependencies."""

import json
import pathlib
import subprocess

import supplies
from launch.process import child
from refusal import Refusal


class FakeKMS:
    """`address` is this machine's as the guest sees it; `sealed` is the environment, encrypted to the key that the KMS gives to apps,
    `provider_id` what an app-compose can require."""

    def __init__(self, folder: pathlib.Path, address: str, environment: dict):
        script, python = supplies.ROOT / "Tests/e2e/kms_for_testers.py", supplies.ROOT / "out/venv/bin/python"
        if supplies.is_packed() or not script.is_file():
            raise Refusal("--kms fake works only in a checkout, because it needs the Python packages of the tests")
        if not python.is_file():
            raise Refusal(f"--kms fake: there is no {python}; make venv")
        state = folder / "tdx-sim"
        subprocess.run([supplies.simulator(), "pki", "--state", state], check=True, stdout=subprocess.DEVNULL)
        self.log = folder / "kms.log"
        with self.log.open("wb") as log:
            self.process = child([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        asked = {"state": str(state), "address": address, "environment": environment}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise Refusal(f"the KMS does not start: {self.log.read_text(errors='replace').strip()}")
        fields = json.loads(answer)
        self.url, self.provider_id, self.sealed = fields["url"], fields["provider_id"], bytes.fromhex(fields["sealed"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
