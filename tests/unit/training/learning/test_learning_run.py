from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.run_store import SqlRunStore
from core.caller import LOCAL_CALLER, Caller
from core.errors import DependencyDown
from core.feedback.label import LabelSet
from core.registry.model_registry import ModelRegistry
from core.registry.retraining.rules import RetrainingRules
from core.registry.training_run import RunDecision, RunState, TrainingRequest
from core.version import LEAD_SCORE, ModelEventType
from tests.parts.clock import SetClock
from tests.parts.fitted import small_version, with_files
from training.booster import BoosterParameters
from training.challenger import Challenger
from training.learning.claimed import ClaimedRun, ClaimLost
from training.learning.run import LearningRun
from training.refusal import TrainingRefused
from training.rolling import Plan, PlanChoice

TENANT = LOCAL_CALLER.tenant
CHAMPION, CHALLENGER = (small_version(number).name for number in (0, 1))
LOST = timedelta(seconds=60)
OUTCOMES = np.arange(400) % 4 == 0
SURE = np.where(OUTCOMES, 0.9, 0.1)
VAGUE = np.where(OUTCOMES, 0.4, 0.2)
CLUELESS = np.tile([0.2, 0.3, 0.4, 0.1, 0.3], 80)


class Killed(BaseException):
    """Stands for a SIGKILL: nothing in its way may go on."""


class KilledRun(ClaimedRun):
    """A run whose process dies before a step."""

    dies_before = ""

    def prepare(self, prepared):
        self._step("prepare")
        super().prepare(prepared)

    def report(self, doing, progress):
        self._step(doing)
        super().report(doing, progress)

    def check(self):
        if self._prepared:
            self._step("act")
        super().check()

    def succeed(self, done):
        self._step("succeed")
        super().succeed(done)

    @property
    def _prepared(self) -> bool:
        return self._runs.get(self.tenant, self.run_id).prepared is not None

    def _step(self, name: str) -> None:
        if name == self.dies_before:
            raise Killed(name)


class Learning:
    """A store, a registry with a serving version, and a fit whose result a test decides."""

    def __init__(self, folder, clock):
        self.clock = clock
        database = open_database(f"sqlite:///{folder}/leadline.db")
        database.migrate()
        self.database = database
        self.models = folder / "models"
        self.registry = ModelRegistry(SqlRegistryStore(database, clock), FolderArtifacts(self.models), _admit, clock)
        self.runs = SqlRunStore(database, clock)
        self.champion_says = VAGUE
        self.says = SURE
        self.fallback_says = VAGUE
        self.note = ""
        self.refusal = None
        self.files = small_version(1).files
        self.seen = []
        self.before_answer = lambda: None

    def serve_champion(self):
        self.registry.register(LOCAL_CALLER, "champion", small_version(0).files, "first")
        self.registry.activate(LOCAL_CALLER, "champion", LEAD_SCORE, CHAMPION, expected="", reason="first")

    def ask(self, request_id="r1") -> str:
        request = TrainingRequest(
            kind=LEAD_SCORE, reason="", force=True, trigger_window=request_id, parameters={"max_depth": 2}
        )
        return self.runs.request(LOCAL_CALLER, request_id, request).run_id

    def go(self, run_id: str, holder: str = "h1", *, dies_before: str = "") -> None:
        assert self.runs.claim(TENANT, run_id, holder, LOST) is not None
        claimed = KilledRun(self.runs, TENANT, run_id, holder)
        claimed.dies_before = dies_before
        run = LearningRun(registry=self.registry, labels=self, fit=self.fit, rules=RetrainingRules(), clock=self.clock)
        run.go(claimed)

    def label_set(self, tenant, as_of):
        return LabelSet(tenant=tenant, as_of=as_of, labels=(), pending_count=0, fingerprint="f" * 64)

    def fit(self, tenant, labels, champion, options, report):
        self.seen.append((tenant, labels.as_of, champion, options))
        report("fitting", 0.5)
        if self.refusal is not None:
            raise self.refusal
        self.before_answer()
        return Challenger(
            fitted=SimpleNamespace(files=self.files),
            outcomes=OUTCOMES,
            probabilities=self.says,
            champion_probabilities=None if self.note or not champion else self.champion_says,
            champion_note=self.note,
            base_rate=0.25,
            fallback_probabilities=None if champion else self.fallback_says,
            last_window_rates=np.full(OUTCOMES.size, 0.25),
            window=PlanChoice(plan=Plan(booster=BoosterParameters()), candidates=(), validated_count=0, origin_count=0),
        )

    def listed(self) -> list[str]:
        return [v.manifest.version for v in self.registry.list(TENANT, LEAD_SCORE, limit=99, after=None).items]

    def active(self) -> str:
        pointer = self.registry.active(TENANT, LEAD_SCORE)
        return "" if pointer is None else pointer.version

    def newest_event(self):
        return self.registry.events(TENANT, LEAD_SCORE, limit=1, after=None, version=None).items[0]


