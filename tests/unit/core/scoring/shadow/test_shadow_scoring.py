from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from core.adapters.sql.shadow_store import SqlShadowStore
from core.errors import ArtifactRefused, DependencyDown
from core.identifiers import LeadId, TenantId
from core.lead import Lead
from core.scoring.served_answer import ServedAnswer
from core.scoring.shadow import scoring
from core.scoring.shadow.challengers import Challengers
from core.scoring.shadow.sampling import is_sampled
from core.scoring.shadow.scoring import ShadowScoring
from core.scoring.token import new_token_id
from core.version import ShadowPointer
from tests.parts.fitted import small_version

ACME = TenantId("acme")
WAIT_SECONDS = 20.0


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_sampled_share_is_what_was_asked_for_and_the_same_again(share):
    source = random.Random(7)
    tokens = [new_token_id(source) for _ in range(20_000)]
    sampled = [token for token in tokens if is_sampled(token, share)]
    assert len(sampled) == pytest.approx(20_000 * share, abs=4 * (20_000 * share * (1 - share)) ** 0.5)
    assert sampled == [token for token in tokens if is_sampled(token, share)]
    assert {token for token in tokens if is_sampled(token, share / 2)} <= set(sampled)


class Pointers:
    def __init__(self) -> None:
        self.version = ""

        self.questions = 0

    def shadows_everywhere(self, kind):
        self.questions += 1
        if not self.version:
            return {}
        return {ACME: ShadowPointer(version=self.version, digest="d", reason="new", start_time=None)}


class Figures:
    def __init__(self) -> None:
        self.counts = Counter()

    def scored(self, count):
        self.counts["scored"] += count

    def dropped(self, count):
        self.counts["dropped"] += count

    def failed(self):
        self.counts["failed"] += 1


class Setting:
    """A shadow over a real store and real models; answers are version 0's."""

    def __init__(self, model, store, clock) -> None:
        self.pointers, self.figures, self.told = Pointers(), Figures(), []
        self.model, self.store, self.clock = model, store, clock
        self.broken: Exception | None = None
        self.challengers = Challengers(self.pointers, self._load, lambda *what: self.told.append(what))
        self.shadow = ShadowScoring(self.challengers, store, 1.0, self.figures, cpu_share=1.0)

    def _load(self, _tenant, _version):
        if self.broken is not None:
            raise self.broken
        return self.model(1)

    def put(self, version: str = "") -> None:
        """Put version 1 into the shadow, and let the thread's look find it."""
        self.pointers.version = version or small_version(1).name
        self.challengers.has(ACME)
        self.challengers.refresh()

    def answer(self, number: int, lead: Lead | None = None) -> ServedAnswer:
        model, lead = self.model(0), lead or small_version(0).leads[number][0]
        row = model.rows([lead], self.clock())[0]
        return ServedAnswer(
            tenant=ACME,
            model=model,
            lead=lead,
            row=row,
            probability=model.score(row[None, :])[0].probability,
            token_id=f"token-{number}",
            score_time=self.clock(),
            seconds=0.25,
        )

    def written(self):
        return self.store.newest(ACME, small_version(1).name, small_version(0).name, limit=1_000)

    def run(self, until) -> None:
        self.shadow.start()
        ends = time.monotonic() + WAIT_SECONDS
        while not until() and time.monotonic() < ends:
            time.sleep(0.01)
        self.shadow.stop(timedelta(seconds=5))
        assert until()


@pytest.fixture
def setting(model, database, clock) -> Setting:
    return Setting(model, SqlShadowStore(database), clock)


def test_sampled_answers_are_scored_by_the_challenger_with_its_own_features(setting):
    setting.put()
    answers = [setting.answer(number) for number in range(20)]
    for answer in answers:
        setting.shadow.watch(answer)
    setting.run(lambda: len(setting.written()) == 20)
    challenger = setting.model(1)
    by_token = {score.token_id: score for score in setting.written()}
    for answer in answers:
        score = by_token[answer.token_id]
        (expected,) = challenger.score(challenger.rows([answer.lead], answer.score_time))
        assert score.probability == expected.probability
        assert (score.served_probability, score.served_seconds) == (answer.probability, 0.25)
        assert score.seconds > 0
    assert setting.figures.counts == {"scored": 20}


