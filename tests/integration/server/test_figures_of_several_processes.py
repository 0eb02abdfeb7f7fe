"""Metrics of several processes, added up by another one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from server.observed.pool_metrics import PoolMetrics
from server.observed.scrape import forget_process, scrape_registry
from tests.parts.serving import ROOT

CHILD = """
import json, sys
from server.observed.metrics import ServerMetrics
metrics = ServerMetrics()
metrics.watch_ready(lambda: True)
metrics.admission.watch("score", lambda: 2, lambda: 1)
calls = metrics.of_method("/leadline.v1.ScoringService/Score")
for _ in range(int(sys.argv[1])):
    calls.ok(0.0015)
metrics.admission.shed("score", "QUEUE_FULL")
metrics.cache.hit("score", "l1")
metrics.breaker("store", sys.argv[2])
metrics.models.serving({"default": "v1"})
metrics.models.serving({"default": sys.argv[3]})
metrics.models.refreshed("" if sys.argv[2] == "closed" else "down")
metrics.count_lost_predictions(1)
metrics.sampler.read()
print(json.dumps(metrics.quantile("ScoringService/Score", 0.99)), flush=True)
sys.stdin.read()
"""


class Child:
    def __init__(self, folder: Path, *arguments: str):
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PROMETHEUS_MULTIPROC_DIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.quantile = json.loads(self.process.stdout.readline())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def children(tmp_path):
    started = [Child(tmp_path, "3", "closed", "v1"), Child(tmp_path, "4", "open", "v2")]
    yield started
    for child in started:
        child.kill()


def scraped(folder: Path, pool: PoolMetrics) -> dict[str, float]:
    lines = generate_latest(scrape_registry(pool.registry, folder=folder)).decode().splitlines()
    return {name: float(value) for name, _, value in (x.rpartition(" ") for x in lines if not x.startswith("#"))}


def test_what_several_processes_count_is_added_up(children, tmp_path):
    pool = PoolMetrics()
    pool.restarted("SIGKILL")
    found = scraped(tmp_path, pool)
    assert found['leadline_server_calls_total{code="OK",method="ScoringService/Score"}'] == 7
    assert found['leadline_server_call_seconds_count{method="ScoringService/Score"}'] == 7
    assert found['leadline_server_call_seconds_bucket{le="0.002",method="ScoringService/Score"}'] == 7
    assert found['leadline_admission_shed_total{class="score",reason="QUEUE_FULL"}'] == 2
    assert found['leadline_cache_lookups_total{kind="score",level="l1",result="hit"}'] == 2
    assert found['leadline_admission_queue_length{class="score"}'] == 4
    assert found['leadline_server_calls_in_flight{class="score"}'] == 2
    assert found["leadline_server_ready"] == 2
    assert found["leadline_prediction_log_lost_total"] == 2
    assert found['leadline_breaker_state{dependency="store"}'] == 2, "the worst of all"
    assert found["leadline_scoring_refresh_problem"] == 1
    assert found['leadline_pool_restarts_total{cause="SIGKILL"}'] == 1
    versions = {name: value for name, value in found.items() if "active_version_info" in name}
    assert versions == {
        'leadline_scoring_active_version_info{tenant="default",version="v1"}': 1,
        'leadline_scoring_active_version_info{tenant="default",version="v2"}': 1,
    }


def test_the_gauges_of_a_dead_process_go_and_its_counts_stay(children, tmp_path):
    children[1].kill()
    forget_process(children[1].process.pid, tmp_path)
    found = scraped(tmp_path, PoolMetrics())
    assert found["leadline_server_ready"] == 1
    assert found['leadline_breaker_state{dependency="store"}'] == 0
    assert found['leadline_server_calls_total{code="OK",method="ScoringService/Score"}'] == 7


def test_what_dead_processes_counted_takes_two_files_however_many_there_were(tmp_path):
    for _ in range(3):
        child = Child(tmp_path, "5", "open", "v1")
        child.kill()
        forget_process(child.process.pid, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"counter_0.db", "histogram_0.db"}
    found = scraped(tmp_path, PoolMetrics())
    assert found['leadline_server_calls_total{code="OK",method="ScoringService/Score"}'] == 15
    assert found['leadline_server_call_seconds_bucket{le="0.001",method="ScoringService/Score"}'] == 0
    assert found['leadline_server_call_seconds_bucket{le="0.002",method="ScoringService/Score"}'] == 15
    assert found['leadline_server_call_seconds_sum{method="ScoringService/Score"}'] == pytest.approx(15 * 0.0015)


def test_the_quantile_of_a_process_is_known_to_it(children):
    assert [child.quantile for child in children] == [0.002, 0.002]
