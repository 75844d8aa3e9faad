"""Fixtures of the end-to-end tests: a running agent, and ways to call it.

    pip install -r Tests/e2e/requirements.txt
    pytest Tests/e2e                 AGENT=path/of/the/binary, default out/dstack-guest-agent
    pytest Tests/e2e -m smoke        a few fast ones
"""

import pytest
from xdist.scheduler import LoadFileScheduling

import agent_process
import boot
from agent_process import Agent
from api import Api
from fake_kms import FakeKMS
from simulator import Simulator
from verifier import Verifier


class Scheduler(LoadFileScheduling):
    """Runs files in parallel, except those whose machines listen on vsock port 8000: namespaces do not isolate vsock."""
    MACHINES = ("test_init_machine.py", "test_dhcp.py")

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "machines" if file.endswith(self.MACHINES) else file


def pytest_xdist_make_scheduler(config, log):
    return Scheduler(config, log)


@pytest.fixture(scope="session", autouse=True)
def binary():
    if not agent_process.BINARY.is_file():
        pytest.exit(f"no agent at {agent_process.BINARY}: build it, or set AGENT", returncode=2)


def session_agent(**options):
    agent = Agent(**options)
    try:
        yield agent.start()
    finally:
        agent.finish()


@pytest.fixture(scope="session")
def agent():
    """An agent with the keys of provider None, shared by all tests that do not change it."""
    yield from session_agent(keys="none")


@pytest.fixture(scope="session")
def kms_agent():
    """An agent with the keys of provider Kms."""
    yield from session_agent(keys="kms")


@pytest.fixture(scope="session", params=["none", "local", "tpm", "kms"])
def provider_agent(request):
    """An agent for each kind of app keys file."""
    yield from session_agent(keys=request.param)


@pytest.fixture(scope="session")
def api(agent):
    return Api(agent)


@pytest.fixture
def new_agent():
    """Make agents for one test (not started); each must end with status 0 and a clean stderr."""
    made = []

    def make(**options) -> Agent:
        made.append(Agent(**options))
        return made[-1]

    yield make
    failures = []
    for agent in made:
        try:
            agent.finish()
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, failures


@pytest.fixture(scope="session")
def shared():
    """The folder with the public project's development keys and known answers, if it is available."""
    if not (agent_process.SHARED / "spec" / "vectors.json").is_file():
        pytest.skip("no ../shared beside this checkout")
    return agent_process.SHARED


@pytest.fixture
def new_simulator(tmp_path):
    """Make simulated TDX guests for one test; agents run in one with `prefix=simulator.prefix`."""
    made = []

    def make(*options) -> Simulator:
        made.append(Simulator(tmp_path / f"simulator-{len(made)}", *options))
        return made[-1]

    yield make
    for simulator in made:
        simulator.end()


@pytest.fixture
def simulator(new_simulator):
    return new_simulator()


@pytest.fixture
def new_kms(request):
    """Starts KMSs that accept a guest, the test's own if no other is given."""
    made = []

    def make(guest=None, **options) -> FakeKMS:
        guest = guest or request.getfixturevalue("simulator")
        made.append(FakeKMS(Verifier(guest.state), **options))
        return made[-1]

    yield make
    for kms in made:
        kms.__exit__()


@pytest.fixture
def tdx_agent(simulator, new_agent):
    """A running agent in the test's own simulated guest, with its app certificate made."""
    agent = new_agent(prefix=simulator.prefix)
    boot.start(agent)
    return agent


@pytest.fixture(scope="session")
def booted(tmp_path_factory):
    """A simulated guest whose measured startup has emitted its events, shared by all tests that do not change it."""
    simulator = Simulator(tmp_path_factory.mktemp("booted"))
    simulator.emit(*boot.EVENTS)
    yield simulator
    simulator.end()


@pytest.fixture(scope="session")
def booted_agent(booted):
    """An agent in that guest, with a vm_config that names an image."""
    agent = Agent(prefix=booted.prefix)
    boot.describe_machine(agent)
    with boot.serving(agent):
        yield agent


@pytest.fixture(scope="session")
def booted_api(booted_agent):
    return Api(booted_agent)


@pytest.fixture(scope="session")
def verifier(booted):
    """dcap-qvl with the root of the shared guest."""
    return Verifier(booted.state)