def test_where_nobody_is_in_the_shadow_nothing_is_queued(setting):
    setting.shadow.watch(setting.answer(0))
    setting.challengers.refresh()
    setting.shadow.watch(setting.answer(1))
    assert len(setting.shadow._queue) == 0
    setting.put()
    setting.shadow.watch(setting.answer(2))
    assert len(setting.shadow._queue) == 1
    setting.pointers.version = ""
    setting.challengers.refresh()
    setting.shadow.watch(setting.answer(3))
    assert len(setting.shadow._queue) == 1


def test_a_full_queue_lets_answers_go_and_counts_them(setting, monkeypatch):
    monkeypatch.setattr(scoring, "QUEUE_LIMIT", 3)
    setting.put()
    answer = setting.answer(0)
    for _ in range(5):
        setting.shadow.watch(answer)
    assert (setting.shadow.dropped(ACME), setting.figures.counts["dropped"]) == (2, 2)
    assert setting.shadow.dropped(TenantId("other")) == 0


@pytest.mark.parametrize("problem", [ArtifactRefused("model.onnx", "is damaged"), ValueError("secret")])
def test_a_challenger_that_cannot_be_loaded_is_told_once_and_harms_nobody(setting, problem):
    setting.broken = problem
    for _ in range(3):
        setting.put()
    setting.shadow.watch(setting.answer(0))
    assert len(setting.shadow._queue) == 0
    assert len(setting.told) == 1
    assert "secret" not in setting.told[0][2]


def test_one_that_fails_while_it_scores_is_left_alone(setting, monkeypatch):
    setting.put()
    # A lead that no feature code can take.
    setting.shadow.watch(setting.answer(0))
    broken = setting.answer(1)
    object.__setattr__(broken, "lead", None)
    setting.shadow.watch(broken)
    setting.run(lambda: setting.figures.counts["failed"] == 1)
    assert setting.figures.counts["dropped"] == 1
    assert len(setting.told) == 1
    setting.shadow.watch(setting.answer(2))
    assert len(setting.shadow._queue) == 0


class DownStore:
    """A store that is away for a while."""

    def __init__(self, store) -> None:
        self._store, self.is_down, self.tries = store, True, 0

    def append(self, scores):
        self.tries += 1
        if self.is_down:
            raise DependencyDown("store")
        self._store.append(scores)

    def newest(self, *args, **options):
        return self._store.newest(*args, **options)


def test_scores_wait_while_the_store_is_down(setting, monkeypatch):
    monkeypatch.setattr(scoring, "WRITE_EVERY", timedelta(milliseconds=10))
    store = DownStore(setting.store)
    setting.shadow._store = store
    setting.put()
    setting.shadow.watch(setting.answer(0))

    def written() -> bool:
        if store.tries > 2:
            store.is_down = False
        return len(setting.written()) == 1

    setting.run(written)
    assert setting.figures.counts == {"scored": 1}


def test_the_version_that_serves_is_not_its_own_shadow(setting):
    setting.put()
    own = setting.answer(0)
    object.__setattr__(own, "model", setting.model(1))
    setting.shadow.watch(own)
    setting.shadow.watch(setting.answer(1))
    setting.run(lambda: len(setting.written()) == 1)
    assert setting.written()[0].token_id == "token-1"  # noqa: S105 - not a secret


def test_with_a_share_of_nothing_no_thread_runs(setting):
    off = ShadowScoring(setting.challengers, setting.store, 0.0, setting.figures)
    off.start()
    assert not off._thread.is_alive()
    off.stop(timedelta(seconds=1))


def test_being_told_of_an_answer_takes_microseconds(setting):
    setting.put()
    answer = setting.answer(0, Lead(lead_id=LeadId("a"), title="x"))
    shadow = ShadowScoring(setting.challengers, setting.store, 0.1, setting.figures)
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        for _ in range(100):
            shadow.watch(answer)
        times.append((time.perf_counter() - begun) / 100)
    assert min(times) < 10e-6


def test_one_question_a_round_for_however_many_tenants(setting):
    setting.challengers.refresh()
    assert setting.pointers.questions == 0
    others = [TenantId(f"t{number}") for number in range(50)]
    for tenant in others:
        setting.challengers.has(tenant)
    setting.put()
    assert setting.pointers.questions == 1
    assert setting.challengers.has(ACME)
    assert not any(map(setting.challengers.has, others))
