"""What a figure was measured on, without names of machines or places."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("grpcio", "protobuf", "numpy", "onnxruntime", "xgboost-cpu", "sqlalchemy")


def machine_facts() -> str:
    """Return processor, cores, Python and the versions of the libraries that matter, in one sentence."""
    libraries = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({processor()}), {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {libraries}."
    )


def processor() -> str:
    """Return the processor's model as the system names it, "unknown" where it does not."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
