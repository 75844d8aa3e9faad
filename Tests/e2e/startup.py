"""The measured startup in a simulated guest: the host's files, the command, and what it leaves behind."""

import json
import os
import pathlib
import subprocess

import boot_oracle
import events
from agent_process import BINARY, PATIENCE, Agent
from simulator import Simulator

KEYS, ENV, ENV_JSON, CONFIG = ".appkeys.json", ".decrypted-env", ".decrypted-env.json", "agent.json"
SECRETS = {name + suffix for name in (KEYS, ENV, ENV_JSON) for suffix in ("", ".new")}
COMPOSE = {"manifest_version": 2, "name": "e2e", "runner": "none", "key_provider": "none", "no_instance_id": True}


class Startup:
    """One guest, in its own folder: `host` is the host's directory, `work` the guest's."""

    def __init__(self, simulator: Simulator, folder: pathlib.Path):
        self.simulator = simulator
        self.host = folder / "host"
        self.work = folder / "work"
        self.host.mkdir(parents=True)
        self.offer()

    def offer(self, compose=None, **sys_config):
        """Writes the two required files; `compose` is text, or members that override COMPOSE."""
        text = compose if isinstance(compose, str) else json.dumps(COMPOSE | (compose or {}))
        (self.host / "app-compose.json").write_text(text)
        (self.host / ".sys-config.json").write_text(json.dumps(sys_config))

    @property
    def copies(self) -> pathlib.Path:
        return self.work / ".host-shared"

    @property
    def arguments(self) -> list:
        return ["boot", "--host-shared", str(self.host), "--work-dir", str(self.work)]

    def command(self, *before: str) -> list:
        """The command line to run in the guest; `before` is put before the agent's program."""
        return [*self.simulator.prefix, *before, str(BINARY), *self.arguments]

    def boot(self, *before: str) -> subprocess.CompletedProcess:
        return run(self.command(*before))

    def succeed(self) -> str:
        """Boots, and returns stderr."""
        done = self.boot()
        assert (done.returncode, done.stdout) == (0, ""), done
        return done.stderr

    def refuse(self) -> str:
        """Boots, which must fail with one error, leave no key and open no socket; returns the error."""
        done = self.boot()
        lines = [line for line in done.stderr.splitlines() if line.startswith("<3>")]
        assert (done.returncode, done.stdout, len(lines)) == (1, "", 1), done
        assert self.secrets == set()
        return lines[0].removeprefix("<3>dstack-guest-agent: ")

    @property
    def secrets(self) -> set:
        """The names of files with secrets, or with parts of them."""
        return set(os.listdir(self.copies)) & SECRETS if self.copies.is_dir() else set()

    @property
    def expected(self) -> list:
        """The lines of `boot --dry-run`, computed by the oracle."""
        read = lambda name: json.loads((self.host / name).read_text()) if (self.host / name).exists() else {}
        vm_config = read(".sys-config.json").get("vm_config", "")
        return boot_oracle.report((self.host / "app-compose.json").read_bytes(), read(".instance_info"), vm_config)

    @property
    def measured(self) -> list:
        """The events of the log, in the form of `boot --dry-run`."""
        found = [
            {"event": name, "payload": payload.hex(), "digest": events.digest(name, payload, version).hex()}
            for name, payload, version in self.simulator.events]
        return [*found, {"rtmr3": self.simulator.replayed.hex()}]

    def dry_run(self) -> list:
        """What `boot --dry-run` prints, outside the guest."""
        done = run([BINARY, "boot", "--dry-run", "--host-shared", self.host])
        assert (done.returncode, done.stderr) == (0, ""), done
        return [json.loads(line) for line in done.stdout.splitlines()]

    def configure(self, agent: Agent) -> Agent:
        """Gives an agent in this guest the configuration that the startup wrote."""
        agent.settings["default"] = json.loads((self.work / CONFIG).read_text())["default"]
        agent.keys_file = self.copies / KEYS
        return agent


def run(command) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        env={"PATH": os.defpath})


def replay(path) -> dict:
    """What `replay FILE` prints."""
    done = run([BINARY, "replay", path])
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(done.stdout)
