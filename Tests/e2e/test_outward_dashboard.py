"""The dashboard: valid, escaped and self-contained, and its content."""

import hashlib
import html
import json
import pathlib
import re
import subprocess
import urllib.parse

import html5lib
import pytest

import boot
import outward
from api import Api
from fake_engine import FakeEngine

HOSTILE = '<script>alert(1)</script>"\'&\u202e</td></textarea><!--\x00\x07é&lt;<textarea readonly>'


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    engine.add("web")
    engine.add("worker")
    engine.add(HOSTILE)
    engine.containers[2] |= {"Image": HOSTILE, "State": HOSTILE, "Status": HOSTILE}
    yield engine
    engine.end()


@pytest.fixture(scope="module")
def agent(booted, engine):
    from agent_process import Agent

    agent = outward.configure(Agent(prefix=booted.prefix), engine.path, name=HOSTILE, note=HOSTILE)
    boot.describe_machine(agent)
    with boot.serving(agent):
        yield agent


@pytest.fixture
def page(agent) -> str:
    response = outward.ask(agent, "GET", "/")
    assert response.status == 200 and response.header("Content-Type") == "text/html; charset=utf-8"
    return response.body.decode()


def parse(page: str):
    """The parsed document; any parse error of the standard fails the test."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(page)


def text(element) -> str:
    return "".join(element.itertext())


def test_valid(page):
    document = parse(page)
    identifiers = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    targets = [element.get("href") for element in document.iter("a")]
    assert {target[1:] for target in targets if target.startswith("#")} <= set(identifiers)


def test_escaped(page):
    document = parse(page)
    shown = HOSTILE.replace("\x07", "\ufffd").replace("\0", "\ufffd")
    assert text(document.find(".//h1")) == shown and text(document.find(".//title")).startswith(shown)
    # its row has name, state, status and image; the name is not valid, so there are no links
    [row] = [row for row in document.iter("tr") if shown in text(row)]
    assert [text(cell) for cell in row] == [shown] * 4 + [""] and not list(row.iter("a"))
    assert not list(document.iter("script"))
    # only the markup's own attributes
    attributes = {name for element in document.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name == "style" or name == "src"]


def test_self_contained(page):
    document = parse(page)
    for element in document.iter():
        for name in ("href", "src", "action", "data", "srcset", "poster"):
            target = element.get(name)
            assert target is None or target[0] in "#/" and not target.startswith("//") or (element.tag == "link" and
                                                                                         target.startswith("data:"))
    assert "@import" not in page and "url(" not in page


def test_what_it_shows(page, agent):
    info = Api(agent).ok("Info")
    tcb = json.loads(info["tcb_info"])
    for name in ("app_id", "instance_id", "compose_hash", "os_image_hash", "device_id", "mr_aggregated"):
        assert f"<code>{info[name]}</code>" in page
    for name in ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"):
        assert f"<code>{tcb[name]}</code>" in page
    rows = [row for row in parse(page).iter("tr") if text(row)[0] in "0123"]
    assert len(rows) == len(tcb["event_log"])
    for row, event in zip(rows, tcb["event_log"]):
        cells = [text(cell) for cell in row]
        assert cells[0] == str(event["imr"]) and cells[3] == event["digest"]
        assert cells[1] == event["event"] or not event["event"] and cells[1]
    assert "event log reproduces RTMR3" in page


def rows(document) -> list:
    """The containers' rows, in the form of docs/page.md."""
    found = document.findall(".//section[@id='containers']//table/tbody/tr")
    return [[text(cell) for cell in row] for row in found]


def textareas(page: str) -> list:
    """The tcb_info, as found by programs that look for the tag, and by an HTML parser."""
    begin = page.find("<textarea readonly>")
    by_tag = [] if begin < 0 else [html.unescape(page[begin + len("<textarea readonly>"):page.index("</textarea>", begin)])]
    assert [text(element) for element in parse(page).iter("textarea")] == by_tag
    return by_tag


def test_programs_read_the_containers(page):
    """Plain cells in a body, with the headings outside."""
    document = parse(page)
    shown = HOSTILE.replace("\x07", "\ufffd").replace("\0", "\ufffd")
    assert [row[:4] for row in rows(document)] == [
        ["web", "running", "Up 1 second", "image"], ["worker", "running", "Up 1 second", "image"], [shown] * 4]
    assert "<tbody><tr><td>web</td><td>running</td><td>Up 1 second</td><td>image</td><td><a href=" in page
    assert page.index("<tbody>") == page.rindex("<tbody>") and page.count("<tbody><tr><td>") == 1
    for table in document.iter("table"):
        assert [part.tag for part in table] == ["thead", "tbody"]
        assert not list(table.find("tbody").iter("th")) and not list(table.find("thead").iter("td"))


