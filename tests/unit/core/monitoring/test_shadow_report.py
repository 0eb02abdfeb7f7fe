from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from core.feedback.label import Label, LabelSet, Provenance
from core.identifiers import TenantId
from core.monitoring import shadow_report
from core.monitoring.shadow_report import ShadowReports, psi, spearman, wilson
from core.monitoring.shadow_scores import ShadowScore
from core.version import LEAD_SCORE, ActivePointer, ShadowPointer
from tests.parts.versions import make_version

ACME = TenantId("acme")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_the_rank_correlation_is_scipys():
    source = np.random.default_rng(1)
    for _ in range(20):
        first = source.integers(0, 8, 30) / 8
        second = first + source.integers(0, 8, 30) / 8
        assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def test_where_it_is_not_defined_there_is_none():
    assert spearman(np.array([0.1, 0.2]), np.array([0.1, 0.2])) is None
    assert spearman(np.full(5, 0.3), np.linspace(0, 1, 5)) is None
    assert spearman(np.linspace(0, 1, 5), np.linspace(1, 0, 5)) == pytest.approx(-1.0)


def test_the_wilson_interval_is_scipys():
    for count, total in ((0, 10), (3, 10), (10, 10), (17, 1_000)):
        share = wilson(count, total)
        expected = stats.binomtest(count, total).proportion_ci(0.95, method="wilson")
        assert (share.lower, share.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert share.lower <= share.value <= share.upper
    assert wilson(0, 0) is None


def test_the_stability_index_is_small_for_the_same_and_large_for_another_distribution():
    source = np.random.default_rng(2)
    scores = source.beta(2, 5, 5_000)
    assert psi(scores, scores) == 0.0
    assert psi(scores, source.beta(2, 5, 5_000)) < 0.02
    assert psi(scores, source.beta(5, 2, 5_000)) > 1.0
    assert np.isfinite(psi(np.full(10, 0.2), np.full(10, random.Random(1).random())))


def test_intervals_are_taken_over_the_newest_leads(monkeypatch):
    taken: list[list[float]] = []

    def measure(outcomes, probabilities, **_options):
        taken.append(list(probabilities))
        return ()

    monkeypatch.setattr(shadow_report, "bootstrap_metrics", measure)
    monkeypatch.setattr(shadow_report, "MOST_LEADS", 3)
    said = [_said(number) for number in range(5)]
    ends = LabelSet(tenant=ACME, as_of=NOW, labels=tuple(map(_converted, range(5))), pending_count=0, fingerprint="x")
    made = ShadowReports(_Versions(), _Kept(said), _Kept(ends), lambda: NOW).report(ACME, LEAD_SCORE)
    assert made.sample_count == 5
    assert taken == [[0.2, 0.3, 0.4], [0.12, 0.13, 0.14]]


def _said(number: int) -> ShadowScore:
    return ShadowScore(
        tenant=ACME,
        version="shadow",
        token_id=f"token-{number}",
        lead_id=f"lead-{number}",
        served_version="served",
        served_probability=round(0.1 + number / 100, 2),
        probability=number / 10,
        served_seconds=0.001,
        seconds=0.001,
        score_time=NOW - timedelta(hours=10 - number),
    )


def _converted(number: int) -> Label:
    return Label(
        lead_id=f"lead-{number}",
        target=1.0,
        weight=1.0,
        is_outcome=True,
        mature_time=NOW,
        known_time=NOW,
        provenance=(Provenance.OUTCOME,),
    )


class _Kept:
    def __init__(self, what) -> None:
        self.what = what

    def newest(self, *_arguments, limit):
        return self.what

    def label_set(self, _tenant, _as_of):
        return self.what


class _Versions:
    def active(self, _tenant, _kind):
        return ActivePointer(version="served", digest="d", previous=None, revision=1)

    def shadow(self, _tenant, _kind):
        return ShadowPointer(version="shadow", digest="d", reason="", start_time=NOW)

    def get(self, _tenant, _kind, _version):
        return make_version(1)
