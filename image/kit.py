#!/usr/bin/env python3
"""Makes out/image/cvm.tar.gz: the image with the commands that boot and verify it, to unpack and use anywhere without a checkout.

  OUT=DIR         where the images are, instead of out/image
"""

import gzip
import io
import os
import pathlib
import sys
import tarfile

import outputs

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ["boot", "verify", "amounts.py", "cpio.py", "refusal.py", "supplies.py", "evidence", "launch"]


def content(out: pathlib.Path) -> dict:
    """The files by their names in the tar, and the reason if some are missing."""
    files = {}
    for part in PARTS:
        path = HERE / part
        found = [path] if path.is_file() else sorted(path.glob("*.py"))
        files |= {str(each.relative_to(HERE)): each for each in found}
    files |= {f"image/{path.name}": path for path in sorted((out / "cvm").iterdir())}
    files |= {"README.md": HERE / "kit/README.md", "LICENSE": outputs.ROOT / "LICENSE",
              "supplies/dstack-guest-agent": outputs.AGENT, "supplies/tdx-sim": outputs.ROOT / "out/tdx-sim"}
    built = outputs.ROOT / "out/simulation"
    modules = sorted(built.glob("*.ko"))
    if modules:
        files |= {f"supplies/simulation/{path.name}": path for path in [*modules, built / "init", built / "pump"]}
        # GPL-2.0: its source goes with it
        files |= {f"supplies/simulation/source/{name}": HERE / "simulation" / name for name in ("tdx_sim.c", "build.sh", "toolchain.txt")}
        files["supplies/simulation/source/GPL-2"] = pathlib.Path("/usr/share/common-licenses/GPL-2")
    return files


def main():
    out = outputs.ROOT / os.environ.get("OUT", "out/image")
    version, _ = outputs.agent_version()
    files = content(out)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(f"dstack-cvm-{version}/{name}")
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            entry.size = path.stat().st_size
            archive.addfile(entry, io.BytesIO(outputs.content(path)))
    target = out / "cvm.tar.gz"
    draft = target.with_suffix(".new")
    draft.write_bytes(gzip.compress(data.getvalue(), 6, mtime=0))
    draft.rename(target)
    is_whole = any("/simulation/" in name for name in files)
    lacking = "" if is_whole else "; without simulated TDX (for that: make simulation)"
    print(f"ready  {os.path.relpath(target)}: {target.stat().st_size} bytes{lacking}")


sys.exit(main())