def test_programs_read_the_tcb_info(page, agent):
    """In a collapsed part: the same text as in Info."""
    info = Api(agent).ok("Info")
    assert textareas(page) == [info["tcb_info"]]
    tcb = json.loads(textareas(page)[0])
    assert hashlib.sha256(tcb["app_compose"].encode()).hexdigest() == hashlib.sha256(
        pathlib.Path(agent.settings["default"]["core"]["compose_file"]).read_bytes()).hexdigest()
    [details] = [each for each in parse(page).iter("details") if each.find("textarea") is not None]
    assert details.get("open") is None and details.find("summary") is not None
    assert details.find("textarea").attrib == {"readonly": ""}


@pytest.mark.parametrize("compose", [
    b'{"name":"</textarea><script>alert(1)</script>","note":"</TEXTAREA ><!-- --!> <![CDATA[ &lt; &amp;amp; &#0; &"}\r\n\n',
    b'{"name":"\\u0000\\n\\u2028","note":"\xc3\xa9 \xf0\x9f\x98\x80"}',
    b'{"name":"a\xff\xc3"}', b'{"name":"x","note":["\xff"]}', b'{"name":"\0"}', b'{"name":"' + b"<" * 100_000 + b'"}', b'\n\n{"name":"begins with lines"}',
])
def test_hostile_texts_in_the_tcb_info(booted, new_agent, compose):
    agent = outward.configure(new_agent(prefix=booted.prefix))
    (agent.directory / "app-compose.json").write_bytes(compose)
    agent.spawn()
    if b"\xff" in compose or b"\0" in compose:
        # that is not JSON
        assert agent.exit_status() == 1
        return
    agent.wait_until(agent.accepts, "listening")
    page = outward.get(agent, "/").body.decode()
    assert textareas(page) == [Api(agent).ok("Info")["tcb_info"]]
    assert json.loads(textareas(page)[0])["app_compose"] == compose.decode()
    assert not list(parse(page).iter("script"))
    agent.wait_until(lambda: Api(agent).ok("Info")["app_cert"], "the app certificate")


@pytest.mark.parametrize("has_evidence, public", [(True, False), (False, True), (False, False)])
def test_no_tcb_info(booted, new_agent, has_evidence, public):
    agent = outward.configure(new_agent(prefix=booted.prefix if has_evidence else ()), public_tcbinfo=public).start()
    assert textareas(outward.get(agent, "/").body.decode()) == []
    if has_evidence:
        agent.wait_until(lambda: Api(agent).ok("Info")["app_cert"], "the app certificate")


def test_links(page):
    document = parse(page)
    targets = [element.get("href") for element in document.iter("a")]
    assert "/logs/web?text&bare&tail=200" in targets and "/logs/worker?text&bare&tail=20&follow" in targets
    assert "/metrics" in targets and "/prpc/Worker.Info" in targets


def test_without_logs(booted, engine, new_agent):
    agent = outward.configure(new_agent(prefix=booted.prefix), engine.path, public_logs=False)
    boot.start(agent)
    page = outward.get(agent, "/").body.decode()
    parse(page)
    assert "<td>web</td>" in page and "/logs/" not in page


def test_without_anything(new_agent):
    """No evidence, no engine, nothing public, no name."""
    agent = outward.configure(new_agent(), name="", public_logs=False, public_sysinfo=False, public_tcbinfo=False).start()
    page = outward.get(agent, "/").body.decode()
    parse(page)
    assert "not a TDX guest" in page and "container engine does not answer" in page and "Unnamed app" in page


def test_many_containers(new_agent, engine):
    """A table has a limited length."""
    with_many = FakeEngine(pathlib.Path(engine.path).parent / "many.sock")
    try:
        for number in range(257):
            with_many.add(f"c{number}-end")
        agent = outward.configure(new_agent(), with_many.path).start()
        page = outward.get(agent, "/").body.decode()
        assert "<td>c255-end</td>" in page and "c256-end" not in page and "… and 1 more." in page
        with_many.containers.pop()
        agent.wait_until(lambda: "more." not in outward.get(agent, "/").body.decode(), "a page with all")
    finally:
        with_many.end()


