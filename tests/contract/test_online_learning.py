"""The online learner over real stores: leads, answers, outcomes, the registry and the learner's own log."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql import SqlLeadStore, SqlPredictionStore, SqlRegistryStore
from core.adapters.sql.answer_log import SqlAnswerLog
from core.adapters.sql.feedback_store import SqlFeedbackStore
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.online_store import SqlOnlineStore
from core.caller import Caller
from core.feedback.feedback import FeedbackAction
from core.feedback.label_rules import LabelRules
from core.feedback.labelling import Labelling
from core.identifiers import LeadId, TenantId
from core.lead import Lead, LeadOutcome, LeadWrite
from core.ports import Prediction
from core.registry.manifest import parse_manifest
from core.registry.model_registry import ModelRegistry
from core.scoring.online.learning import OnlineLearning
from core.scoring.online.publishing import EVERY, SnapshotPublisher
from core.scoring.online.snapshot import read_snapshot
from core.scoring.online.state import replayed, state_to_json
from core.version import LEAD_SCORE, MANIFEST_FILE, ONLINE_CORRECTION, ModelEventType
from tests.parts.feedback import feedback_write
from tests.parts.versions import CREATE_TIME, make_files

ACME = Caller(tenant=TenantId("acme"), actor="alice")
WINDOW = timedelta(days=1)
BASE = 0.2
"""What the version says of every lead."""


def learning_over(database, registry, clock) -> OnlineLearning:
    return OnlineLearning(
        Labelling(SqlLabelSource(database), LabelRules(outcome_window=WINDOW)),
        SqlAnswerLog(database),
        SqlOnlineStore(database),
        registry,
        SnapshotPublisher(registry, "0.1.0"),
        clock,
        outcome_window=WINDOW,
    )


class World:
    """A tenant with a version that serves, and whatever happens to its leads."""

    def __init__(self, database, clock, root) -> None:
        self.clock = clock
        self.leads = SqlLeadStore(database, clock)
        self.predictions = SqlPredictionStore(database)
        self.store = SqlOnlineStore(database)
        self.registry = ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(root), _admit, clock)
        self.learning = learning_over(database, self.registry, clock)
        self.count = 0
        self.requests = 0
        self.version = self.activate(1)

    def activate(self, seed: int) -> str:
        self.clock.advance(60)
        files = make_files(seed, create_time=CREATE_TIME + timedelta(minutes=seed))
        self.registry.register(ACME, f"register-{seed}", files, "monthly")
        self.version = parse_manifest(files[MANIFEST_FILE]).version
        self.registry.activate(ACME, f"activate-{seed}", LEAD_SCORE, self.version, expected=None, reason="")
        return self.version

    def score(self, count: int, probability: float = BASE) -> list[str]:
        """Store and score new leads, a second between two of them."""
        names = [f"lead-{self.count + number:05}" for number in range(count)]
        self.count += count
        self.write([LeadWrite(lead=Lead(lead_id=LeadId(name))) for name in names])
        self.predictions.append([self._answer(name, probability) for name in names])
        self.clock.advance(60)
        return names

    def tell(self, names, converted) -> None:
        writes = [
            LeadWrite(lead=Lead(lead_id=LeadId(name)), outcome=LeadOutcome(converted=converted(name))) for name in names
        ]
        self.write(writes)
        self.clock.advance(60)

    def write(self, writes) -> None:
        self.requests += 1
        self.leads.upsert(ACME, f"write-{self.requests}", writes)

    def block(self, count: int, share: float) -> int:
        """Score leads, tell how they ended, and learn."""
        source = random.Random(self.count)
        self.tell(self.score(count), lambda _: source.random() < share)
        return self.learn()

    def learn(self) -> int:
        self.clock.advance(60)
        return self.learning.learn(ACME.tenant)

    def state(self):
        return self.store.newest(ACME.tenant, LEAD_SCORE).state

    def log(self):
        return self.store.log(ACME.tenant, LEAD_SCORE, limit=10_000, after=0)

    def serving(self) -> str:
        pointer = self.registry.active(ACME.tenant, ONLINE_CORRECTION)
        return "" if pointer is None else pointer.version

    def snapshots(self):
        return self.registry.list(ACME.tenant, ONLINE_CORRECTION, limit=100, after=None).items

    def _answer(self, name: str, probability: float) -> Prediction:
        return Prediction(
            tenant=ACME.tenant,
            lead_id=LeadId(name),
            version=self.version,
            source="model",
            score=99.0,
            probability=probability,
            score_time=self.clock.advance(1),
            token_id=f"token-{name}",
            features=b"",
        )


def _admit(files) -> None:
    """Models of these tests cannot be loaded; snapshots are really checked."""
    if parse_manifest(files[MANIFEST_FILE]).kind == ONLINE_CORRECTION:
        read_snapshot(files)


@pytest.fixture
def world(database, clock, tmp_path) -> World:
    return World(database, clock, tmp_path / "artifacts")


def test_each_label_is_learned_once_and_the_log_gives_the_state_bit_for_bit(world):
    assert [world.block(30, 0.3) for _ in range(3)] == [30, 30, 30]
    assert world.learn() == 0
    log = world.log()
    assert [entry.sequence for entry in log] == list(range(1, 91))
    assert len({entry.update.label_key for entry in log}) == 90
    again = replayed(entry.update for entry in log)
    assert again == world.state()
    assert state_to_json(again) == state_to_json(world.state())


def test_a_label_is_judged_by_what_was_known_when_its_lead_was_scored(world):
    world.block(40, 0.9)
    known = world.state().filter.weights.corrected(BASE)
    early = world.score(5)
    world.block(40, 0.9)
    world.tell(early, lambda _: True)
    world.learn()
    said = {entry.update.lead_id: entry.update.said for entry in world.log()}
    assert said["lead-00000"] == BASE
    assert {said[name] for name in early} == {known}
    assert known > BASE


def test_conversions_wait_for_the_ends_of_leads_scored_before_them(world):
    first, second = world.score(10), world.score(10)
    world.tell(second, lambda _: True)
    assert world.learn() == 0
    world.tell(first[:9], lambda _: False)
    assert world.learn() == 9
    world.tell(first[9:], lambda _: False)
    assert world.learn() == 11


def test_a_lead_nothing_is_known_of_keeps_nobody_waiting_for_ever(world):
    world.score(1)
    later = world.score(5)
    world.tell(later, lambda _: True)
    assert world.learn() == 0
    world.clock.advance(2 * WINDOW.total_seconds())
    # The silent lead counts as lost by then.
    assert world.learn() == 6
    assert [entry.update.outcome for entry in world.log()] == [0, 1, 1, 1, 1, 1]


def test_a_score_of_a_lead_that_was_never_stored_holds_nothing_up(world):
    world.predictions.append([world._answer("preview", BASE)])
    world.tell(world.score(3), lambda _: True)
    assert world.learn() == 3
    # One that is stored does.
    world.score(1)
    world.tell(world.score(3), lambda _: True)
    assert world.learn() == 0


def test_what_was_known_before_the_version_served_or_said_something_is_not_learned(world):
    names = world.score(5)
    world.tell(names[:2], lambda _: True)
    other = world.activate(2)
    world.tell(names[2:], lambda _: True)
    never_scored = LeadWrite(lead=Lead(lead_id=LeadId("imported")), outcome=LeadOutcome(converted=True))
    world.write([never_scored])
    assert world.learn() == 0
    world.block(3, 1.0)
    assert {entry.update.version for entry in world.log()} == {other}


def test_an_outcome_that_turns_out_otherwise_is_learned_as_a_correction(world):
    names = world.score(3)
    world.tell(names, lambda _: False)
    world.learn()
    before = world.state()
    world.tell(names[:1], lambda _: True)
    assert world.learn() == 1
    after = world.state()
    assert (after.update_count, after.correction_count) == (3, 1)
    assert after.filter.weights.bias > before.filter.weights.bias
    assert world.log()[-1].update.previous == 0
    assert replayed(entry.update for entry in world.log()) == after


def test_outcomes_that_are_recorded_late_are_learned(world):
    names, first = world.score(4), world.version
    happened = world.clock.now
    world.activate(2)
    world.registry.activate(ACME, "again", LEAD_SCORE, first, expected=None, reason="")
    world.clock.advance(60)
    # They ended before the version began to serve again, after it had scored them, and nobody had said so.
    outcome = LeadOutcome(converted=True, outcome_time=happened)
    world.write([LeadWrite(lead=Lead(lead_id=LeadId(name)), outcome=outcome) for name in names])
    assert world.learn() == 4
    assert world.learn() == 0


def test_an_end_that_outlives_its_feedback_is_not_learned_twice(world):
    names = world.score(3)
    feedback = SqlFeedbackStore(world.leads._database, world.clock)
    said = [
        feedback_write(f"f-{name}", name, action=FeedbackAction.CONVERT, occurred_time=world.clock.now, confidence=0.9)
        for name in names
    ]
    feedback.record(ACME, "r", "m", said)
    assert world.learn() == 3
    before = world.state()
    world.clock.advance(10 * 86_400)
    assert feedback.prune(ACME, "prune", timedelta(days=5)).pruned_count == 3
    # The labels rest on something else now, so that they have other keys; they still say the same.
    labels = Labelling(SqlLabelSource(world.leads._database)).label_set(ACME.tenant, world.clock.now).labels
    keys = {label.label_key for label in labels}
    assert [label.target for label in labels] == [1.0] * 3
    assert keys.isdisjoint(entry.update.label_key for entry in world.log())
    assert world.learn() == 0
    assert world.state() == before


def test_another_version_starts_from_nothing_and_the_log_keeps_both(world):
    world.block(20, 0.9)
    first = world.version
    world.activate(2)
    world.block(10, 0.9)
    state = world.state()
    assert (state.version, state.update_count, state.sequence) == (world.version, 10, 30)
    assert [entry.update.version for entry in world.log()] == [first] * 20 + [world.version] * 10
    assert replayed(entry.update for entry in world.log()) == state


def test_two_learners_at_once_learn_each_label_once(world, opened, database_url):
    world.tell(world.score(200), lambda name: name.endswith("3"))
    now = world.clock.advance(60)
    counts: list[int] = []
    barrier = threading.Barrier(2)

    def learn(learning: OnlineLearning) -> None:
        barrier.wait()
        counts.append(learning.learn(ACME.tenant))

    threads = [
        threading.Thread(target=learn, args=[learning_over(opened(database_url), world.registry, lambda: now)])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 200
    log = world.log()
    assert [entry.sequence for entry in log] == list(range(1, 201))
    assert replayed(entry.update for entry in log) == world.state()
    assert len(world.snapshots()) == 1


def test_whoever_is_late_writes_nothing(world):
    world.block(5, 0.5)
    log, state = world.log(), world.state()
    assert not world.store.append(ACME.tenant, LEAD_SCORE, log[-1:], state)
    assert world.log() == log


def test_the_learner_of_another_tenant_is_not_seen(world):
    world.block(5, 0.5)
    other = TenantId("other")
    keys = [entry.update.label_key for entry in world.log()]
    assert world.store.newest(other, LEAD_SCORE) is None
    assert world.store.learned(other, LEAD_SCORE, keys) == set()
    assert world.store.log(other, LEAD_SCORE, limit=10, after=0) == []
    assert world.learning.learn(other) == 0


def test_a_snapshot_serves_after_enough_labels_with_its_figures_as_evidence(world):
    world.block(EVERY - 1, 0.3)
    assert (world.snapshots(), world.serving()) == ((), "")
    world.block(1, 0.3)
    (snapshot,) = world.snapshots()
    assert snapshot.manifest.parents == (world.version,)
    assert snapshot.manifest.training_sample_count == EVERY
    assert world.serving() == snapshot.manifest.version
    _, files = world.registry.load(ACME.tenant, ONLINE_CORRECTION, world.serving())
    assert read_snapshot(files) == world.state()
    page = world.registry.events(ACME.tenant, ONLINE_CORRECTION, limit=10, after=None, version=None)
    newest = page.items[0]
    assert (newest.type, newest.actor) == (ModelEventType.ACTIVATED, "online-learner")
    assert newest.evidence["label_count"] == str(EVERY)
    assert {"log_loss", "version_log_loss", "e_value_log", "proven"} <= newest.evidence.keys()
    assert world.learn() == 0
    assert len(world.snapshots()) == 1


def test_a_rollback_holds_until_somebody_activates_a_snapshot(world):
    served = []
    for _ in range(3):
        world.block(EVERY, 0.3)
        served.append(world.serving())
    assert len(set(served)) == 3
    world.registry.rollback(ACME, "back", ONLINE_CORRECTION, expected=None, reason="odd")
    assert world.serving() == served[1]
    world.block(EVERY, 0.3)
    assert len(world.snapshots()) == 4
    assert world.serving() == served[1]
    newest = world.snapshots()[0].manifest.version
    world.registry.activate(ACME, "on", ONLINE_CORRECTION, newest, expected=None, reason="fine")
    world.block(EVERY, 0.3)
    assert world.serving() == world.snapshots()[0].manifest.version
    assert world.registry.active_at(ACME.tenant, ONLINE_CORRECTION, world.clock()) == world.serving()


def test_a_rollback_does_not_hold_for_another_version(world):
    for _ in range(2):
        world.block(EVERY, 0.3)
    world.registry.rollback(ACME, "back", ONLINE_CORRECTION, expected=None, reason="odd")
    world.activate(2)
    world.block(EVERY, 0.3)
    assert world.snapshots()[0].manifest.parents == (world.version,)
    assert world.serving() == world.snapshots()[0].manifest.version


def test_a_snapshot_that_was_registered_but_not_activated_is_activated_later(world, monkeypatch):
    monkeypatch.setattr(world.registry, "activate", _lost)
    with pytest.raises(ConnectionError):
        world.block(EVERY, 0.3)
    assert (len(world.snapshots()), world.serving()) == (1, "")
    monkeypatch.undo()
    assert world.learn() == 0
    assert world.serving() == world.snapshots()[0].manifest.version


def _lost(*_args, **_options) -> None:
    raise ConnectionError


def test_old_snapshots_are_pruned_and_the_serving_one_stays(world):
    for _ in range(4):
        world.block(EVERY, 0.3)
    plan = world.registry.prune(ACME, "prune", ONLINE_CORRECTION, 1, dry_run=False)
    assert len(plan.pruned) == 1
    assert world.serving() in plan.kept
    world.registry.load(ACME.tenant, ONLINE_CORRECTION, world.serving())


def test_the_newest_becomes_proven_when_the_base_rate_moved(world):
    for _ in range(8):
        world.block(100, 0.6)
        if world.state().proven:
            break
    assert world.state().proven
    assert world.state().mean_loss < world.state().mean_version_loss
    assert world.snapshots()[0].manifest.parameters["proven"] is True
