from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.drift_store import SqlDriftStore
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.run_store import SqlRunStore
from core.adapters.sql.tables import retraining_checks
from core.caller import Caller
from core.errors import AlreadyExists, InvalidInput
from core.feedback.label import Label, LabelSet, Provenance
from core.identifiers import LeadId, TenantId
from core.monitoring.findings import DriftReport
from core.monitoring.served_scores import ServedScore
from core.registry.manifest import manifest_to_json
from core.registry.model_registry import ModelRegistry
from core.registry.retraining.check import RetrainingCheck, trigger_window
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import RunDecision, RunState
from core.version import LEAD_SCORE, MANIFEST_FILE
from tests.parts.clock import SetClock
from tests.parts.versions import CREATE_TIME, make_files, make_manifest

ACME = Caller(tenant=TenantId("acme"), actor="worker")
LOST = timedelta(seconds=60)
RULES = RetrainingRules(min_samples=20, min_new_labels=10)


class Told:
    """Labels and scores as a test states them."""

    def __init__(self):
        self.labels = []
        self.scores = {}
        self.asked = []
        self.pending = 0

    def label_set(self, tenant, as_of):
        known = tuple(label for label in self.labels if label.mature_time <= as_of)
        return LabelSet(tenant=tenant, as_of=as_of, labels=known, pending_count=self.pending, fingerprint="f")

    def of_version(self, tenant, version, labels):
        self.asked.append((tenant, version))
        return {label.lead_id: self.scores[label.lead_id] for label in labels if label.lead_id in self.scores}


def label(
    number: int,
    mature_time: datetime,
    *,
    is_outcome: bool = True,
    target: float | None = None,
    known_time: datetime | None = None,
) -> Label:
    return Label(
        lead_id=LeadId(f"lead-{number}"),
        target=float(number % 3 == 0) if target is None else target,
        weight=1.0,
        is_outcome=is_outcome,
        mature_time=mature_time,
        known_time=known_time or mature_time,
        provenance=(Provenance.OUTCOME if is_outcome else Provenance.VIEW,),
    )


class Office:
    def __init__(self, folder):
        self.clock = SetClock(CREATE_TIME + timedelta(hours=1))
        self.database = open_database(f"sqlite:///{folder}/leadline.db")
        self.database.migrate()
        self.registry = ModelRegistry(
            SqlRegistryStore(self.database, self.clock), FolderArtifacts(folder / "models"), lambda _: None, self.clock
        )
        self.runs = SqlRunStore(self.database, self.clock)
        self.drift = SqlDriftStore(self.database)
        self.told = Told()
        self.retraining = RetrainingCheck(
            labels=self.told,
            registry=self.registry,
            served=self.told,
            drift=self.drift,
            runs=self.runs,
            rules=RULES,
            clock=self.clock,
        )

    def serve(self):
        version = self.registry.register(ACME, "v", make_files(), "first").manifest.version
        self.registry.activate(ACME, "v", LEAD_SCORE, version, expected="", reason="first")
        return version

    def learn(self, count: int, start: int = 0, **fields):
        self.told.labels += [label(n, self.clock.now, **fields) for n in range(start, start + count)]

    def check(self, **fields):
        return self.retraining.check(ACME, **fields)

    def inputs(self):
        return self.retraining.inputs(ACME.tenant, LEAD_SCORE, self.clock.now)

    def end(self, run, *, decision=RunDecision.REFUSED, evidence=None):
        assert self.runs.claim(run.tenant, run.run_id, "h", LOST)
        state = RunState.FAILED if decision is RunDecision.REFUSED else RunState.SUCCEEDED
        assert self.runs.finish(
            run.tenant,
            run.run_id,
            "h",
            state=state,
            decision=decision,
            outcome="",
            version="",
            evidence=evidence or {},
            contenders=(),
        )

    def checks(self):
        with self.database.read(ACME.tenant) as connection:
            return connection.execute(select(retraining_checks).order_by(retraining_checks.c.id)).all()


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.database.close()


def test_while_many_leads_wait_only_those_whose_window_has_closed_judge_the_champion(office):
    version = office.serve()
    office.clock.now += timedelta(days=40)
    office.learn(8)
    recent, old = office.clock.now - timedelta(days=1), office.clock.now - RULES.outcome_window
    for number in range(8):
        scored = old if number < 3 else recent
        office.told.scores[f"lead-{number}"] = ServedScore(probability=0.5, score_time=scored, token_id="")
    assert len(office.inputs().served.outcomes) == 8
    office.told.pending = 8
    assert len(office.inputs().served.outcomes) == 3
    assert office.told.asked[-1] == (ACME.tenant, version)


