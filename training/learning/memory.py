"""How much memory a process uses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_KIB = 1_024
_PATIENCE_SECONDS = 5.0


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if there is no such process any more."""
    statm = Path(f"/proc/{pid}/statm")
    try:
        return int(statm.read_text(encoding="ascii").split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0 if Path("/proc/self/statm").exists() else _by_ps(pid)


def _by_ps(pid: int) -> int:
    asked = ("ps", "-o", "rss=", "-p", str(pid))
    told = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)  # noqa: S603  fixed words and a number
    return int(told.stdout.strip() or 0) * _KIB
