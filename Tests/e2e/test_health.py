"""Health for the gateway: the app's file, its containers' checks, and what an engine can do to them.

A change shows after 5 s, so the verdicts themselves are covered by the unit tests."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

import boot
import outward
import wire
from agent_process import HERE, PATIENCE
from fake_engine import FakeEngine, answer
from podman import Podman

PATH = "/prpc/v1/Health"
GOOD = {"healthy": True, "unhealthy": [], "error": ""}
PROJECT = "dstack"


def health(agent) -> dict:
    response = outward.ask(agent, "GET", PATH)
    assert response.status == 200
    return response.json()


def bad(name: str, status: str) -> dict:
    return {"healthy": False, "unhealthy": [{"name": name, "status": status}], "error": ""}


def becomes(agent, expected):
    """Waits until the verdict is this one, or satisfies the test's condition."""
    found = []

    def is_there() -> bool:
        found.append(health(agent))
        return expected(found[-1]) if callable(expected) else found[-1] == expected

    try:
        agent.wait_until(is_there, "verdict")
    except AssertionError:
        raise AssertionError(found[-1]) from None


def judged(agent, engine=None, **requirements):
    return outward.configure(
        agent, engine, manifest_version="3", runner="docker-compose", requirements={"health_check": True, **requirements})


@pytest.fixture
def engine(tmp_path_factory):
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "sock")
    yield engine
    engine.end()


def contain(engine, name: str, state, check):
    """A container as the engine lists and inspects it."""
    engine.add(name)
    container = engine.containers[-1]
    found = {"Id": container["Id"], "Name": "/" + name, "State": {"Status": state}, "Config": {}}
    if check is not None:
        found["State"]["Health"] = {"Status": check}
    engine.inspections[container["Id"]] = answer(json.dumps(found).encode())


@pytest.mark.smoke
def test_a_file(new_agent, tmp_path):
    path = tmp_path / "health"
    agent = judged(new_agent(), health_status_file=str(path)).start()
    becomes(agent, bad("<health_file>", f"{path} has not been written yet"))
    path.write_text(f"healthy\n{int(time.time())}\n")
    becomes(agent, GOOD)


def test_before_the_first_look(new_agent, engine):
    """Nothing is known until the engine has answered."""
    engine.containers = lambda connection: engine.release.wait()
    agent = judged(new_agent(), engine.path).start()
    assert health(agent) == bad("<health>", "health has not been determined yet")


@pytest.mark.smoke
def test_containers(new_agent, engine):
    agent = judged(new_agent(), engine.path).start()
    becomes(agent, bad("<compose>", "no container has been created yet"))
    contain(engine, "web", "running", "healthy")
    contain(engine, "job", "exited", None)
    becomes(agent, GOOD)
    assert all("filters=%7b%22label%22%3a%5b%22com.docker.compose.project%3ddstack%22%5d%7d" in target
               for target in engine.requests if target.startswith("/containers/json"))
    contain(engine, "api", "running", "unhealthy")
    becomes(agent, bad("api", "unhealthy"))


def test_the_project_of_the_compose_file(new_agent, engine):
    agent = judged(new_agent(), engine.path)
    path = agent.directory / "app-compose.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"docker_compose_file": "name: MyApp\nservices: {}\n"}))
    agent.start()
    becomes(agent, bad("<compose>", "no container has been created yet"))
    assert "project%3dmyapp%22" in engine.requests[0]


def test_a_container_that_went_meanwhile(new_agent, engine):
    contain(engine, "web", "running", "healthy")
    contain(engine, "gone", "running", "unhealthy")
    del engine.inspections[engine.containers[-1]["Id"]]
    becomes(judged(new_agent(), engine.path).start(), GOOD)


def test_a_container_that_cannot_be_read(new_agent, engine):
    """It may be the unhealthy one."""
    contain(engine, "web", "running", "healthy")
    agent = judged(new_agent(), engine.path).start()
    becomes(agent, GOOD)
    engine.containers.append({"Id": 1})
    becomes(agent, {"healthy": False, "unhealthy": [], "error": "the container engine's list has a container that cannot be read"})
    # only its date may be missing
    engine.containers[-1] = engine.containers[0] | {"Created": -1}
    becomes(agent, GOOD)