def test_the_policy_sees_what_matured_since_the_champion_learned(office):
    version = office.serve()
    office.told.labels = [label(n, CREATE_TIME - timedelta(days=1)) for n in range(30)]
    office.learn(5, start=30)
    office.learn(3, start=40, is_outcome=False, target=0.7)
    for number in (30, 32, 33, 40):
        said = ServedScore(probability=number / 100, score_time=office.clock.now, token_id="t")  # noqa: S106  no secret
        office.told.scores[LeadId(f"lead-{number}")] = said
    office.clock.advance(1)

    seen = office.inputs()

    assert (seen.champion_time, seen.champion_f1, seen.champion_threshold) == (CREATE_TIME, 0.8, 0.5)
    assert (seen.label_count, seen.outcome_count, seen.new_label_count) == (38, 35, 8)
    # Of outcomes only, in the order in which they became known.
    np.testing.assert_array_equal(seen.served.probabilities, [0.30, 0.32, 0.33])
    np.testing.assert_array_equal(seen.served.outcomes, [True, False, True])
    assert office.told.asked == [(ACME.tenant, version)]
    assert (seen.drift, seen.run_times, seen.new_since_last_decision) == (None, (), None)


def test_a_manifest_that_says_what_it_learned_from_is_believed(office):
    learned = CREATE_TIME - timedelta(hours=2)
    manifest = make_manifest()
    manifest = replace(manifest, parameters={**manifest.parameters, "labels_as_of": learned.isoformat()})
    files = {**make_files(), MANIFEST_FILE: manifest_to_json(manifest)}
    version = office.registry.register(ACME, "v", files, "").manifest.version
    office.registry.activate(ACME, "v", LEAD_SCORE, version, expected="", reason="")
    office.told.labels = [label(0, learned), label(1, learned + timedelta(seconds=1))]
    assert office.inputs().new_label_count == 1


def test_outcomes_from_before_that_were_recorded_since_are_new(office):
    office.serve()
    office.clock.now += timedelta(hours=2)
    before = CREATE_TIME - timedelta(days=1)
    office.told.labels = [label(n, before, known_time=office.clock.now if n < 3 else before) for n in range(10)]
    assert (office.inputs().label_count, office.inputs().new_label_count) == (10, 3)


def test_without_a_champion_all_labels_are_new(office):
    office.learn(7)
    seen = office.inputs()
    assert (seen.champion_time, seen.champion_f1, seen.new_label_count) == (None, None, 7)
    assert seen.served.outcomes.shape == (0,)
    assert office.told.asked == []


def test_the_newest_drift_report_of_the_champion_is_evidence(office):
    version = office.serve()
    report = DriftReport(
        kind=LEAD_SCORE,
        version=version,
        report_time=office.clock.now,
        start_time=office.clock.now,
        end_time=office.clock.now,
        row_count=500,
        features=(),
        score=None,
        expected_metrics=(),
        calibration=None,
    )
    office.drift.append(ACME.tenant, report)
    found = office.inputs().drift
    assert (found.check_time, found.drifted_features, found.score_drifted) == (office.clock.now, (), False)
    assert found.message == "Nothing drifted."


def test_a_check_that_asks_for_nothing_is_kept_with_what_it_saw(office):
    office.learn(3)
    result = office.check()
    assert (result.run, result.verdict.retrain) == (None, False)
    (kept,) = office.checks()
    assert (kept.decision, kept.run_id, kept.check_time) == ("none", "", office.clock.now)
    assert {entry["name"] for entry in json.loads(kept.triggers)} >= {"SAMPLES", "AGE"}


def test_however_many_check_in_a_window_there_is_one_run(office):
    office.learn(30)
    first = office.check()
    assert first.verdict.retrain
    assert first.run.request.trigger_window == trigger_window(office.clock.now, RULES.check_every)
    assert first.run.request.reason == first.verdict.reason
    office.end(first.run)
    office.clock.advance(60)
    again = office.check()
    assert again.run.run_id == first.run.run_id
    assert len(office.runs.list(ACME.tenant, LEAD_SCORE, limit=9, after=None).items) == 1


