"""The thread that shows what comparisons of served features found."""

from __future__ import annotations

import threading
from datetime import timedelta

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from core.errors import DependencyDown
from server.feature_watch import FeatureWatch
from server.observed.behavior_metrics import BehaviorMetrics

SOON = timedelta(seconds=10)


class Findings:
    """Works from the second look on."""

    def __init__(self) -> None:
        self.looks = 0

    def newest(self):
        self.looks += 1
        if self.looks == 1:
            raise DependencyDown("store")
        return {"count": (200, 5), "kind": (200, 0), "never": (0, 0)}


def test_it_shows_the_share_of_each_feature_that_differs_and_outlives_an_outage():
    registry, shown = CollectorRegistry(), threading.Event()
    metrics = BehaviorMetrics(registry)

    def show(found):
        metrics.mismatches(found)
        shown.set()

    watch = FeatureWatch(Findings(), show, every=timedelta(milliseconds=10))
    with capture_logs() as lines:
        watch.start()
        assert shown.wait(SOON.total_seconds())
        watch.stop(SOON)
    assert lines[0]["event"] == "feature comparisons not read"
    ratio = [
        registry.get_sample_value("leadline_feature_mismatch_ratio", {"feature": name})
        for name in ("count", "kind", "never")
    ]
    assert ratio == [0.025, 0.0, 0.0]
    assert registry.get_sample_value("leadline_feature_values_compared") == 400


def test_a_feature_that_is_compared_no_longer_is_no_trouble_any_more():
    registry = CollectorRegistry()
    metrics = BehaviorMetrics(registry)
    metrics.mismatches({"gone": (10, 10), "kept": (10, 1)})
    metrics.mismatches({"kept": (20, 1)})
    ratio = [
        registry.get_sample_value("leadline_feature_mismatch_ratio", {"feature": name}) for name in ("gone", "kept")
    ]
    assert ratio == [0.0, 0.05]
