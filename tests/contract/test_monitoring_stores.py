"""Sketches, reports, alerts and flat figures, in SQLite and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert, select

from core.adapters.sql.alert_store import SqlAlertStore
from core.adapters.sql.contact_counts import SqlContactCounts
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.model_metrics import SqlMetricRows
from core.adapters.sql.sketch_store import SqlSketchStore
from core.adapters.sql.tables import lead_feedback, model_metrics, predictions
from core.errors import InvalidInput
from core.monitoring.alert import Alert, AlertCause, AlertMoment, AlertSeverity, Trouble
from core.monitoring.drift_check import drift_report
from core.monitoring.realised import ContactCount, MetricUpdate
from core.monitoring.sketch import empty_sketch, merge, sketch_to_bytes
from core.monitoring.sketch_store import KeyedSketch, SketchKey
from tests.parts import drift_worlds as world
from tests.parts.rows import make_row

GENERATOR = np.random.default_rng(4)
REFERENCE = world.training(GENERATOR, 300)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def hour(clock):
    return clock().replace(minute=0, second=0, microsecond=0)


def keyed(hour, count, *, tenant="t", version="v1"):
    key = SketchKey(tenant=tenant, kind="lead_score", version=version, window_start=hour)
    return KeyedSketch(key=key, sketch=world.served(GENERATOR, REFERENCE, count))


class TestSketches:
    @pytest.fixture
    def store(self, database):
        return SqlSketchStore(database)

    def test_sums_of_processes_add_up_and_each_replaces_its_own(self, store, clock, hour):
        first, again, other = keyed(hour, 10), keyed(hour, 25), keyed(hour, 7)
        store.write("a", [first], clock())
        store.write("b", [other], clock())
        store.write("a", [again, keyed(hour + HOUR, 3)], clock())
        found = list(store.read("t", "lead_score", "v1", hour, hour + DAY))
        assert [(one.key.window_start, one.sketch.row_count) for one in found] == [
            (hour, 25),
            (hour, 7),
            (hour + HOUR, 3),
        ]
        assert sketch_to_bytes(found[0].sketch) == sketch_to_bytes(again.sketch)
        total = store.total("t", "lead_score", "v1", hour, hour + HOUR)
        assert sketch_to_bytes(total) == sketch_to_bytes(merge(other.sketch, again.sketch))

    def test_only_the_hours_the_version_and_the_tenant_asked_for(self, store, clock, hour):
        several = [keyed(hour, 1), keyed(hour, 2, tenant="u"), keyed(hour, 3, version="v2"), keyed(hour + HOUR, 4)]
        store.write("a", several, clock())
        assert [one.sketch.row_count for one in store.read("t", "lead_score", "v1", hour, hour + HOUR)] == [1]
        assert store.total("u", "lead_score", "v1", hour, hour + HOUR).row_count == 2
        assert store.total("t", "lead_score", "v1", hour - DAY, hour) is None

    def test_old_hours_are_forgotten(self, store, clock, hour):
        store.write("a", [keyed(hour, 1), keyed(hour - DAY, 2), keyed(hour - DAY, 3, tenant="u")], clock())
        assert store.prune("t", hour) == 1
        assert store.total("t", "lead_score", "v1", hour - DAY, hour) is None
        assert store.total("u", "lead_score", "v1", hour - DAY, hour).row_count == 3


class TestReports:
    @pytest.fixture
    def store(self, database):
        return SqlDriftStore(database)

    def report(self, now, version="v1"):
        days = [world.served(GENERATOR, REFERENCE, 200), *[empty_sketch(world.WIDTH)] * 14]
        return replace(drift_report(world.profile_of(REFERENCE), days, now, None), version=version)

    def test_the_newest_comes_back_whole(self, store, clock):
        assert store.newest("t", "lead_score", "v1") is None
        reports = [self.report(clock()), self.report(clock.advance(3_600)), self.report(clock.advance(3_600))]
        for report in reports:
            store.append("t", report)
        store.append("t", self.report(clock(), version="v2"))
        assert store.newest("t", "lead_score", "v1") == reports[-1]
        assert list(store.history("t", "lead_score", "v1", 2)) == [reports[2], reports[1]]
        assert store.newest("u", "lead_score", "v1") is None

    def test_one_of_the_same_moment_takes_its_place(self, store, clock):
        first, second = self.report(clock()), replace(self.report(clock()), stale=True)
        store.append("t", first)
        store.append("t", second)
        assert list(store.history("t", "lead_score", "v1", 10)) == [second]

    def test_old_ones_are_forgotten_but_for_the_newest_of_each_version(self, store, clock):
        for version in ("v1", "v2"):
            for _ in range(3):
                store.append("t", self.report(clock.advance(60), version=version))
        assert store.prune("t", clock.advance(60)) == 4
        assert len(store.history("t", "lead_score", "v1", 10)) == 1


class TestAlerts:
    @pytest.fixture
    def store(self, database):
        return SqlAlertStore(database)

    def alert(self, now, number=1, cause=AlertCause.FEATURE_DRIFT):
        trouble = Trouble(
            cause=cause,
            severity=AlertSeverity.WARNING,
            message="Something moved.",
            features=("age",),
            direction="up",
            evidence={"psi": "0.3"},
            suggestion="Look.",
        )
        return Alert(
            alert_id=f"alert-{number}",
            kind="lead_score",
            version="v1",
            trouble=trouble,
            open_time=now,
            update_time=now,
        )

    def apply(self, store, *, tenant="t", opened=(), updated=(), recovered=(), targets=("ops",)):
        return store.apply(tenant, opened=opened, updated=updated, recovered=recovered, targets=targets)

    def test_an_alert_lives_and_ends(self, store, clock):
        alert = self.alert(clock())
        assert list(self.apply(store, opened=[alert])) == [alert]
        assert list(store.open("t", "lead_score")) == [alert]
        later = replace(alert, version="v2", calm_checks=1, update_time=clock.advance(60))
        assert list(self.apply(store, updated=[later])) == []
        assert list(store.open("t", "lead_score")) == [later]
        over = replace(later, recover_time=clock.advance(60))
        assert list(self.apply(store, recovered=[over])) == [over]
        assert list(store.open("t", "lead_score")) == []
        assert list(self.apply(store, recovered=[over])) == []

    def test_one_is_open_for_each_cause_whoever_else_opens_one(self, store, clock):
        self.apply(store, opened=[self.alert(clock())])
        assert list(self.apply(store, opened=[self.alert(clock(), 2)])) == []
        other = self.alert(clock(), 3, AlertCause.SCORE_DRIFT)
        assert list(self.apply(store, opened=[other])) == [other]
        assert list(self.apply(store, tenant="u", opened=[self.alert(clock(), 2)])) != []
        assert [(tenant, one.alert_id) for tenant, one in store.all_open(10)] == [
            ("t", "alert-3"),
            ("u", "alert-2"),
            ("t", "alert-1"),
        ]

    def test_pages_newest_first(self, store, clock):
        for number, cause in enumerate(AlertCause):
            self.apply(store, opened=[self.alert(clock.advance(number % 2), number, cause)])
        everything = store.list("t", limit=100, after=None, only_open=False).items
        assert list(everything) == sorted(everything, key=lambda one: (one.open_time, one.alert_id), reverse=True)
        paged, after = [], None
        while True:
            page = store.list("t", limit=2, after=after, only_open=False)
            paged += page.items
            after = page.next_key
            if after is None:
                break
        assert paged == list(everything)
        self.apply(store, recovered=[replace(everything[0], recover_time=clock())])
        assert len(store.list("t", limit=100, after=None, only_open=True).items) == len(everything) - 1
        assert store.list("u", limit=100, after=None, only_open=False).items == ()
        with pytest.raises(InvalidInput):
            store.list("t", limit=2, after="nonsense", only_open=False)

    def test_what_opens_and_ends_is_queued_for_every_target_once(self, store, clock):
        alert = self.alert(clock())
        self.apply(store, opened=[alert], targets=("ops", "crm"))
        self.apply(store, recovered=[replace(alert, recover_time=clock.advance(60))], targets=("ops",))
        due = store.claim(clock(), clock() + HOUR, 10)
        assert {(one.tenant, one.moment, one.target, one.attempts) for one in due} == {
            ("t", AlertMoment.OPENED, "ops", 0),
            ("t", AlertMoment.OPENED, "crm", 0),
            ("t", AlertMoment.RECOVERED, "ops", 0),
        }
        assert {one.alert.alert_id for one in due} == {"alert-1"}

    def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(self, store, clock):
        self.apply(store, opened=[self.alert(clock())])
        assert len(store.claim(clock(), clock() + HOUR, 10)) == 1
        assert len(store.claim(clock(), clock() + HOUR, 10)) == 0
        clock.advance(3_601)
        assert len(store.claim(clock(), clock() + HOUR, 10)) == 1

    def test_tries_are_counted_until_it_arrives_or_is_given_up(self, store, clock):
        self.apply(store, opened=[self.alert(clock())])
        (first,) = store.claim(clock(), clock() + HOUR, 10)
        store.failed(first, "nobody there", clock() + timedelta(seconds=30))
        assert store.claim(clock(), clock() + HOUR, 10) == []
        clock.advance(31)
        (second,) = store.claim(clock(), clock() + HOUR, 10)
        assert second.attempts == 1
        store.delivered(second, clock())
        clock.advance(10 * 3_600)
        assert store.claim(clock(), clock() + HOUR, 10) == []
        self.apply(store, tenant="u", opened=[self.alert(clock())])
        (given_up,) = store.claim(clock(), clock() + HOUR, 10)
        store.failed(given_up, "never", None)
        clock.advance(10 * 3_600)
        assert store.claim(clock(), clock() + HOUR, 10) == []

    def test_alerts_that_are_long_over_are_forgotten_with_their_deliveries(self, store, clock):
        alert = self.alert(clock())
        self.apply(store, opened=[alert])
        self.apply(store, recovered=[replace(alert, recover_time=clock.advance(60))])
        self.apply(store, opened=[self.alert(clock(), 2)])
        assert store.prune("t", clock.advance(60)) == 1
        assert [one.alert_id for one in store.list("t", limit=9, after=None, only_open=False).items] == ["alert-2"]
        assert [one.alert.alert_id for one in store.claim(clock(), clock() + HOUR, 10)] == ["alert-2"]


def test_contacts_count_for_the_version_that_was_shown_or_had_scored_the_lead(database, clock):
    now = clock()

    def said(number, **values):
        base = make_row(lead_feedback, "t") | {"feedback_id": f"f{number}", "lead_id": f"lead-{number}"}
        contact = {"action_type": "contact", "contact_successful": True, "occurred_time": now, "model_version": "v1"}
        return base | contact | values

    rows = [
        said(1),
        said(2, contact_successful=False),
        said(3, contact_successful=None),
        said(4, action_type="view", contact_successful=None),
        said(5, model_version="v2"),
        said(6, model_version=""),
        said(7, model_version=""),
        said(8, occurred_time=now - 40 * DAY),
        said(9, tenant="u"),
    ]
    scored = make_row(predictions, "t") | {"version": "v1", "lead_id": "lead-6", "score_time": now - HOUR}
    late = scored | {"lead_id": "lead-7", "score_time": now + HOUR}
    for tenant in ("t", "u"):
        with database.write(tenant) as connection:
            for row in rows:
                if row["tenant"] == tenant:
                    connection.execute(insert(lead_feedback).values(row))
            if tenant == "t":
                connection.execute(insert(predictions), [scored, late])
    counts = SqlContactCounts(database)
    assert counts.contacts("t", "v1", now - 30 * DAY, now + DAY) == ContactCount(successful=2, total=3)
    assert counts.contacts("t", "v3", now - 30 * DAY, now + DAY) == ContactCount(successful=0, total=0)


def test_flat_figures_are_brought_up_to_date_where_they_are_known(database, clock):
    row = make_row(model_metrics, "t") | {"kind": "lead_score", "model_version": "v1", "conversion_rate": 0.5}
    with database.write("t") as connection:
        connection.execute(insert(model_metrics).values(row))
    figures = MetricUpdate(conversion_rate=None, contact_success_rate=0.4, average_score=61.5)
    SqlMetricRows(database).update("t", "lead_score", "v1", figures, clock())
    columns = model_metrics.c
    with database.read("t") as connection:
        query = select(columns.conversion_rate, columns.contact_success_rate, columns.avg_prediction_score)
        assert tuple(connection.execute(query).one()) == (0.5, 0.4, 61.5)