def test_while_a_run_is_under_way_a_check_that_would_not_ask_tells_of_it(office):
    office.learn(30)
    run = office.check().run
    office.clock.advance(3_600)
    later = office.check()
    assert not later.verdict.retrain
    assert later.run.run_id == run.run_id


def test_the_same_request_gets_the_same_run_though_the_policy_would_not_ask_any_more(office):
    office.learn(30)
    first = office.check(request_id="r1", reason="monthly")
    office.end(first.run)
    office.clock.advance(3_600)
    again = office.check(request_id="r1", reason="monthly")
    assert again.run.run_id == first.run.run_id
    assert again.verdict.triggers == first.verdict.triggers
    with pytest.raises(AlreadyExists):
        office.check(request_id="r1", reason="another")


def test_a_forced_check_asks_whatever_the_policy_says(office):
    result = office.check(request_id="r1", force=True, parameters={"max_depth": 3}, validation_split=0.5)
    request = result.run.request
    assert not result.verdict.retrain
    assert (request.force, request.trigger_window, request.reason) == (True, "r1", "forced by worker")
    assert (request.parameters, request.validation_split) == ({"max_depth": 3}, 0.5)
    assert office.checks()[0].decision == "forced"


def test_forced_runs_do_not_hold_back_others_and_old_decisions_are_remembered(office):
    version = office.serve()
    office.learn(12)
    before = (office.clock.now - timedelta(seconds=1)).isoformat()
    now = office.clock.now.isoformat()
    forced = office.check(request_id="r1", force=True).run
    office.end(forced, evidence={"champion": version, "labels_as_of": before})
    seen = office.inputs()
    assert (seen.run_times, seen.new_since_last_decision) == ((), 12)
    other = office.check(request_id="r2", force=True).run
    office.end(other, evidence={"champion": "v-before", "labels_as_of": now})
    assert office.inputs().new_since_last_decision == 12
    undecided = office.check(request_id="r3", force=True).run
    office.end(undecided, decision=RunDecision.NONE, evidence={"champion": version, "labels_as_of": now})
    assert office.inputs().new_since_last_decision == 12


def test_labels_that_came_after_the_last_decision_count_though_as_many_were_removed(office):
    version = office.serve()
    office.learn(30)
    refused = office.check(request_id="r1", force=True).run
    office.end(refused, evidence={"champion": version, "labels_as_of": office.clock.now.isoformat()})
    office.clock.advance(3_600)
    held = office.check()
    assert (held.run, office.inputs().new_since_last_decision) == (None, 0)
    assert "all but 0 of these labels" in held.verdict.reason
    assert [row.reason for row in office.checks()][-1] == held.verdict.reason

    office.clock.advance(3_600)
    office.told.labels = office.told.labels[15:]
    office.learn(14, start=30)
    # It happened before that decision, and was recorded after it.
    long_ago = CREATE_TIME - timedelta(days=1)
    office.told.labels.append(label(44, long_ago, known_time=office.clock.now))

    assert (office.inputs().label_count, office.inputs().new_since_last_decision) == (30, 15)
    assert office.check().verdict.retrain


def test_runs_of_the_clock_hold_back_others_for_a_day(office):
    office.learn(30)
    run = office.check().run
    office.end(run)
    assert office.inputs().run_times == (run.create_time,)
    office.clock.advance(86_401)
    assert office.inputs().run_times == ()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "intent"}, "kind"),
        ({"request_id": ""}, "request_id"),
        ({"reason": "x" * 1_001}, "reason"),
        ({"validation_split": 0.04}, "validation_split"),
        ({"validation_split": float("nan")}, "validation_split"),
        ({"parameters": {"max_depth": 99}}, "params[max_depth]"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_read(office, fields, named):
    with pytest.raises(InvalidInput) as refused:
        office.check(**{"force": True, "request_id": "r", **fields})
    assert [violation.field for violation in refused.value.violations] == [named]
    assert office.checks() == []


def test_windows_have_the_same_name_everywhere_and_follow_one_another():
    hour = timedelta(hours=1)
    moment = datetime(2026, 3, 1, 9, 59, 59, 999_999, tzinfo=UTC)
    assert trigger_window(moment, hour) == "2026-03-01T09:00:00Z/PT3600S"
    assert trigger_window(moment.astimezone(), hour) == trigger_window(moment, hour)
    assert trigger_window(moment + timedelta(microseconds=1), hour) == "2026-03-01T10:00:00Z/PT3600S"
    assert trigger_window(moment, timedelta(seconds=7)) != trigger_window(moment, hour)
