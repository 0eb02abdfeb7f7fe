"""The first score that anybody sees."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path


def show_sample(address: str, environ: Mapping[str, str]) -> None:
    """Score the sample lead through gRPC, as a caller would, with the client's own command."""
    with as_file(files("server") / "sample_lead.json") as path:
        command = [str(Path(sys.executable).with_name("leadline")), "--target", address, "score", "--file", str(path)]
        subprocess.run(command, env=environ, check=False)  # noqa: S603  our own command
