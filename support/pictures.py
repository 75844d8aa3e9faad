#!/usr/bin/env python3
"""Makes docs/dashboard-light.png and docs/dashboard-dark.png: the dashboard of a running agent, in a simulated TDX guest, with
podman's containers, as Chromium shows it. Needs root, and the Python of the end-to-end tests."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "Tests" / name) for name in ("e2e", "sim", "boot")]

import boot  # noqa: E402  (their folder is known only now)
import outward  # noqa: E402
from agent_process import Agent  # noqa: E402
from podman import Podman  # noqa: E402
from simulator import Simulator  # noqa: E402

SIZE = "900,650"
# Blink's values of prefers-color-scheme.
SCHEMES = {"dark": 0, "light": 1}


def photograph(url: str, scheme: str, folder: pathlib.Path):
    target = ROOT / f"docs/dashboard-{scheme}.png"
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
         f"--user-data-dir={folder}/{scheme}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--window-size={SIZE}",
         f"--screenshot={folder}/{scheme}.png", url], capture_output=True, timeout=60)
    picture = folder / f"{scheme}.png"
    if done.returncode != 0 or not picture.is_file():
        sys.exit(f"pictures: chromium made none: {done.stderr.decode()[-500:]}")
    target.write_bytes(picture.read_bytes())
    print(f"ready  {target.relative_to(ROOT)}: {target.stat().st_size} bytes")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pictures-"))
    simulator, podman = Simulator(folder / "state"), Podman()
    agent = outward.configure(Agent(prefix=simulator.prefix), podman.socket, name="shop")
    try:
        simulator.emit(*boot.EVENTS)
        podman.run("web", "ready", "w")
        podman.run("worker", "ready", "w")
        podman.run("migrate", "done")
        boot.describe_machine(agent)
        boot.start(agent)
        host, port = outward.address(agent)
        for scheme in SCHEMES:
            photograph(f"http://{host}:{port}/", scheme, folder)
    finally:
        agent.finish()
        podman.end()
        simulator.end()


main()
