"""What a measured startup leaves for an agent: the events in RTMR3, and the host's description of the machine."""

import contextlib
import hashlib
import json

from agent_process import DATA, Agent
from api import Api

COMPOSE = (DATA / "app-compose.json").read_bytes()
APP_ID = bytes(range(20))
COMPOSE_HASH = hashlib.sha256(COMPOSE).digest()
INSTANCE_ID = bytes(range(100, 120))
KEY_PROVIDER = b'{"name":"none","id":""}'
IMAGE_HASH = bytes(range(200, 232))

# The last two are an app's: events after system-ready say nothing about the system.
EVENTS = [
    ("system-preparing", b""),
    ("app-id", APP_ID),
    ("compose-hash", COMPOSE_HASH),
    ("instance-id", INSTANCE_ID),
    ("boot-mr-done", b""),
    ("key-provider", KEY_PROVIDER),
    ("storage-fs", b"ext4"),
    ("system-ready", b""),
    ("instance-id", b"an impostor"),
    ("größe \"1\\2\"", bytes(range(256))),
]
VM_CONFIG = json.dumps({"os_image_hash": IMAGE_HASH.hex(), "note": "größe", "cpu_count": 1}, ensure_ascii=False)


def describe_machine(agent: Agent):
    """Gives an agent that has not started the vm_config above."""
    path = agent.directory / "sys-config.json"
    path.write_text(json.dumps({"vm_config": VM_CONFIG}))
    agent.settings["default"]["core"]["sys_config_file"] = str(path)


def start(agent: Agent) -> Api:
    """Starts an agent in a simulated guest, and waits for the one quote that it requests unasked."""
    api = Api(agent.start())
    agent.wait_until(lambda: api.ok("Info")["app_cert"], "the app certificate")
    return api


@contextlib.contextmanager
def serving(agent: Agent):
    """Keeps an agent running while a fixture lends it."""
    try:
        start(agent)
        yield
    finally:
        agent.finish()
