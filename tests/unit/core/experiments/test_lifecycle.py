"""Creating and stopping, over a real store and a real registry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.adapters.admission import admit
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.adapters.sql.engine import open_database
from core.adapters.sql.experiment_store import SqlExperimentStore
from core.adapters.sql.known_outcomes import SqlKnownOutcomes
from core.adapters.sql.label_source import SqlLabelSource
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.lead_traffic import SqlLeadTraffic
from core.adapters.sql.registry_store import SqlRegistryStore
from core.caller import LOCAL_CALLER
from core.errors import AlreadyExists, ArtifactRefused, DependencyDown, InvalidInput, WrongState
from core.experiments.draft import ExperimentDraft
from core.experiments.experiment import ExperimentState, Variant
from core.experiments.lifecycle import ExperimentLifecycle
from core.experiments.live import LiveExperiments
from core.experiments.plan import EffectScale, Plan
from core.experiments.planner import Planner
from core.features.keywords import KeywordFamilies
from core.feedback.label_rules import LabelRules
from core.feedback.labelling import Labelling
from core.identifiers import LeadId, VersionName
from core.lead import Lead, LeadOutcome, LeadWrite
from core.registry.model_registry import ModelRegistry
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lifecycle import ModelLifecycle
from core.scoring.loading import load_model
from core.scoring.served import ServedModels
from core.version import LEAD_SCORE
from tests.parts.clock import SetClock
from tests.parts.fitted import database_url, make_home, model_dir, small_version

TENANT = LOCAL_CALLER.tenant
NOW = datetime(2027, 1, 1, tzinfo=UTC)
OLD, NEW = (VersionName(small_version(number).name) for number in (0, 1))
VARIANTS = (
    Variant(name="old", model_version=OLD, share=0.5, is_control=True),
    Variant(name="new", model_version=NEW, share=0.5),
)
DRAFT = ExperimentDraft(name="e", variants=VARIANTS)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lifecycle") / "home"
    home.mkdir()
    make_home(home)
    return home


class Office:
    """Everything that creating and stopping touches."""

    def __init__(self, home: Path) -> None:
        self.clock = SetClock(NOW)
        self.database = open_database(database_url(home))
        self.leads = SqlLeadStore(self.database, self.clock)
        self.store = SqlExperimentStore(self.database, self.clock)
        self.registry = ModelRegistry(
            SqlRegistryStore(self.database, self.clock), FolderArtifacts(model_dir(home)), admit, self.clock
        )
        fallbacks = OutcomeFallbacks(SqlKnownOutcomes(self.database), KeywordFamilies(read_keywords()))
        served = ServedModels(
            self.registry, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, self.clock
        )
        self.models = ModelLifecycle(self.registry, served)
        self.live = LiveExperiments(self.store)
        labels = Labelling(SqlLabelSource(self.database), LabelRules())
        planner = Planner(labels, SqlLeadTraffic(self.database), self.clock)
        self.experiments = ExperimentLifecycle(self.store, self.live, planner, self.models, self.clock, 0.1)

    def create(self, request_id: str = "r", draft: ExperimentDraft = DRAFT, **options):
        return self.experiments.create(LOCAL_CALLER, request_id, draft, **options)

    def stop(self, request_id: str = "s", winner: str = "new", *, activate: bool = True):
        return self.experiments.stop(LOCAL_CALLER, request_id, "e", winner, "why", activate_winner=activate)

    def serving(self) -> str:
        pointer = self.registry.active(TENANT, LEAD_SCORE)
        return "" if pointer is None else pointer.version


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    office = Office(Path(shutil.copytree(template, tmp_path / "home")))
    yield office
    office.database.close()


def broken(caught) -> list[str]:
    return [violation.field for violation in caught.value.violations]


def test_what_is_left_out_is_filled_in(office):
    made = office.create().experiment
    assert (made.start_time, made.end_time, made.holdout_share) == (NOW, None, 0.1)
    assert (made.min_effect, made.effect_scale, made.plan) == (0.02, EffectScale.RELATIVE, None)


def test_the_same_request_gets_the_same_experiment_however_much_later(office):
    first = office.create()
    office.clock.advance(3_600)
    assert office.create() == first
    told = replace(DRAFT, name="told", start_time=NOW + timedelta(hours=1))
    second = office.create("told", told)
    office.clock.advance(7_200)
    assert office.create("told", told) == second, "its start lies in the past by now"


def test_this_process_knows_at_once_what_it_created_and_stopped(office):
    office.create()
    assert office.live.get(TENANT, "e").stored.state(NOW) is ExperimentState.RUNNING
    office.stop()
    assert office.live.get(TENANT, "e").stored.state(NOW) is ExperimentState.STOPPED


def test_a_start_may_lie_a_minute_in_the_past_and_no_more(office):
    with pytest.raises(InvalidInput) as caught:
        office.create(draft=replace(DRAFT, start_time=NOW - timedelta(seconds=61)))
    assert broken(caught) == ["experiment.start_time"]
    office.create(draft=replace(DRAFT, start_time=NOW - timedelta(seconds=60)))


def test_an_end_lies_in_the_future(office):
    draft = replace(DRAFT, start_time=NOW - timedelta(seconds=50), end_time=NOW - timedelta(seconds=10))
    with pytest.raises(InvalidInput) as caught:
        office.create(draft=draft)
    assert broken(caught) == ["experiment.end_time"]


def test_an_effect_that_matters_is_the_plans_unless_another_is_named(office):
    plan = Plan(baseline_rate=0.2, min_effect=0.05, effect_scale=EffectScale.ABSOLUTE)
    made = office.create(draft=replace(DRAFT, plan=plan)).experiment
    assert (made.min_effect, made.effect_scale) == (0.05, EffectScale.ABSOLUTE)
    assert made.plan is not None
    assert made.plan.horizon_units > 0
    other = replace(DRAFT, name="other", plan=plan, min_effect=0.01)
    made = office.create("other", other).experiment
    assert (made.min_effect, made.effect_scale) == (0.01, EffectScale.ABSOLUTE)
    with pytest.raises(InvalidInput) as caught:
        office.create("third", replace(DRAFT, name="third", effect_scale=EffectScale.ABSOLUTE))
    assert broken(caught) == ["experiment.min_effect"]


def test_the_rate_of_a_plan_is_measured_if_it_is_not_given(office):
    plan = Plan(baseline_rate=0.0, min_effect=0.2)
    with pytest.raises(InvalidInput) as caught:
        office.create(draft=replace(DRAFT, plan=plan))
    assert broken(caught) == ["experiment.plan.baseline_rate"]
    writes = [
        LeadWrite(lead=Lead(lead_id=LeadId(f"l{number}"), title="t"), outcome=LeadOutcome(converted=number % 4 == 0))
        for number in range(40)
    ]
    office.leads.upsert(LOCAL_CALLER, "leads", writes)
    made = office.create(draft=replace(DRAFT, plan=plan)).experiment
    assert made.plan is not None
    assert made.plan.baseline_rate == 0.25
    assert made.plan.units_per_day == 0.0


def test_a_plan_is_too_long_by_the_weeks_that_are_asked_for(office):
    plan = Plan(baseline_rate=0.2, min_effect=0.5, units_per_day=25.0)
    draft = replace(DRAFT, plan=plan)
    with pytest.raises(WrongState) as caught:
        office.create(draft=draft, max_weeks=1)
    assert caught.value.reason == "PLAN_TOO_LONG"
    assert set(caught.value.metadata) == {"days", "max_weeks"}
    assert office.create(draft=draft, max_weeks=52).experiment.plan.days > 7


def test_a_version_that_cannot_serve_is_not_tried(office, tmp_path):
    digest = office.registry.get(TENANT, LEAD_SCORE, NEW).digest
    (model_dir(tmp_path / "home") / digest / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(ArtifactRefused):
        office.create()
    assert office.store.list(TENANT, limit=10, after=None, open_at=None).items == ()


def test_the_winner_serves_and_the_same_request_says_so_again(office):
    office.create()
    stopped = office.stop()
    assert (stopped.stored.winner, stopped.activated.manifest.version, office.serving()) == ("new", NEW, NEW)
    office.models.activate(LOCAL_CALLER, "by-hand", LEAD_SCORE, OLD, expected=NEW, reason="a test")
    assert office.stop().activated.manifest.version == NEW
    assert office.serving() == OLD, "what somebody decided since is not undone"


def test_a_stop_without_a_winner_moves_nothing(office):
    office.create()
    assert office.stop(winner="", activate=False).activated is None
    assert office.serving() == ""


def test_an_activation_that_fails_after_the_stop_is_completed_by_the_same_request(office, monkeypatch):
    office.create()
    activate = office.models.activate
    monkeypatch.setattr(office.models, "activate", _down)
    with pytest.raises(DependencyDown):
        office.stop()
    assert office.store.get(TENANT, "e").stop_time is not None
    assert office.serving() == ""
    monkeypatch.setattr(office.models, "activate", activate)
    assert office.stop().activated.manifest.version == NEW
    assert office.serving() == NEW


def test_what_another_request_stopped_is_not_activated_by_a_later_one(office):
    office.create()
    office.stop("first", winner="old")
    with pytest.raises(WrongState) as caught:
        office.stop("second", winner="new")
    assert caught.value.reason == "EXPERIMENT_STOPPED"
    assert office.serving() == OLD


def test_a_stop_without_activation_does_not_become_one_with_it(office):
    office.create()
    office.stop(activate=False)
    with pytest.raises(AlreadyExists):
        office.stop(activate=True)
    assert office.serving() == ""


def test_a_failure_to_read_it_again_does_not_hide_that_it_was_created(office, monkeypatch):
    monkeypatch.setattr(office.live, "renew", _down)
    assert office.create().experiment.name == "e"


def _down(*_: object, **__: object) -> None:
    raise DependencyDown("store")
