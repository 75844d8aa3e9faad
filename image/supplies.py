"""Where the programs are that booting and verifying need besides Python: in `supplies` beside the commands if these were unpacked
from the tar of `make image`, in out/ in a checkout."""

import os
import pathlib

from refusal import Refusal

HERE = pathlib.Path(__file__).resolve().parent
PACKED = HERE / "supplies"
ROOT = HERE.parent


def is_packed() -> bool:
    return PACKED.is_dir()


def agent() -> pathlib.Path:
    """The agent, which computes on any machine what a startup will measure."""
    built = ROOT / os.environ.get("AGENT", "out/dstack-guest-agent")
    return found(PACKED / "dstack-guest-agent" if is_packed() else built, "make agent")


def simulator() -> pathlib.Path:
    return found(PACKED / "tdx-sim" if is_packed() else ROOT / "out/tdx-sim", "make tdx-sim")


def simulation(name: str) -> pathlib.Path:
    """A file that goes into a guest with a simulated TDX module."""
    return found((PACKED if is_packed() else ROOT / "out") / "simulation" / name, "make simulation")


def default_image() -> pathlib.Path:
    return HERE / "image" if is_packed() else ROOT / "out/image/cvm"


def found(path: pathlib.Path, remedy: str) -> pathlib.Path:
    if not path.is_file():
        raise Refusal(f"there is no {path}" + (": unpack the tar again" if is_packed() else f"; {remedy}"))
    return path
