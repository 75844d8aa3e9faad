"""Fixtures for the tests of the commands that make, boot and verify images. No test boots one: a machine here is the agent in a simulated
TDX guest (out/tdx-sim), whose firmware has logged a small image."""

import dataclasses
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import threading

import pytest

import images
from agent_process import Agent
from api import Api
from evidence.image import Image
from evidence.registers import firmware_log
from simulator import Simulator
from startup import Startup

IMAGES = pathlib.Path(__file__).resolve().parent.parent
MEMORY, WORDS = 512 << 20, "dstack.ip=10.0.2.15/24"


def command(name: str, *words, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, IMAGES / name, *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, **options)


@dataclasses.dataclass
class Machine:
    """A started guest, and what a relying party compares it with."""
    folder: pathlib.Path
    image: pathlib.Path
    compose: pathlib.Path
    simulator: Simulator
    agent: Agent

    @property
    def api(self) -> Api:
        return Api(self.agent)

    @property
    def arguments(self) -> list:
        state = self.simulator.state
        return ["--app-compose", self.compose, "--image", self.image, "--words", WORDS, "--memory", "512M",
                "--root", state / "root.pem", "--collateral", state / "collateral.json"]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.agent.settings['external']['port']}"

    def answer(self) -> dict:
        return self.api.ok("GetQuote", report_data=b"nonce".hex())


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    image = images.make(folder / "image")
    (folder / "ccel").write_bytes(firmware_log(Image(image), WORDS, MEMORY))
    simulator = Simulator(folder / "state", "--ccel", str(folder / "ccel"))
    guest = Startup(simulator, folder)
    guest.offer({"no_instance_id": True}, vm_config=json.dumps({"os_image_hash": Image(image).digest}))
    guest.succeed()
    agent = guest.configure(Agent(prefix=simulator.prefix))
    try:
        agent.start()
        yield Machine(folder, image, guest.host / "app-compose.json", simulator, agent)
    finally:
        agent.finish()
        simulator.end()


@pytest.fixture
def serve(tmp_path):
    """Serves TLS with a key and a chain from GetTlsKey; returns the address."""
    listeners = []

    def start(issued: dict) -> str:
        (tmp_path / "key.pem").write_text(issued["key"])
        (tmp_path / "chain.pem").write_text("".join(issued["certificate_chain"]))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except OSError:
                        pass

        threading.Thread(target=accept, daemon=True).start()
        return f"https://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()
