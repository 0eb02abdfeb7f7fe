"""Works on the wire contract: generate stubs, format, lint, and look for breaking changes.

The contract imports ``google/rpc/status.proto``, which ships inside a package rather than in this repository;
buf wants every import inside its workspace, so a throw-away workspace is put together for it.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc_tools
from google.rpc import status_pb2

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
STUBS = ROOT / "clients" / "python"
RELEASED = PROTOS / "released" / "leadline_v1.binpb"
GOOGLE_RPC = Path(status_pb2.__file__).parent
BUF_CONFIG = """\
version: v2
modules:
  - path: protos
  - path: imported
    lint:
      ignore: [imported]
    breaking:
      ignore: [imported]
lint:
  use: [STANDARD, COMMENTS]
breaking:
  use: [FILE]
"""


def with_tools() -> dict[str, str]:
    """Return the environment with this interpreter's commands (buf, the protoc plugins) on the path."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def contract_files() -> list[str]:
    """Return the contract's files, relative to ``protos``."""
    return sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("leadline/**/*.proto"))


def protoc(*arguments: str) -> None:
    """Run the protoc of grpcio-tools over the whole contract."""
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    include = [f"-I{folder}" for folder in (PROTOS, well_known, GOOGLE_RPC.parent.parent)]
    command = [sys.executable, "-m", "grpc_tools.protoc", *include, *arguments, *contract_files()]
    subprocess.run(command, check=True, cwd=ROOT, env=with_tools())


def generate(target: Path) -> None:
    """Write the Python stubs below ``target``."""
    outputs = [f"--{kind}_out={target}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    protoc(*outputs)


def buf(*arguments: str) -> int:
    """Run buf in a workspace that holds the contract and what it imports."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        for name in contract_files():
            copy = workspace / "protos" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROTOS / name, copy)
        status = workspace / "imported" / "google" / "rpc" / "status.proto"
        status.parent.mkdir(parents=True)
        status.write_bytes((GOOGLE_RPC / "status.proto").read_bytes())
        (workspace / "buf.yaml").write_text(BUF_CONFIG, encoding="utf-8")
        return subprocess.run(["buf", *arguments], check=False, cwd=workspace, env=with_tools()).returncode


def check() -> int:
    """Lint, compare with the released contract, and compare the committed stubs with fresh ones."""
    failed = buf("format", "--diff", "--exit-code", "protos") or buf("lint", "protos")
    failed = failed or buf("breaking", "protos", "--against", str(RELEASED))
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = sorted(path.relative_to(folder) for path in Path(folder).rglob("*.py*"))
        stale = [str(name) for name in fresh if not _same(Path(folder) / name, STUBS / name)]
    for name in stale:
        print(f"stale stub: clients/python/{name}; run `make stubs`", file=sys.stderr)
    return failed or int(bool(stale))


def _same(fresh: Path, committed: Path) -> bool:
    return committed.exists() and filecmp.cmp(fresh, committed, shallow=False)


def release() -> None:
    """Record the contract as released: later changes are compared with it."""
    RELEASED.parent.mkdir(exist_ok=True)
    protoc("--include_imports", f"--descriptor_set_out={RELEASED}")


def main() -> int:
    """Run the command named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["generate", "check", "release"])
    command = parser.parse_args().command
    if command == "check":
        return check()
    if command == "generate":
        generate(STUBS)
    else:
        release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