def _admit(_files):
    """That versions are tried out in a child process is tested where that is."""


@pytest.fixture
def learning(tmp_path):
    made = Learning(tmp_path, SetClock(datetime(2026, 7, 3, tzinfo=UTC)))
    yield made
    made.database.close()


def test_a_better_challenger_serves_with_its_evidence_in_the_log(learning):
    learning.serve_champion()
    run_id = learning.ask()
    learning.go(run_id)

    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision, run.version) == (RunState.SUCCEEDED, RunDecision.PROMOTED, CHALLENGER)
    assert learning.active() == CHALLENGER
    event = learning.newest_event()
    assert (event.type, event.version, event.actor) == (ModelEventType.ACTIVATED, CHALLENGER, "training")
    assert event.evidence["training_run"] == run_id
    assert float(event.evidence["p_better_log_loss"]) >= 0.95
    assert run.evidence.items() <= event.evidence.items()
    assert event.reason == run.outcome
    assert run.evidence["champion"] == CHAMPION
    assert run.evidence["label_fingerprint"] == "f" * 64
    assert {contender.name for contender in run.contenders} == {
        "challenger",
        "champion",
        "base_rate",
        "last_window_rate",
    }


def test_labels_are_those_of_a_moment_ago_and_options_those_of_the_request(learning):
    learning.serve_champion()
    learning.go(learning.ask())
    ((tenant, as_of, champion, options),) = learning.seen
    assert (tenant, champion) == (TENANT, CHAMPION)
    assert learning.clock.now - as_of == timedelta(seconds=5)
    assert (options.validation_split, dict(options.parameters)) == (0.5, {"max_depth": 2})


def test_one_that_is_not_better_than_what_answers_without_a_version_scores_in_the_shadow(learning):
    learning.fallback_says = SURE
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision, run.version) == (RunState.SUCCEEDED, RunDecision.KEPT_AS_SHADOW, CHALLENGER)
    assert "fallback" in run.outcome
    assert learning.active() == ""
    assert learning.registry.shadow(TENANT, LEAD_SCORE).version == CHALLENGER


def test_one_that_is_not_better_scores_in_the_shadow(learning):
    learning.serve_champion()
    learning.champion_says = SURE
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision, run.version) == (RunState.SUCCEEDED, RunDecision.KEPT_AS_SHADOW, CHALLENGER)
    assert learning.active() == CHAMPION
    assert learning.registry.shadow(TENANT, LEAD_SCORE).version == CHALLENGER
    event = learning.newest_event()
    assert (event.type, event.evidence["training_run"]) == (ModelEventType.SHADOWED, run_id)


def test_one_that_is_no_better_than_a_constant_is_not_registered(learning):
    learning.serve_champion()
    learning.says = CLUELESS
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision, run.version) == (RunState.FAILED, RunDecision.REFUSED, "")
    assert "base rate" in run.outcome
    assert run.contenders
    assert (learning.listed(), learning.active()) == ([CHAMPION], CHAMPION)


def test_a_refusal_ends_the_run_with_its_reason_and_what_was_known(learning):
    learning.serve_champion()
    learning.refusal = TrainingRefused("LEAKING_FEATURES", "attribute deal_value gives the outcome away.")
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision) == (RunState.FAILED, RunDecision.REFUSED)
    assert run.outcome == "LEAKING_FEATURES: attribute deal_value gives the outcome away."
    assert (run.evidence["champion"], run.evidence["label_count"]) == (CHAMPION, "0")


def test_without_a_champion_it_need_only_beat_the_base_rate(learning):
    run_id = learning.ask()
    learning.go(run_id)
    assert learning.runs.get(TENANT, run_id).decision is RunDecision.PROMOTED
    assert learning.active() == CHALLENGER


def test_a_champion_whose_files_are_gone_is_replaced_and_the_run_says_so(learning):
    learning.serve_champion()
    learning.note = f"the champion {CHAMPION} cannot be asked: no model artifact"
    run_id = learning.ask()
    learning.go(run_id)
    assert learning.active() == CHALLENGER
    assert learning.note in learning.runs.get(TENANT, run_id).outcome


