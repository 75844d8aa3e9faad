"""/prpc on the external listener: Info, Version and GetAttestationForAppKey for anyone."""

import base64
import concurrent.futures
import json

import pytest

import boot
import outward
from api import Api


@pytest.fixture(scope="module")
def agent(booted):
    from agent_process import Agent

    agent = outward.configure(Agent(prefix=booted.prefix))
    boot.describe_machine(agent)
    try:
        boot.start(agent)
        yield agent
    finally:
        agent.finish()


def call(agent, method: str, query: str = "") -> dict:
    response = outward.ask(agent, "GET", f"/prpc/{method}{query}")
    assert response.status == 200, response
    return response.json()


@pytest.mark.smoke
@pytest.mark.parametrize("prefix", ["", "Worker."])
def test_info_and_version(agent, prefix):
    api = Api(agent)
    assert call(agent, prefix + "Info") == api.ok("Info")
    assert call(agent, prefix + "Version") == api.ok("Version")
    response = outward.ask(agent, "POST", f"/prpc/{prefix}Version", b"")
    assert response.header("Content-Type") == "application/octet-stream" and api.ok("Version")["version"].encode() in response.body


@pytest.mark.parametrize("public", [None, True, False])
def test_public_tcbinfo(booted, new_agent, public):
    """On unless app-compose says otherwise."""
    agent = new_agent(prefix=booted.prefix)
    outward.configure(agent, public_tcbinfo=public)
    if public is None:
        path = agent.directory / "app-compose.json"
        path.write_text(json.dumps({key: value for key, value in outward.COMPOSE.items() if key != "public_tcbinfo"}))
    boot.describe_machine(agent)
    api = boot.start(agent)
    expected = api.ok("Info")
    assert expected["tcb_info"] and expected["vm_config"]
    if public is False:
        expected |= {"tcb_info": "", "vm_config": ""}
    assert call(agent, "Info") == expected
    page = outward.get(agent, "/").body.decode()
    assert ("Measurements" in page) == (public is not False)
    assert (json.loads(api.ok("Info")["tcb_info"])["mrtd"] in page) == (public is not False)


@pytest.mark.parametrize("algorithm, prefix", [
    ("ed25519", "dip1::ed25519-pk:"), ("secp256k1", "dip1::secp256k1c-pk:"), ("secp256k1_prehashed", "dip1::secp256k1c-pk:")])
def test_attestation_for_app_key(agent, verifier, algorithm, prefix):
    data = "00" * 32
    key = bytes.fromhex(Api(agent).ok("Sign", algorithm=algorithm, data=data)["public_key"])
    expected = (prefix + base64.urlsafe_b64encode(key).decode().rstrip("=")).encode().ljust(64, b"\0")
    answer = call(agent, "Worker.GetAttestationForAppKey", f"?algorithm={algorithm}")
    assert bytes.fromhex(answer["report_data"]) == expected and len(expected) == 64
    quote = bytes.fromhex(answer["quote"])
    assert quote[48 + 520:48 + 584] == expected
    assert verifier.status(quote) == "UpToDate"
    assert json.loads(answer["event_log"]) == json.loads(Api(agent).ok("GetQuote", report_data="")["event_log"])
    assert list(answer) == list(Api(agent).ok("GetQuote", report_data=""))


@pytest.mark.parametrize("query", ["", "?algorithm=", "?algorithm=rsa", "?algorithm=Ed25519"])
def test_unknown_algorithms(agent, query):
    response = outward.ask(agent, "GET", "/prpc/GetAttestationForAppKey" + query)
    assert response.status == 400 and response.json() == {"error": "Unsupported algorithm"}


def made(agent) -> int:
    """Quotes so far."""
    end = b"\ndstack_agent_quote_seconds_count "
    return int(outward.get(agent, "/metrics").body.split(end)[1].split(b"\n")[0])


def test_quotes_of_strangers(new_simulator, new_agent):
    """However many ask: one quote for a key, until the register is extended."""
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    api = boot.start(agent)

    def ask(_):
        return call(agent, "GetAttestationForAppKey", "?algorithm=ed25519")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))
    assert len({answer["quote"] for answer in answers}) == 1
    assert "deployed" not in call(agent, "Info")["tcb_info"]
    api.ok("EmitEvent", event="deployed", payload="00")
    assert "deployed" in call(agent, "Info")["tcb_info"]
    renewed = ask(0)
    assert renewed["quote"] != answers[0]["quote"]
    assert [event["event"] for event in json.loads(renewed["event_log"])][-1] == "deployed"
    assert ask(0)["quote"] == renewed["quote"]
    # the page of metrics is made once a second
    agent.wait_until(lambda: made(agent) == 3, "three quotes: the app certificate's and these two")


def test_pages_cost_no_quote(agent):
    """Anonymous load on everything else makes none."""
    agent.wait_until(lambda: made(agent) >= 1, "the first page")
    before = made(agent)
    for _ in range(20):
        for target in ("/", "/prpc/Info", "/prpc/Version", "/logs/c", "/nothing"):
            outward.ask(agent, "GET", target)
    seen = [made(agent)]
    agent.wait_until(lambda: seen.append(made(agent)) or counted(agent) > 100, "a page made after these requests")
    assert seen[-1] == before


def counted(agent) -> int:
    start = b'\ndstack_agent_requests_total{listener="external"} '
    return int(outward.get(agent, "/metrics").body.split(start)[1].split(b"\n")[0])


def test_without_tdx(new_agent):
    agent = outward.configure(new_agent()).start()
    assert outward.ask(agent, "GET", "/prpc/GetAttestationForAppKey?algorithm=ed25519").status == 500
    assert outward.ask(agent, "GET", "/prpc/Info").status == 500
    assert call(agent, "Version")