@pytest.mark.parametrize("size, is_shown", [(1024 * 1024, True), (1024 * 1024 + 1, False)])
def test_size_of_the_list(new_agent, tmp_path_factory, size, is_shown):
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    try:
        engine.add("c-end")
        engine.containers = json.dumps(engine.containers).encode().ljust(size)
        agent = outward.configure(new_agent(), engine.path).start()
        page = outward.get(agent, "/").body.decode()
        assert ("<td>c-end</td>" in page) == is_shown
        assert ("cannot be shown: the container engine&#39;s answer is more than 1 MiB." in page) != is_shown
        assert "does not answer" not in page
    finally:
        engine.end()


def test_containers_that_cannot_be_read(new_agent, tmp_path_factory):
    """They do not hide others, and neither does one without a date."""
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    try:
        for name in ("one", "two", "three"):
            engine.add(name)
        engine.containers[0]["Created"] = -62135596800
        engine.containers[1]["Created"] = None
        engine.containers += [{"Id": 1}, {"Names": [1]}]
        agent = outward.configure(new_agent(), engine.path).start()
        page = outward.get(agent, "/").body.decode()
        assert [row[0] for row in rows(parse(page))] == ["one", "two", "three"]
        assert "Unreadable entries: 2." in page
        engine.containers = [{"Id": 1}]
        agent.wait_until(lambda: "Unreadable entries: 1" in outward.get(agent, "/").body.decode(), "the next page")
        page = outward.get(agent, "/").body.decode()
        assert "There are no containers" not in page and not rows(parse(page))
    finally:
        engine.end()


def test_long_texts(booted, new_agent, tmp_path_factory):
    """Values and app-compose.json are shown up to a limit."""
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    try:
        engine.add("c")
        engine.containers[0] |= {"Image": "i" * 256, "Status": "s" * 257}
        for size in (64 * 1024, 64 * 1024 + 1):
            agent = outward.configure(new_agent(prefix=booted.prefix), engine.path, note="")
            path = agent.directory / "app-compose.json"
            path.write_text(path.read_text().ljust(size, "\n"))
            assert path.stat().st_size == size
            boot.start(agent)
            page = outward.get(agent, "/").body.decode()
            assert ">" + "i" * 256 + "<" in page and ">" + "s" * 256 + "<" in page
            assert ("\n…</pre>" in page) == (size > 64 * 1024)
    finally:
        engine.end()


@pytest.mark.parametrize(
    "containers", [b"", b"{}", b'[{"Names":[1]]', b"[" + b" " * 1_100_000, b'[{"Id":"ab","Names":', b'[{"Id":', b'[{"Id":"\xff"}]'])
def test_broken_list(new_agent, tmp_path_factory, containers):
    """The engine's answer is wrong or cut off: the agent says so, and goes on serving."""
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    try:
        engine.containers = containers
        agent = outward.configure(new_agent(), engine.path).start()
        for _ in range(2):
            assert "The list cannot be shown: the container engine&#39;s" in outward.get(agent, "/").body.decode()
    finally:
        engine.end()


def test_the_engine_is_asked_once_a_second(agent, engine):
    engine.requests.clear()
    for _ in range(100):
        outward.get(agent, "/")
    assert len(engine.requests) < 30


def chromium(directory, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         f"--user-data-dir={directory}/profile", *options], capture_output=True, timeout=60)


def test_in_a_browser(agent, tmp_path):
    """The page loads nothing else, and does not violate its own policy."""
    host, port = outward.address(agent)
    log = tmp_path / "net.json"
    done = chromium(tmp_path, f"--log-net-log={log}", "--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom",
                    f"http://{host}:{port}/")
    assert done.returncode == 0, done.stderr
    assert "<h1>" in done.stdout.decode() and "Content Security Policy" not in done.stderr.decode()
    urls = set(re.findall(r'"url":"(https?://[^"]*)"', log.read_text()))
    ours = {url for url in urls if urllib.parse.urlsplit(url).port == port}
    # the browser makes requests of its own; the page's have its port, or name the page as their initiator
    assert ours == {f"http://{host}:{port}/"}
    page = outward.ask(agent, "GET", "/").body.decode()
    assert not [url for url in urls - ours if url in page]