def test_a_version_that_was_activated_meanwhile_is_not_pushed_aside(learning):
    learning.serve_champion()
    learning.registry.register(LOCAL_CALLER, "other", _third(), "somebody's")
    (third,) = set(learning.listed()) - {CHAMPION}
    learning.before_answer = lambda: learning.registry.activate(
        LOCAL_CALLER, "hand", LEAD_SCORE, third, expected=None, reason="by hand"
    )
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.decision, learning.active()) == (RunDecision.KEPT_AS_SHADOW, third)
    assert f"{third} serves by now" in run.outcome


def _third():
    return with_files(small_version(0).files, {"card.md": b"another card"})


STEPS = ["reading labels", "prepare", "registering the version", "act", "succeed"]


@pytest.mark.parametrize("better", [True, False], ids=["better", "not better"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_before_any_step_the_next_attempt_ends_it_with_one_version(learning, step, better):
    learning.serve_champion()
    learning.champion_says = VAGUE if better else SURE
    run_id = learning.ask()
    with pytest.raises(Killed):
        learning.go(run_id, "h1", dies_before=step)
    assert learning.active() in ({CHAMPION, CHALLENGER} if better and step == "succeed" else {CHAMPION})
    learning.clock.advance(60)
    # A fit made again has another name: what the first attempt registered must be found, not made twice.
    learning.files = _third()

    learning.go(run_id, "h2")

    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)
    assert len(learning.listed()) == 2
    assert run.version in learning.listed()
    assert (run.version == CHALLENGER) == (step in {"act", "succeed"})
    assert learning.active() == (run.version if better else CHAMPION)
    assert len(learning.seen) == (1 if step in {"reading labels", "act", "succeed"} else 2)
    with pytest.raises(ClaimLost):
        ClaimedRun(learning.runs, TENANT, run_id, "h1").check()


def test_an_operators_rollback_is_not_undone_by_the_next_attempt(learning):
    learning.serve_champion()
    run_id = learning.ask()
    with pytest.raises(Killed):
        learning.go(run_id, "h1", dies_before="succeed")
    learning.registry.rollback(LOCAL_CALLER, "back", LEAD_SCORE, expected=CHALLENGER, reason="no")
    learning.clock.advance(60)
    learning.go(run_id, "h2")
    assert learning.active() == CHAMPION


def test_a_version_registered_by_an_attempt_taken_for_lost_is_the_runs(learning):
    learning.serve_champion()
    run_id = learning.ask()
    with pytest.raises(Killed):
        learning.go(run_id, "h1", dies_before="registering the version")
    learning.clock.advance(60)
    learning.files = _third()
    late = small_version(1).files
    # The first attempt wakes up after the second looked, and registers what it had written down.
    learning.before_answer = lambda: learning.registry.register(
        _as_training(run_id), run_id, late, f"training run {run_id}"
    )
    learning.go(run_id, "h2")
    assert sorted(learning.listed()) == sorted([CHAMPION, CHALLENGER])
    assert learning.runs.get(TENANT, run_id).version == CHALLENGER


def _as_training(run_id):
    return Caller(tenant=TENANT, actor="training", correlation_id=run_id)


def test_files_that_cannot_be_written_fail_the_run_and_list_nothing(learning):
    learning.models.write_text("a file where a folder should be")
    run_id = learning.ask()
    learning.go(run_id)
    run = learning.runs.get(TENANT, run_id)
    assert (run.state, run.decision) == (RunState.FAILED, RunDecision.NONE)
    assert run.outcome.startswith("The files of the version could not be written")
    assert learning.listed() == []


def test_a_store_that_does_not_work_leaves_the_run_to_another_attempt(learning):
    learning.serve_champion()
    learning.refusal = DependencyDown("store")
    run_id = learning.ask()
    with pytest.raises(DependencyDown):
        learning.go(run_id)
    assert learning.runs.get(TENANT, run_id).state is RunState.RUNNING


def test_who_lost_the_claim_registers_nothing(learning):
    learning.serve_champion()
    run_id = learning.ask()

    def lose():
        learning.clock.advance(60)
        assert learning.runs.claim(TENANT, run_id, "h2", LOST) is not None

    learning.before_answer = lose
    with pytest.raises(ClaimLost):
        learning.go(run_id, "h1")
    assert learning.listed() == [CHAMPION]