HOSTILE = {
    "no engine": None,
    "hangs": lambda engine: lambda connection: engine.release.wait(),
    "says nothing": lambda engine: lambda connection: None,
    "garbage": lambda engine: b"garbage",
    "no list": lambda engine: answer(b"{}"),
    "a list of other things": lambda engine: answer(b'[{"Id":1}]'),
    "an id that leads elsewhere": lambda engine: answer(b'[{"Id":"../../images/json"}]'),
    "too many": lambda engine: answer(json.dumps([{"Id": "a"}] * 257).encode()),
    "floods": lambda engine: lambda connection: flood(connection),
    "inspects slowly": lambda engine: slow_inspections(engine),
    "refuses": lambda engine: answer(b"{}", "500 Internal Server Error"),
}


def test_a_file_that_hangs(new_simulator, new_agent, tmp_path):
    """A child that cannot be killed takes nobody's place: quotes, events and keys are served as ever."""
    hang = tmp_path / "hang"
    hang.mkdir()
    server = subprocess.Popen([sys.executable, HERE / "programs" / "hanging_file.py", hang], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "mounted\n"
        # whose guest gets the present mounts
        api = boot.start(judged(new_agent(prefix=new_simulator().prefix), health_status_file=str(hang / "file")))
        assert server.stdout.readline() == "read\n"
        for _ in range(20):
            assert api.call("EmitEvent", event="a", payload="") == (200, None)
        assert api.ok("GetQuote", report_data="00") and api.ok("GetKey", path="a")
        assert health(api.agent) == bad("<health>", "health has not been determined yet")
    finally:
        subprocess.run(["umount", "--lazy", hang], check=True)
        server.kill()
        server.wait()


def slow_inspections(engine):
    """Answers the list at once, and no inspection within the test."""
    listed = answer(json.dumps([{"Id": f"{number:02x}"} for number in range(256)]).encode())

    def reply(connection):
        if engine.requests[-1].startswith("/containers/json"):
            connection.sendall(listed)
        else:
            engine.release.wait()

    return reply


def flood(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
    for _ in range(64):
        connection.sendall(b" " * 65536)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_engine_costs_nothing_but_the_verdict(new_agent, engine, name):
    """Other calls are answered meanwhile; in the end the verdict is that nothing is known."""
    reply = HOSTILE[name] and HOSTILE[name](engine)
    agent = judged(new_agent(), engine.path if HOSTILE[name] else None)
    engine._reply = lambda path: reply
    agent.start()
    assert health(agent) == bad("<health>", "health has not been determined yet")
    start = time.monotonic()
    for _ in range(200):
        assert wire.get(agent.socket, "/GetKey?path=a").status == 200
        assert outward.ask(agent, "GET", PATH).status == 200
    assert time.monotonic() - start < PATIENCE / 2
    assert agent.resident < 8 * 1024 * 1024


def test_a_file_that_cannot_be_read(new_agent, tmp_path):
    """The agent does not wait for a file that would block."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    agent = judged(new_agent(), health_status_file=str(path)).start()
    becomes(agent, bad("<health_file>", f"cannot read {path}: health file is not a regular file"))


def test_the_gateway_under_a_flood(new_agent, tmp_path):
    """Strangers who ask for health on one connection after another do not keep the gateway's poll from being answered in 2 s."""
    path = tmp_path / "health"
    path.write_text(f"healthy\n{int(time.time())}\n")
    agent = judged(new_agent(), health_status_file=str(path)).start()
    becomes(agent, GOOD)
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            try:
                wire.get(outward.address(agent), PATH)
            except (AssertionError, OSError):
                pass

    strangers = [threading.Thread(target=ask) for _ in range(16)]
    for stranger in strangers:
        stranger.start()
    try:
        for verb, body in [("GET", None), ("POST", b"")] * 20:
            with wire.Wire(outward.address(agent), timeout=2) as poll:
                poll.send(wire.request(verb, PATH, body))
                assert poll.response().status == 200
    finally:
        stop.set()
        for stranger in strangers:
            stranger.join()


@pytest.fixture(scope="module")
def podman():
    podman = Podman()
    yield podman
    podman.end()


def test_podman(new_agent, podman):
    """Containers with a health check, run and reported by a real engine."""
    label = f"--label=com.docker.compose.project={PROJECT}"
    agent = judged(new_agent(), podman.socket).start()
    becomes(agent, bad("<compose>", "no container has been created yet"))
    check = "--health-cmd=[\"/say\",\"fine\"]"
    podman.run("checked", "up", "w", options=[label, check, "--health-interval=disable"])
    podman.run("other", "up", "w", options=["--label=com.docker.compose.project=others"])
    becomes(agent, bad("checked", "starting"))
    podman("healthcheck", "run", "checked")
    becomes(agent, GOOD)
    podman("stop", "--time", "0", "checked")
    becomes(agent, lambda found: not found["healthy"] and "(last health check: " in found["unhealthy"][0]["status"])
