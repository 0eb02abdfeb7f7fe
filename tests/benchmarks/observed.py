"""What counting and logging cost a call: ``python tests/benchmarks/observed.py``. Prints microseconds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parents[2]
TIMES = 50_000
ROUNDS = 5


def microseconds(call: Callable[[], object]) -> float:
    """Return the least mean time of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(TIMES):
            call()
        best = min(best, time.perf_counter() - started)
    return 1e6 * best / TIMES


def measure() -> None:
    """Print the cost of each thing a call does."""
    import structlog

    from server.observed.correlation import bind_correlation, correlation_of
    from server.observed.logging import set_up_logging
    from server.observed.metrics import ServerMetrics

    metrics = ServerMetrics()
    score = metrics.of_method("/leadline.v1.ScoringService/Score")
    sent = [("user-agent", "grpc-python"), ("x-correlation-id", "order-17")]
    set_up_logging("info")
    log = structlog.get_logger("leadline.call")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    named = {
        "an answered call": lambda: score.ok(0.001),
        "a failed call": lambda: score.failed(grpc.StatusCode.NOT_FOUND, 0.001),
        "a refused call": lambda: metrics.admission.shed("score", "QUEUE_FULL"),
        "a cache hit": lambda: metrics.cache.hit("score", "l1"),
        "correlation id, sent": lambda: bind_correlation(correlation_of(sent)),
        "correlation id, made": lambda: bind_correlation(correlation_of(sent[:1])),
        "a log line": lambda: log.info("slow call", method="/a/b", seconds=0.5),
        "a suppressed line": lambda: log.info("call failed", method="/a/b", code="NOT_FOUND", reason="X"),
    }
    for name, call in named.items():
        print(f"  {name:22} {microseconds(call):6.2f} µs", flush=True)  # noqa: T201


def main() -> None:
    """Measure in a process of its own for each mode."""
    if sys.argv[1:] == ["child"]:
        measure()
        return
    for name, folder in (("one process", None), ("several processes", tempfile.mkdtemp())):
        print(f"{name}:", flush=True)  # noqa: T201
        mode = {} if folder is None else {"PROMETHEUS_MULTIPROC_DIR": folder}
        environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **mode}
        subprocess.run([sys.executable, __file__, "child"], cwd=ROOT, env=environ, check=True)


if __name__ == "__main__":
    main()
