"""/prpc on the external listener: Info, Version and GetAttestationForAppKey for anyone."""

import base64
import concurrent.futures
import hashlib
import json
import threading
import time

import pytest

import attestations
import boot
import outward
import wire
from agent_process import PATIENCE
from api import Api


@pytest.fixture(scope="module")
def agent(booted):
    from agent_process import Agent

    agent = outward.configure(Agent(prefix=booted.prefix))
    boot.describe_machine(agent)
    with boot.serving(agent):
        yield agent


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
    """The number of quotes so far."""
    end = b"\ndstack_agent_quote_seconds_count "
    return int(outward.get(agent, "/metrics").body.split(end)[1].split(b"\n")[0])


def ask(agent, algorithm="ed25519") -> wire.Response:
    with wire.Wire(outward.address(agent), timeout=PATIENCE) as client:
        client.send(wire.request("GET", f"/prpc/GetAttestationForAppKey?algorithm={algorithm}"))
        return client.response()


def check_itself(answer: dict):
    """Whatever was emitted since, the log is the one of the quote."""
    value = bytes(48)
    for event in json.loads(answer["event_log"]):
        if event["imr"] == 3:
            value = hashlib.sha384(value + bytes.fromhex(event["digest"])).digest()
    assert value == attestations.report(bytes.fromhex(answer["quote"])).rt_mr3


def test_quotes_of_strangers(new_simulator, new_agent):
    """However many ask, in whichever form, and whatever is emitted: at most one quote per key in 30 s."""
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    api = boot.start(agent)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [response.json() for response in pool.map(lambda _: ask(agent), range(40))]
    for number in range(5):
        api.ok("EmitEvent", event=f"deployed-{number}", payload="00")
        assert f"deployed-{number}" in call(agent, "Info")["tcb_info"]
        answers.append(ask(agent).json())
        binary = outward.ask(agent, "POST", "/prpc/GetAttestationForAppKey", b"\x0a\x07ed25519")
        assert binary.status == 200 and bytes.fromhex(answers[0]["quote"]) in binary.body
    assert len({answer["quote"] for answer in answers}) == 1
    check_itself(answers[0])
    # the other key has its own quote, made now
    other = ask(agent, "secp256k1").json()
    check_itself(other)
    assert other["quote"] != answers[0]["quote"] and "deployed-4" in other["event_log"]
    # the metrics page is made once a second
    agent.wait_until(lambda: made(agent) == 3, "three quotes: the app certificate's and these two")


@pytest.mark.slow
def test_a_stranger_has_a_new_quote_later(new_simulator, new_agent):
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    api = boot.start(agent)
    begin, first = time.monotonic(), ask(agent).json()
    api.ok("EmitEvent", event="deployed", payload="00")
    while (answer := ask(agent).json())["quote"] == first["quote"]:
        assert time.monotonic() - begin < 33
        time.sleep(0.2)
    assert time.monotonic() - begin > 29
    check_itself(answer)
    assert "deployed" in answer["event_log"] and "deployed" not in first["event_log"]


def test_strangers_wait_behind_the_app(new_simulator, new_agent):
    """The app's three quotes are made before the stranger's, which was requested before two of them."""
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    api = boot.start(agent)
    simulator.faults("hang")
    ended = {}

    def want(name, get):
        ended[name] = (get(), time.monotonic())

    wants = [("first", lambda: api.ok("GetQuote", report_data="01")), ("stranger", lambda: ask(agent).status),
             ("second", lambda: api.ok("GetQuote", report_data="02")), ("third", lambda: api.ok("GetQuote", report_data="03"))]
    threads = [threading.Thread(target=want, args=each) for each in wants]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    simulator.faults("delay-ms 100")
    for thread in threads:
        thread.join()
    assert ended["stranger"][0] == 200
    assert sorted(ended, key=lambda name: ended[name][1]) == ["first", "second", "third", "stranger"]


def test_a_stranger_does_not_wait_for_ever(new_simulator, new_agent):
    """An attestation that takes longer than 2.5 s is there for a caller that tries again, and is made only once."""
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    boot.start(agent)
    simulator.faults("delay-ms 4000")
    begin = time.monotonic()
    response = ask(agent)
    assert response.status == 503 and response.header("Retry-After") == "1"
    assert 2.4 < time.monotonic() - begin < 3
    time.sleep(0.5)
    # again: it is still being made
    again = ask(agent)
    assert again.status == 200
    check_itself(again.json())
    assert 3.9 < time.monotonic() - begin < 6
    agent.wait_until(lambda: made(agent) == 2, "two quotes: the app certificate's and this one")


def test_a_failure_is_not_tried_again_at_once(new_simulator, new_agent):
    """Strangers cannot make the app's quotes wait behind failing ones."""
    simulator = new_simulator()
    agent = outward.configure(new_agent(prefix=simulator.prefix))
    api = boot.start(agent)
    simulator.faults("fail EIO")
    assert ask(agent).status == 500
    simulator.faults()
    assert api.ok("GetQuote", report_data="")
    assert ask(agent).status == 500 and ask(agent, "secp256k1").status == 200


def test_pages_cost_no_quote(agent):
    """Anonymous load on other pages causes no quote."""
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
