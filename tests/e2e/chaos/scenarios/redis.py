"""Redis killed, frozen and emptied, while leads are scored and written."""

from __future__ import annotations

import threading
import time
from random import Random

from tests.benchmarks.rounds import percentile
from tests.e2e.chaos.aftermath import check_record, check_scores
from tests.e2e.chaos.callers import Load, Made, callers
from tests.e2e.chaos.effort import Effort
from tests.e2e.chaos.faults import Fault, Outage, outages
from tests.e2e.chaos.homes import Bench
from tests.e2e.chaos.processes import PROCESSES, serving
from tests.e2e.chaos.record import Record
from tests.e2e.chaos.report import Report
from tests.e2e.chaos.requests import score_file
from tests.e2e.chaos.verdicts import OK
from tests.e2e.chaos.writers import Writers, writing
from tests.parts.redis_server import RedisServer, running_redis

TITLE = "Redis killed, frozen and emptied"
SCORES_PER_SECOND = 100.0
MOST_TIMES_SLOWER = 2.0
WARM_UP_SECONDS = 1.0


def run(bench: Bench, seed: int, effort: Effort) -> Report:
    """Bring about each outage once; the calm stretches between them are what it is compared with."""
    report, random, record = Report("redis", TITLE), Random(seed), Record()
    home = bench.sqlite_home()
    with running_redis() as redis, callers(2) as processes:
        emptying = Emptying(redis)
        faults = [
            Fault("killed", redis.kill, redis.start),
            Fault("frozen", redis.stop, redis.cont),
            Fault("emptied again and again", emptying.begin, emptying.end),
        ]
        with serving(home.folder, processes=PROCESSES, redis_url=redis.url, **home.settings) as server:
            load = Load(path=score_file(home.folder), rate=SCORES_PER_SECOND, seconds=600, retries=False)
            scores = processes.begin(server.target, load)
            with writing(server.target, record, threads=2, pause=0.1) as writers:
                time.sleep(WARM_UP_SECONDS)
                began, calm = time.monotonic(), effort.outage_seconds / 2
                seen = list(outages(random, faults, seconds=effort.outage_seconds, calm_seconds=calm))
                time.sleep(calm)
            _tell(report, began, seen, writers, scores.finish(early=True))
            check_record(report, server.target, record)
    return report


class Emptying:
    """Removes every key, again and again."""

    def __init__(self, redis: RedisServer) -> None:
        self._redis = redis
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(0.1):
            self._redis.flush()


def _tell(report: Report, began: float, seen: list[Outage], writers: Writers, made: Made) -> None:
    calm = [
        row[1]
        for row in made.rows
        if row[0] >= began and row[3] == OK and not any(one.begin <= row[0] < one.end + 1 for one in seen)
    ]
    usual = 1e3 * percentile(sorted(calm), 0.99)
    for outage in seen:
        scored = made.between(outage.begin, outage.end)
        check_scores(report, scored, while_=outage.name)
        times = scored.p99() / usual
        figure = f"{times:.2f} times: {scored.p99():.1f} ms beside {usual:.1f} ms"
        held = times < MOST_TIMES_SLOWER
        report.check(f"{outage.name}: p99 of Score", bar="< 2 times", figure=figure, held=held, timing=True)
    counts = writers.counts()
    report.none("writes that failed", counts.total() - counts[OK], of=f"{counts.total():,}")
    check_scores(report, made, while_="in all")
