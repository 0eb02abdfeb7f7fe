"""A server and a worker that are killed and started anew at the same place, over a database and a broker that live."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

from tests.parts.pool import wait_for
from tests.parts.redis_server import free_port
from tests.parts.serving import ServerProcess
from tests.parts.workers import CeleryProcess, start_worker

PATIENCE_SECONDS = 60.0
WORKING = {
    "LEADLINE_EXPERIMENT_STATISTICS_SECONDS": 1,
    "LEADLINE_TASK_TIMEOUT_SECONDS": 5,
    "LEADLINE_TRAINING_TIMEOUT_SECONDS": 5,
    "LEADLINE_VISIBILITY_SECONDS": 6,
    "LEADLINE_WORKER_CONCURRENCY": 1,
    "LEADLINE_CANARY_SECONDS": 0,
    "LEADLINE_PENDING_RUNS_SECONDS": 0,
}
"""What workers and beats are told: experiments every second, and nothing that is in their way."""


class System:
    """Server and worker that are killed and started anew at the same place; the beat goes on."""

    def __init__(self, folder: Path, url: str, broker: str, experiment: str) -> None:
        self._home, self._url, self._broker = folder, url, broker
        self.refresh = {"task": "leadline.refresh_experiment", "experiment": experiment}
        """Fields of the log lines about its refreshes."""
        self._stack = ExitStack()
        self.port = free_port()
        self.workers: list[CeleryProcess] = []
        self._server = self._started_server()
        self._started_worker()

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def worker(self) -> CeleryProcess:
        return self.workers[-1]

    def kill_server(self) -> None:
        """End the server at once, whatever it is at, and start it anew."""
        self._server.send(signal.SIGKILL)
        self._server.close()
        self._server = self._started_server()
        self._server.wait_until_serving()

    def kill_worker(self) -> None:
        """End the worker and all it started at once, in the middle of a refresh, and start it anew."""
        before = self.worker.times("task begins", **self.refresh)
        wait_for(lambda: self.worker.times("task begins", **self.refresh) > before, PATIENCE_SECONDS)
        self.worker.kill()
        self._started_worker()

    def cut_off_refreshes(self) -> int:
        """Return how many refreshes of killed workers have no end."""
        killed = self.workers[:-1]
        begun = sum(worker.times("task begins", **self.refresh) for worker in killed)
        return begun - sum(worker.times("task finished", **self.refresh) for worker in killed)

    def wait_until_serving(self) -> None:
        self._server.wait_until_serving()

    def close(self) -> None:
        self._server.close()
        self._stack.close()

    def _started_server(self) -> ServerProcess:
        models = self._home / "models"
        chosen = {"database_url": self._url, "model_dir": models, "redis_url": self._broker, "port": self.port}
        return ServerProcess(self._home, **chosen)

    def _started_worker(self) -> None:
        self.workers.append(self._stack.enter_context(start_worker(self._url, self._broker, WORKING)))
