"""Finds promtool, or fetches it without installing anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".build" / "promtool"
"""Kept between runs; ``make clean`` removes it."""
_SECONDS = 180


@cache
def promtool() -> str:
    """Return the path of promtool; skips the test, with the reason, where there is none."""
    found = shutil.which("promtool")
    if found:
        return found
    unpacked = FOLDER / "usr" / "bin" / "promtool"
    if not unpacked.exists():
        _fetch()
    return str(unpacked)


def _fetch() -> None:
    """Unpack Debian's package below the build folder: nothing of the system changes but apt's lists."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None or os.geteuid() != 0:
        pytest.skip("promtool is not on PATH and can be fetched only by root on Debian")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for command in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", "prometheus"]):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=_SECONDS, check=False)
        if done.returncode:
            pytest.skip(f"promtool is not on PATH and `{' '.join(command)}` failed")
    (package,) = FOLDER.glob("prometheus_*.deb")
    subprocess.run(["dpkg", "-x", package.name, "."], cwd=FOLDER, timeout=_SECONDS, check=True)
    package.unlink()
