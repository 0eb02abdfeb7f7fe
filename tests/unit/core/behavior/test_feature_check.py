"""What was served against what the log says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.behavior import feature_check as module
from core.behavior.feature_check import FeatureCheck, Mismatch, compare
from core.behavior.recording import microseconds_of
from core.behavior.served_vectors import ServedVector
from core.identifiers import LeadId, TenantId
from tests.parts.clock import SetClock
from tests.parts.events import event

ACME = TenantId("acme")


class Kept:
    """What was served, and what was found."""

    def __init__(self, vectors):
        self.vectors, self.found, self.checks = vectors, {}, []

    def sample(self, tenant, *, plan_hash, since_us, until_us, limit):
        self.checks.append((since_us, until_us))
        mine = [one for one in self.vectors if one.plan_hash == plan_hash and since_us <= one.moment_us < until_us]
        return mine[:limit]

    def last_check(self, tenant):
        return max(self.found, default=None)

    def record(self, tenant, check_time, found):
        self.found[check_time] = found


class Events:
    def __init__(self, leads):
        self.leads, self.asked = leads, []

    def of_leads(self, tenant, lead_ids, *, until_us):
        self.asked.append(list(lead_ids))
        return (event(f"e-{lead_id}", lead_id, sequence=1) for lead_id in lead_ids if lead_id in self.leads)


class Past:
    def of(self, events, vectors):
        return [{"count": 1.0, "kind": "x"} for _ in vectors]


@pytest.fixture
def clock():
    return SetClock()


def vector(lead_id, clock, *, plan_hash="plan", **features):
    return ServedVector(
        tenant=ACME,
        vector_id=f"v-{lead_id}",
        lead_id=LeadId(lead_id),
        plan_hash=plan_hash,
        version="",
        moment_us=microseconds_of(clock.now) - 1,
        up_to_sequence=1,
        features=features,
    )


def check(kept, events, clock):
    return FeatureCheck(vectors=kept, events=events, past=Past(), mismatches=kept, plan_hash="plan", clock=clock).check(
        ACME
    )


def test_what_differs_is_counted_by_feature_and_erased_leads_and_other_plans_are_left_out(clock, monkeypatch):
    monkeypatch.setattr(module, "LEADS_AT_ONCE", 2)
    kept = Kept(
        [
            vector("a", clock, count=1.0, kind="x"),
            vector("b", clock, count=2.0, kind="x"),
            vector("c", clock, count=1.0, kind=None),
            vector("erased", clock, count=9.0, kind="y"),
            vector("d", clock, plan_hash="older", count=9.0),
        ]
    )
    events = Events({"a", "b", "c"})

    found = check(kept, events, clock)

    wanted = [Mismatch(feature="count", compared=3, differing=1), Mismatch(feature="kind", compared=3, differing=1)]
    assert (found, kept.found) == (wanted, {clock.now: wanted})
    assert events.asked == [["a", "b"], ["c", "erased"]]


def test_a_check_begins_where_the_last_one_ended(clock):
    kept = Kept([vector("a", clock, count=1.0, kind="x")])
    first = clock.now
    check(kept, Events({"a"}), clock)
    clock.advance(60)
    assert check(kept, Events({"a"}), clock) == ()
    assert kept.checks == [
        (microseconds_of(first - timedelta(days=1)), microseconds_of(first)),
        (microseconds_of(first), microseconds_of(clock.now)),
    ]


def test_a_name_that_only_one_side_has_differs(clock):
    found = compare([vector("a", clock, count=1.0, new=None)], [{"count": 1.0, "old": None}])
    assert {one.feature: one.differing for one in found} == {"count": 0, "new": 1, "old": 1}
