from __future__ import annotations

import grpc
import pytest
from prometheus_client import generate_latest

from core.errors import DependencyDown, NotFound
from server.observed.labels import MOST_TENANTS, BoundedLabel
from server.observed.methods import METHOD_LABELS, method_label
from server.observed.metrics import ServerMetrics
from server.observed.pool_metrics import PoolMetrics
from server.observed.scrape import scrape_registry

MANY = 100_000
SCORE = "/leadline.v1.ScoringService/Score"


def samples(metrics: ServerMetrics) -> dict[str, float]:
    text = generate_latest(scrape_registry(metrics.registry)).decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_a_hundred_thousand_names_of_everything_add_few_series():
    metrics = ServerMetrics()
    before = len(samples(metrics))
    for number in range(MANY):
        name = f"name-{number}"
        calls = metrics.of_method(f"/leadline.v1.ScoringService/{name}")
        calls.ok(0.001)
        calls.failed(grpc.StatusCode.NOT_FOUND, 0.001)
        metrics.admission.shed(name, name)
        metrics.cache.hit(name, "l1")
        metrics.breaker(name, "open")
    metrics.models.serving({f"tenant-{number}": f"version-{number}" for number in range(MANY)})
    added = len(samples(metrics)) - before
    assert MOST_TENANTS < added < 500


def test_every_method_of_the_contract_has_a_label_and_no_other_path_has():
    assert method_label(SCORE) == "ScoringService/Score"
    assert method_label("/leadline.v1.ScoringService/Scor") == "unknown"
    assert len(set(METHOD_LABELS.values())) == len(METHOD_LABELS) > 15


def test_a_value_that_was_let_through_stays():
    label = BoundedLabel(2)
    assert [label.of(value) for value in "abcab"] == ["a", "b", "other", "a", "b"]


def test_only_versions_that_serve_are_shown():
    metrics = ServerMetrics()
    metrics.models.serving({"default": "v1", "acme": "v1"})
    metrics.models.serving({"default": "v2", "acme": "v1"})
    shown = {name for name in samples(metrics) if name.startswith("leadline_scoring_active_version_info")}
    assert shown == {
        'leadline_scoring_active_version_info{tenant="default",version="v2"}',
        'leadline_scoring_active_version_info{tenant="acme",version="v1"}',
    }


def test_a_breaker_shows_its_state_and_counts_each_opening_once():
    metrics = ServerMetrics()
    for state in ("closed", "open", "open", "half_open", "open", "closed"):
        metrics.breaker("store", state)
    found = samples(metrics)
    assert found['leadline_breaker_state{dependency="store"}'] == 0
    assert found['leadline_breaker_openings_total{dependency="store"}'] == 2


def test_a_refresh_that_fails_keeps_the_time_of_the_last_good_one():
    metrics = ServerMetrics()
    metrics.models.refreshed("")
    good = samples(metrics)["leadline_scoring_refresh_time_seconds"]
    metrics.models.refreshed("the store is not available")
    found = samples(metrics)
    assert found["leadline_scoring_refresh_time_seconds"] == good
    assert found["leadline_scoring_refresh_problem"] == 1


def test_only_a_missing_audit_record_counts_as_an_audit_failure():
    metrics = ServerMetrics()
    for error in (DependencyDown("audit"), DependencyDown("store"), NotFound("lead", "audit")):
        metrics.count_refused(error)
    assert samples(metrics)["leadline_audit_failed_total"] == 1


def test_gauges_follow_what_is_watched():
    metrics = ServerMetrics()
    waiting = [3]
    metrics.watch_ready(lambda: True)
    metrics.admission.watch("score", lambda: waiting[0], lambda: 1)
    metrics.sampler.read()
    assert samples(metrics)['leadline_admission_queue_length{class="score"}'] == 3
    waiting[0] = 0
    metrics.sampler.read()
    found = samples(metrics)
    assert found['leadline_admission_queue_length{class="score"}'] == 0
    assert found['leadline_server_calls_in_flight{class="score"}'] == 1
    assert found["leadline_server_ready"] == 1


def test_a_figure_that_cannot_be_read_keeps_no_other_from_being_read():
    metrics = ServerMetrics()

    def fail() -> float:
        raise RuntimeError

    metrics.sampler.watch(print, fail)
    metrics.watch_ready(lambda: True)
    metrics.sampler.read()
    assert samples(metrics)["leadline_server_ready"] == 1


@pytest.mark.parametrize(("share", "bound"), [(0.5, 0.001), (0.99, 0.2), (0.9, 0.001)])
def test_a_quantile_is_the_upper_bound_of_its_bucket(share, bound):
    metrics = ServerMetrics()
    calls = metrics.of_method(SCORE)
    for seconds in [0.0008] * 90 + [0.15] * 10:
        calls.ok(seconds)
    assert metrics.quantile("ScoringService/Score", share) == bound
    assert metrics.quantile("ScoringService/BatchScore", share) is None


def test_every_figure_says_what_it_means():
    for registry in (ServerMetrics().registry, PoolMetrics().registry):
        for family in registry.collect():
            assert family.name.startswith("leadline_")
            assert family.documentation.endswith(".")
