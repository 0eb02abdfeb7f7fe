"""Scores within experiments: real models, a real store of exposures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core import deadline
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.exposure_store import SqlExposureStore
from core.adapters.sql.lead_store import SqlLeadStore
from core.caller import LOCAL_CALLER, Role
from core.errors import DeadlineSpent, DependencyDown, InvalidInput, NotFound
from core.experiments.experiment import AllocationMode, Experiment, StoredExperiment, Variant
from core.experiments.experiment_store import Allocation
from core.experiments.exposing import Exposing
from core.experiments.live import LiveExperiments
from core.experiments.scoring import ExperimentScorer
from core.features.keywords import KeywordFamilies
from core.identifiers import LeadId, VersionName
from core.lead import Lead, LeadWrite
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.loading import load_model
from core.scoring.result import ScoreSource
from core.scoring.scorer import Scorer
from core.scoring.served import ServedModels
from core.scoring.token import TokenSigner
from tests.parts.clock import SetClock
from tests.parts.fitted import small_version
from tests.unit.core.experiments.test_live import Shelf as Experiments
from tests.unit.core.scoring.conftest import NOW, Shelf
from training.sample import generate_leads

TENANT = LOCAL_CALLER.tenant
SIGNER = TokenSigner(b"s" * 32)
LEADS = [lead for lead, _ in generate_leads(40, seed=21)]
OLD, NEW = (VersionName(small_version(number).name) for number in (0, 1))


class Watched:
    """A store of exposures that counts, and fails when told."""

    def __init__(self, store: SqlExposureStore) -> None:
        self.store = store
        self.writes: list = []
        self.looks: list = []
        self.failure: Exception | None = None

    def record(self, tenant, exposure, lead):
        if self.failure is not None:
            raise self.failure
        self.writes.append((exposure, lead))
        return self.store.record(tenant, exposure, lead)

    def first(self, tenant, experiment, unit_id):
        if self.failure is not None:
            raise self.failure
        self.looks.append(unit_id)
        return self.store.first(tenant, experiment, unit_id)


class Counts:
    """Counts writes."""

    def __init__(self) -> None:
        self.recorded_count = self.failed_count = 0

    def recorded(self) -> None:
        self.recorded_count += 1

    def failed(self) -> None:
        self.failed_count += 1


class World:
    """A scorer, what it rests on, and what it did."""

    def __init__(self, home: Path) -> None:
        self.clock = SetClock(NOW)
        self.database = open_database(f"sqlite:///{home}/leadline.db")
        self.database.migrate()
        self.leads = SqlLeadStore(self.database, self.clock)
        self.versions = Shelf()
        for number in range(2):
            self.versions.add(small_version(number).files)
        self.versions.point(TENANT, OLD)
        self.experiments = _OfOneTenant()
        self.exposures = Watched(SqlExposureStore(self.database))
        self.counts = Counts()
        self.log: list = []
        self.told: list = []
        self.begin()

    def begin(self) -> None:
        """Begin anew, as another process would: with nothing in memory."""
        fallbacks = OutcomeFallbacks(self.leads, KeywordFamilies(read_keywords()))
        self.served = ServedModels(
            self.versions, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, self.clock
        )
        self.scorer = Scorer(self.served, self.leads, SIGNER, self.log.append, self.clock, watchers=[self.told.append])
        self.live = LiveExperiments(self.experiments)
        self.inside = ExperimentScorer(
            self.scorer, Exposing(self.live, self.exposures, self.clock, self.counts), self.leads
        )

    def run(self, share: float = 0.5, **fields) -> None:
        """Run experiment ``e``: the old version against the new one, which gets a share of the units."""
        variants = (
            Variant(name="old", model_version=OLD, share=1 - share, is_control=True),
            Variant(name="new", model_version=NEW, share=share),
        )
        self.experiments.put(Experiment(**{"name": "e", "variants": variants, "start_time": NOW, **fields}))

    def score(self, lead: Lead = LEADS[0], **options):
        return self.inside.score(LOCAL_CALLER, lead, **{"experiment": "e", **options})


class _OfOneTenant(Experiments):
    def get(self, tenant, name) -> StoredExperiment:
        self._ask(name)
        if name not in self.stored:
            raise NotFound("experiment", name)
        return self.stored[name]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def codes(answer) -> list[str]:
    return [warning.code for warning in answer.warnings]


def test_both_arms_answer_as_their_versions_do(world):
    world.run()
    seen = set()
    for lead in LEADS:
        answer = world.score(lead)
        version = {"old": OLD, "new": NEW}[answer.variant]
        pinned = world.scorer.score(LOCAL_CALLER, lead, version=version)
        assert (answer.probability, answer.contributions) == (pinned.probability, pinned.contributions)
        assert (answer.experiment, answer.model_version, answer.source) == ("e", version, ScoreSource.MODEL)
        shown = SIGNER.read(answer.attribution_token)
        assert (shown.experiment, shown.variant, shown.model_version) == ("e", answer.variant, version)
        assert answer.warnings == ()
        seen.add(answer.variant)
    assert seen == {"old", "new"}


def test_what_a_score_without_an_experiment_says_is_what_it_said_before(world):
    answer = world.inside.score(LOCAL_CALLER, LEADS[0])
    assert (answer.experiment, answer.variant, answer.model_version) == ("", "", OLD)
    assert SIGNER.read(answer.attribution_token).experiment == ""
    assert world.exposures.writes == []


def test_the_exposure_is_written_once_with_the_lead_and_the_same_again_writes_nothing(world):
    world.run()
    first = world.score(unit_id="u")
    again = world.score(unit_id="u")
    ((exposure, lead),) = world.exposures.writes
    assert (exposure.experiment, exposure.unit_id, exposure.variant) == ("e", "u", first.variant)
    assert (exposure.propensity, exposure.is_override, exposure.exposure_time) == (0.5, False, NOW)
    assert (lead.lead_id, lead.score, lead.source) == (LEADS[0].lead_id, first.score, "model")
    assert (again.variant, again.score) == (first.variant, first.score)
    assert world.counts.recorded_count == 1
    assert len(world.log) == len(world.told) == 2


def test_another_lead_of_the_unit_is_linked_to_the_same_exposure(world):
    world.run()
    world.score(LEADS[0], unit_id="u")
    world.clock.advance(60)
    world.score(LEADS[1], unit_id="u")
    (_, first), (_, second) = world.exposures.writes
    assert [first.lead_id, second.lead_id] == [LEADS[0].lead_id, LEADS[1].lead_id]
    assert world.exposures.store.first(TENANT, "e", "u").exposure_time == NOW


def test_without_a_unit_the_lead_is_its_own(world):
    world.run()
    world.score(LEADS[3])
    assert world.exposures.writes[0][0].unit_id == LEADS[3].lead_id


def test_spellings_that_unicode_calls_one_are_one_unit(world):
    world.run()
    world.score(unit_id="Zo\u00eb")
    world.score(unit_id="Zoe\u0308")
    assert [exposure.unit_id for exposure, _ in world.exposures.writes] == ["Zo\u00eb"]


def test_before_the_exposure_the_control_has_its_say_in_every_arm_and_nobody_is_told(world):
    world.run()
    for lead in LEADS:
        world.score(lead)
    for (exposure, linked), lead in zip(world.exposures.writes, LEADS, strict=True):
        control = world.scorer._runner.run(TENANT, world.served.pinned(TENANT, OLD), [lead], 0, NOW)[0]
        assert exposure.baseline_score == 100 * control.scored.probability
        assert (linked.score == exposure.baseline_score) is (exposure.variant == "old")
    assert len(world.log) == len(world.told) == len(LEADS)


def test_the_answer_comes_after_the_exposure(world):
    """Whatever is shown is recorded: at the moment of the write nothing was logged or signed."""
    world.run()
    logged = []
    record = world.exposures.store.record

    def watched(*arguments):
        logged.append(len(world.log))
        return record(*arguments)

    world.exposures.store.record = watched
    world.score()
    assert logged == [0]
    assert len(world.log) == 1


@pytest.mark.parametrize("failure", [DependencyDown("store"), DeadlineSpent("too late")])
def test_a_unit_that_cannot_be_recorded_sees_what_everybody_sees(world, failure):
    world.run(share=1 - 1e-9)
    world.exposures.failure = failure
    answer = world.score()
    assert codes(answer) == ["EXPERIMENT_UNAVAILABLE"]
    assert (answer.experiment, answer.variant, answer.model_version) == ("", "", OLD)
    shown = SIGNER.read(answer.attribution_token)
    assert (shown.experiment, shown.variant) == ("", "")
    assert [line.version for line in world.log] == [OLD], "only what was shown is logged"
    assert (world.counts.recorded_count, world.counts.failed_count) == (0, 1)
    world.exposures.failure = None
    assert world.score().variant == "new"


def test_a_unit_that_is_known_stays_in_its_variant_while_the_store_is_down(world):
    world.run(share=1 - 1e-9)
    world.score()
    world.exposures.failure = DependencyDown("store")
    answer = world.score()
    assert (answer.variant, codes(answer)) == ("new", [])
    assert codes(world.score(LEADS[1])) == ["EXPERIMENT_UNAVAILABLE"]


def test_an_experiment_that_cannot_be_looked_up_costs_no_answer(world):
    world.run()
    world.experiments.is_down = True
    answer = world.score()
    assert (answer.variant, answer.model_version, codes(answer)) == ("", OLD, ["EXPERIMENT_UNAVAILABLE"])


@pytest.mark.parametrize("where", ["scheduled", "ended", "stopped"])
def test_what_does_not_run_is_answered_by_the_active_version_with_a_warning(world, where):
    times = {
        "scheduled": {"start_time": NOW + timedelta(seconds=1)},
        "ended": {"start_time": NOW - timedelta(days=2), "end_time": NOW},
        "stopped": {},
    }
    world.run(**times[where])
    if where == "stopped":
        world.experiments.put(world.experiments.stored["e"].experiment, stop_time=NOW)
    answer = world.score()
    assert (answer.experiment, answer.variant, answer.model_version) == ("", "", OLD)
    assert codes(answer) == ["EXPERIMENT_NOT_RUNNING"]
    assert world.exposures.writes == []


def test_a_unit_that_takes_no_part_is_answered_without_a_word(world):
    world.run(holdout_share=1 - 1e-12)
    answer = world.score()
    assert (answer.experiment, answer.variant, answer.warnings) == ("", "", ())
    assert world.exposures.writes == []


def test_a_tester_gets_its_variant_and_is_marked(world):
    world.run(share=1e-9, overrides={"tester": "new"})
    assert world.score(unit_id="tester").variant == "new"
    exposure = world.exposures.writes[0][0]
    assert (exposure.is_override, exposure.propensity) == (True, 1.0)


def test_a_version_that_cannot_be_loaded_leaves_the_unit_in_its_variant(world):
    world.run(share=1 - 1e-9)
    del world.versions.files[NEW]
    answer = world.score()
    assert (answer.experiment, answer.variant, answer.source) == ("e", "new", ScoreSource.RULES)
    assert codes(answer) == ["MODEL_FAILED"]
    assert SIGNER.read(answer.attribution_token).variant == "new"
    ((exposure, lead),) = world.exposures.writes
    assert (lead.source, lead.score) == ("rules", answer.score)
    assert exposure.baseline_score is not None


def test_so_does_one_that_fails_while_it_runs(world):
    world.run(share=1 - 1e-9)
    model = world.served.pinned(TENANT, NEW)
    broken = replace(model, predictor=_Broken())
    world.served._loaded._models[TENANT, NEW] = broken
    answer = world.score()
    assert (answer.variant, answer.source, codes(answer)) == ("new", ScoreSource.RULES, ["MODEL_FAILED"])
    assert world.exposures.writes[0][1].source == "rules"


class _Broken:
    def predict(self, _rows):
        raise RuntimeError


@pytest.mark.parametrize("share", [1e-9, 1 - 1e-9])
def test_where_the_control_has_nothing_to_say_no_arm_has_a_baseline(world, share):
    world.run(share=share)
    world.versions.point(TENANT, NEW)
    del world.versions.files[OLD]
    world.score()
    assert world.exposures.writes[0][0].baseline_score is None


def bandit(world: World, **shares: float) -> None:
    world.run(mode=AllocationMode.BANDIT)
    world.experiments.allocations["e"] = Allocation(number=1, shares=shares, start_time=NOW)


def test_in_a_bandit_the_first_exposure_decides_and_the_store_is_not_asked_again(world):
    bandit(world, old=0.0, new=1.0)
    assert world.score(unit_id="u").variant == "new"
    world.experiments.allocate("e", 2, old=1.0, new=0.0)
    world.live.refresh()
    assert [world.score(LEADS[number], unit_id="u").variant for number in range(3)] == ["new"] * 3
    assert world.score(unit_id="newcomer").variant == "old"
    # Before and after the first exposure of each.
    assert world.exposures.looks == ["u", "u", "newcomer", "newcomer"]
    world.exposures.looks.clear()
    exposure = world.exposures.writes[0][0]
    assert (exposure.propensity, exposure.allocation) == (1.0, 1)
    world.begin()
    assert world.score(unit_id="u").variant == "new"
    assert world.score(unit_id="u").variant == "new"
    assert world.exposures.looks == ["u"]


def test_of_two_processes_that_expose_a_unit_at_once_both_keep_what_came_first(world):
    bandit(world, old=0.0, new=1.0)
    record = world.exposures.store.record

    def overtaken(tenant, exposure, lead):
        earlier = replace(exposure, variant="old", exposure_time=NOW - timedelta(milliseconds=1))
        record(tenant, earlier, lead)
        return record(tenant, exposure, lead)

    world.exposures.store.record = overtaken
    assert world.score(unit_id="u").variant == "new", "its exposure was written before it was known"
    world.exposures.store.record = record
    assert world.score(unit_id="u").variant == "old"
    world.begin()
    assert world.score(unit_id="u").variant == "old"


def test_what_a_unit_saw_first_is_not_guessed_while_the_store_is_down(world):
    bandit(world, old=0.5, new=0.5)
    world.exposures.failure = DependencyDown("store")
    assert codes(world.score()) == ["EXPERIMENT_UNAVAILABLE"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"version": OLD}, "model_version"),
        ({"experiment": "", "unit_id": "u"}, "unit_id"),
        ({"experiment": "not a name"}, "experiment"),
        ({"unit_id": " u"}, "unit_id"),
        ({"unit_id": "u" * 129}, "unit_id"),
        ({"unit_id": "a\u200bb"}, "unit_id"),
        ({"limit": 101}, "max_contributions"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(world, options, field):
    world.run()
    with pytest.raises(InvalidInput) as caught:
        world.score(**options)
    assert [violation.field for violation in caught.value.violations] == [field]
    assert world.exposures.writes == []


def test_an_unknown_experiment_is_not_found(world):
    with pytest.raises(NotFound) as caught:
        world.score(experiment="none")
    assert caught.value.reason == "EXPERIMENT_NOT_FOUND"


def test_a_lead_that_is_not_there_exposes_nobody(world):
    world.run()
    with pytest.raises(NotFound):
        world.score(Lead(lead_id=LeadId("nowhere")))
    assert world.exposures.writes == []


def test_a_seller_exposes_no_lead_of_somebody_else(world):
    world.run()
    write = LeadWrite(lead=Lead(lead_id=LeadId("bobs"), title="t", owner_id="bob"))
    world.leads.upsert(LOCAL_CALLER, "r", [write])
    ann = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="ann")
    with pytest.raises(NotFound):
        world.inside.score(ann, Lead(lead_id=LeadId("bobs")), experiment="e")
    with pytest.raises(InvalidInput):
        world.inside.score(ann, Lead(lead_id=LeadId("x"), owner_id="bob"), experiment="e")
    assert world.exposures.writes == []


def test_a_lead_of_another_seller_that_comes_with_the_call_counts_for_no_unit(world):
    world.run()
    write = LeadWrite(lead=Lead(lead_id=LeadId("bobs"), title="t", owner_id="bob"))
    own = LeadWrite(lead=Lead(lead_id=LeadId("anns"), title="t", owner_id="ann"))
    world.leads.upsert(LOCAL_CALLER, "r", [write, own])
    ann = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="ann")
    for lead_id in ("bobs", "bobs", "anns", "unknown", "bobs"):
        answer = world.inside.score(ann, Lead(lead_id=LeadId(lead_id), title="t"), experiment="e", unit_id="u")
        assert (answer.experiment, answer.warnings) == ("e", ())
    assert [lead and lead.lead_id for _, lead in world.exposures.writes] == [None, "anns", "unknown"]


def test_while_nobody_can_say_whose_a_lead_is_a_seller_exposes_nobody(world, monkeypatch):
    def down(*_):
        raise DependencyDown("store")

    world.run()
    ann = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="ann")
    monkeypatch.setattr(world.leads, "get", down)
    answer = world.inside.score(ann, Lead(lead_id=LeadId("x"), title="t"), experiment="e")
    assert (answer.variant, codes(answer)) == ("", ["EXPERIMENT_UNAVAILABLE"])
    assert world.exposures.writes == []


def test_a_deadline_that_is_spent_ends_the_call(world):
    world.run()
    world.score()
    token = deadline.set_deadline(time.monotonic() - 1)
    try:
        with pytest.raises(DeadlineSpent):
            world.score(LEADS[1])
    finally:
        deadline.clear_deadline(token)
