"""Scores that rest on what leads did: looked up only where a model looks at it, walled, and the same wherever it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.adapters.keyword_file import read_keywords
from core.adapters.onnx_predictor import OnnxPredictor
from core.behavior.live import LeadBehavior
from core.behavior.plan import LEAD_PLAN
from core.behavior.recording import microseconds_of
from core.behavior.scaling import ScalingMethod
from core.caller import LOCAL_CALLER, Role
from core.errors import ArtifactRefused, DependencyDown
from core.explain.points import EVERYTHING_ELSE
from core.features.keywords import KeywordFamilies
from core.identifiers import TenantId
from core.lead import Lead, LeadWrite
from core.scoring.arm import Arm
from core.scoring.fallbacks import OutcomeFallbacks
from core.scoring.lead_behavior import PATIENT_FAILURES, LeadBehaviors
from core.scoring.loading import load_model, read_scaling, vectorizer_json
from core.scoring.model_runs import Told
from core.scoring.result import ScoreSource
from core.scoring.scorer import Scorer
from core.scoring.served import ServedModels
from core.scoring.served_answer import ServedAnswer
from core.scoring.shadow.scoring import ShadowScoring
from core.scoring.token import TokenSigner
from core.version import GOLDEN_FILE, VECTORIZER_FILE
from tests.parts.behaving import behaving_table, behaving_version
from tests.parts.fitted import offline_model, small_version

TENANT = LOCAL_CALLER.tenant
SELLER = replace(LOCAL_CALLER, roles=frozenset({Role.SELLER}), owner_id="anna")
TABLE = behaving_table()
ACTIVE = [i for i, values in enumerate(TABLE.behavior) if values["total_interactions"] > 3][:40]
LEADS = [TABLE.leads[i] for i in ACTIVE]


class Lookup:
    """What leads of one tenant did, and who asked."""

    def __init__(self) -> None:
        self.of = {TABLE.leads[i].lead_id: TABLE.behavior[i] for i in ACTIVE}
        self.asked = []
        self.is_down = False

    def try_get(self, tenant, lead_id, moment_us, *, within=timedelta(seconds=1)):
        self.asked.append((tenant, lead_id, moment_us, within))
        if self.is_down:
            return None
        values = self.of.get(lead_id) if tenant == TENANT else None
        count = int(values["total_interactions"]) if values else 0
        return LeadBehavior(
            values=values or {"total_interactions": 0.0},
            event_count=count,
            last_event_us=None,
            up_to_sequence=count,
            moment_us=moment_us,
        )


@pytest.fixture(scope="module")
def looking():
    return offline_model(behaving_version().files)


class World:
    """Who knows what leads did, and who was told of answers."""

    def __init__(self) -> None:
        self.lookup, self.kept, self.log, self.watched = Lookup(), [], [], []

    def take(self, *what, **named):
        self.kept.append((*what, named))


@pytest.fixture
def world():
    return World()


@pytest.fixture
def scorer(shelf, lead_store, clock, world):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    served = ServedModels(shelf, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, clock)
    behaviors = LeadBehaviors(world.lookup, lead_store, world.take)
    signer = TokenSigner(b"s" * 32)
    watchers = [world.watched.append]
    return Scorer(served, lead_store, signer, world.log.append, clock, behaviors=behaviors, watchers=watchers)


@pytest.fixture
def version(shelf):
    name = shelf.add(behaving_version().files)
    shelf.point(TENANT, name)
    return name


def expected(looking, clock, lead, values):
    return looking.score(looking.rows([lead], clock(), [values]))[0].probability


def test_a_score_is_that_of_what_the_lead_did(scorer, version, looking, world, clock):
    for lead in LEADS[:10]:
        answer = scorer.score(LOCAL_CALLER, lead)
        assert answer.probability == expected(looking, clock, lead, world.lookup.of[lead.lead_id])
        assert answer.warnings == ()
        row = looking.rows([lead], clock(), [world.lookup.of[lead.lead_id]])
        assert world.log[-1].features == row.tobytes()
    without = [expected(looking, clock, lead, None) for lead in LEADS[:10]]
    assert without != [100.0 * prediction.probability for prediction in world.log]
    assert [asked[:3] for asked in world.lookup.asked] == [
        (TENANT, lead.lead_id, microseconds_of(clock())) for lead in LEADS[:10]
    ]


def test_for_a_model_that_does_not_look_at_it_nothing_is_looked_up(scorer, shelf, world):
    shelf.point(TENANT, shelf.add(small_version(0).files))
    scorer.score(LOCAL_CALLER, LEADS[0])
    scorer.score_batch(LOCAL_CALLER, LEADS[:3])
    scorer.opinion(TENANT, scorer.known(LOCAL_CALLER, LEADS[0]), small_version(0).name)
    assert world.lookup.asked == world.kept == []


def test_a_batch_looks_each_lead_up_once_and_gives_what_single_calls_give(scorer, version, world):
    batch = scorer.score_batch(LOCAL_CALLER, LEADS)
    assert [asked[1] for asked in world.lookup.asked] == [lead.lead_id for lead in LEADS]
    assert [answer.score for answer in batch] == [scorer.score(LOCAL_CALLER, lead).score for lead in LEADS]


def test_what_cannot_be_looked_up_is_said_and_scored_as_a_lead_without_events(scorer, version, looking, world, clock):
    world.lookup.is_down = True
    answer = scorer.score(LOCAL_CALLER, LEADS[0], limit=100)
    assert [warning.code for warning in answer.warnings] == ["BEHAVIOR_UNKNOWN"]
    assert answer.source is ScoreSource.MODEL
    assert answer.probability == expected(looking, clock, LEADS[0], None)
    assert "behavior" not in {contribution.group for contribution in answer.contributions}


def test_a_lead_without_events_is_scored_without_a_warning(scorer, version, looking, clock):
    quiet = Lead(lead_id="nobody", title="Flat wanted")
    answer = scorer.score(LOCAL_CALLER, quiet, limit=100)
    told = {c.feature: c.value_text for c in answer.contributions if c.group == "behavior"}
    assert told in ({}, {"Has events": "no"})
    assert answer.warnings == ()
    assert answer.probability == expected(looking, clock, quiet, None)


def test_a_call_waits_for_a_store_that_is_down_only_so_often(scorer, version, world):
    world.lookup.is_down = True
    answers = scorer.score_batch(LOCAL_CALLER, LEADS[:10])
    assert all([warning.code for warning in answer.warnings] == ["BEHAVIOR_UNKNOWN"] for answer in answers)
    waits = [asked[3] > timedelta() for asked in world.lookup.asked]
    assert waits == [True] * PATIENT_FAILURES + [False] * (10 - PATIENT_FAILURES)


def test_without_anybody_who_knows_it_is_said(shelf, version, lead_store, clock, world):
    fallbacks = OutcomeFallbacks(lead_store, KeywordFamilies(read_keywords()))
    served = ServedModels(shelf, lambda row, files: load_model(row, files, OnnxPredictor), fallbacks, clock)
    scorer = Scorer(served, lead_store, TokenSigner(b"s" * 32), world.log.append, clock)
    assert [w.code for w in scorer.score(LOCAL_CALLER, LEADS[0]).warnings] == ["BEHAVIOR_UNKNOWN"]


def test_another_tenant_is_asked_for_its_own(scorer, shelf, version, looking, world):
    other = replace(LOCAL_CALLER, tenant=TenantId("other"))
    shelf.point(other.tenant, version)
    answer = scorer.score(other, LEADS[0])
    assert {asked[0] for asked in world.lookup.asked} == {other.tenant}
    assert answer.probability == expected(looking, scorer._clock, LEADS[0], None)


@pytest.mark.usefixtures("version")
def test_a_seller_learns_nothing_of_what_anothers_lead_did(scorer, looking, world, lead_store, clock):
    mine, anothers, unknown = LEADS[:3]
    writes = [LeadWrite(lead=replace(mine, owner_id="anna")), LeadWrite(lead=replace(anothers, owner_id="bert"))]
    lead_store.upsert(LOCAL_CALLER, "r", writes)
    for lead, values in ((mine, world.lookup.of[mine.lead_id]), (anothers, None), (unknown, None)):
        answer = scorer.score(SELLER, replace(lead, owner_id=""))
        assert answer.probability == expected(looking, clock, lead, values)
        assert answer.warnings == ()
    assert [asked[1] for asked in world.lookup.asked] == [mine.lead_id]
    stored = scorer.score(SELLER, Lead(lead_id=mine.lead_id))
    assert stored.probability == expected(looking, clock, mine, world.lookup.of[mine.lead_id])


def test_where_nobody_can_tell_whose_a_lead_is_a_seller_is_told_so(world, looking, clock, scorer):
    class Down:
        def get(self, tenant, lead_id):
            raise DependencyDown("database")

    behaviors = LeadBehaviors(world.lookup, Down())
    assert behaviors.of(SELLER, looking, [scorer.known(SELLER, LEADS[0])], clock()) == [Told(None, is_unknown=True)]
    assert world.lookup.asked == []


def test_what_was_served_is_handed_on(scorer, version, world, clock):
    scorer.score_batch(LOCAL_CALLER, LEADS[:2])
    assert world.kept == [
        (
            TENANT,
            lead.lead_id,
            world.lookup.of[lead.lead_id],
            {
                "moment_us": microseconds_of(clock()),
                "up_to_sequence": int(world.lookup.of[lead.lead_id]["total_interactions"]),
                "plan_hash": LEAD_PLAN.hash,
                "version": version,
            },
        )
        for lead in LEADS[:2]
    ]


def test_an_experiments_arm_and_an_opinion_look_at_it_too(scorer, version, looking, world, clock):
    known = scorer.known(LOCAL_CALLER, LEADS[0])
    wanted = expected(looking, clock, LEADS[0], world.lookup.of[LEADS[0].lead_id])
    arm = Arm(experiment="e", variant="v", version=version, before_shown=lambda _score, _source: None)
    assert scorer.score_arm(LOCAL_CALLER, known, arm).probability == wanted
    world.kept.clear()
    assert scorer.opinion(TENANT, known, version) == pytest.approx(100.0 * wanted)
    assert world.kept == []
    world.lookup.is_down = True
    assert scorer.opinion(TENANT, known, version) == pytest.approx(100.0 * expected(looking, clock, LEADS[0], None))


def shadow_told(looking, answer, behaviors):
    return ShadowScoring(None, None, 0.0, None, behaviors=behaviors)._told(looking, answer)


def test_a_challenger_is_told_what_the_serving_version_was_told(scorer, version, looking, world, lead_store):
    scorer.score(LOCAL_CALLER, LEADS[0])
    world.lookup.asked.clear()
    (answer,) = world.watched
    assert isinstance(answer, ServedAnswer)
    assert shadow_told(looking, answer, LeadBehaviors(world.lookup, lead_store)) == Told(
        world.lookup.of[LEADS[0].lead_id]
    )
    assert world.lookup.asked == []


def test_a_challenger_that_looks_where_the_serving_version_does_not_asks_itself(
    scorer, shelf, looking, world, lead_store
):
    shelf.point(TENANT, shelf.add(small_version(0).files))
    scorer.score(LOCAL_CALLER, LEADS[0])
    assert shadow_told(looking, world.watched[0], LeadBehaviors(world.lookup, lead_store)) == Told(
        world.lookup.of[LEADS[0].lead_id]
    )
    assert shadow_told(looking, world.watched[0], None) == Told(None, is_unknown=True)
    assert shadow_told(offline_model(small_version(0).files), world.watched[0], None) is None


def test_reasons_of_behaviour_are_named_and_all_points_add_up(scorer, version):
    named = {}
    for lead in LEADS:
        answer = scorer.score(LOCAL_CALLER, lead, limit=100)
        total = answer.base_points + sum(c.points for c in answer.contributions) + answer.other_points
        assert total == pytest.approx(answer.score, abs=1e-9)
        assert sum(answer.feature_importance.values()) == pytest.approx(1.0)
        assert set(answer.feature_importance) <= {c.feature for c in answer.contributions} | {EVERYTHING_ELSE}
        named |= {c.feature: c.value_text for c in answer.contributions if c.group == "behavior"}
    assert len(named) > 5
    assert all(named.values())
    assert "unknown" not in named.values()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("days_since_last", 2.4, "2 days"),
        ("days_since_last", 0.1, "2 hours"),
        ("weekend_ratio", 0.25, "25.0 %"),
        ("price_center", 1500.0, "1,500"),
        ("event_velocity", 1.5, "1.5 a day"),
        ("avg_session_length_minutes", 12.0, "12 minutes"),
        ("preferred_property_type", "loft", "loft"),
        ("preferred_property_type", "castle", "castle"),
    ],
)
def test_values_read_in_their_units(looking, clock, name, value, text):
    values = {**TABLE.behavior[ACTIVE[0]], name: value}
    row = looking.rows([LEADS[0]], clock(), [values])[0]
    names = [f.name for f in looking.feature_set.features]
    position = next(i for i, found in enumerate(names) if found.split("=")[0] == f"behavior:{name}")
    reason = int(looking.index.reason_of_feature[position])
    (scored,) = looking.score(row[None, :])
    _, contributions = looking.explain(LEADS[0], row, scored, 100, values)
    told = {c.feature: c.value_text for c in contributions}
    assert told.get(looking.index.names[reason], text) == text
    assert reason not in looking.missing.of(LEADS[0], row, values)
    unknown = looking.rows([LEADS[0]], clock())[0]
    assert reason in looking.missing.of(LEADS[0], unknown, None)


def test_a_server_with_another_plan_refuses_the_version(looking):
    files = behaving_version().files
    with pytest.raises(ArtifactRefused, match="plan") as refused:
        load_model(looking.version, files, OnnxPredictor, "0" * 64)
    assert refused.value.metadata["file"] == VECTORIZER_FILE
    plain = offline_model(small_version(0).files)
    assert load_model(plain.version, small_version(0).files, OnnxPredictor, "0" * 64).feature_set.behavior_plan == ""


@pytest.mark.parametrize("change", [None, {}, {"values": [], "columns": []}, {"values": [{}], "columns": [[1.0]]}, 3])
def test_golden_behaviour_must_become_its_columns(looking, change):
    files = behaving_version().files
    content = json.loads(files[GOLDEN_FILE])
    if change is None:
        del content["behavior"]
    else:
        content["behavior"] = change
    with pytest.raises(ArtifactRefused) as refused:
        load_model(looking.version, {**files, GOLDEN_FILE: json.dumps(content).encode()}, OnnxPredictor)
    assert refused.value.metadata["file"] == GOLDEN_FILE


def test_golden_behaviour_is_nobodys_and_holds_a_lead_without_events():
    held = json.loads(behaving_version().files[GOLDEN_FILE])["behavior"]
    assert {} in held["values"]
    known = [dict(values) for values in TABLE.behavior]
    assert not any(values in known for values in held["values"] if values)


def test_the_ranges_of_training_are_in_the_version(scorer, shelf, version, looking):
    serving = scorer._served
    assert serving.scaling_of(TenantId("nobody")) is None
    name, scaling = serving.scaling_of(TENANT)
    assert name == version
    counts = [values["total_interactions"] for values in TABLE.behavior if values["total_interactions"]]
    assert scaling.ranges["total_interactions"].most == max(counts)
    assert scaling.ranges["total_interactions"].mean == pytest.approx(np.mean(counts))
    scaled = scaling.apply({"total_interactions": max(counts)}, ScalingMethod.MIN_MAX)
    assert scaled == {"total_interactions": 1.0}
    assert looking.scaling == scaling
    assert vectorizer_json(looking.feature_set, scaling) == behaving_version().files[VECTORIZER_FILE]
    shelf.point(TENANT, shelf.add(small_version(0).files))
    serving.refresh(TENANT)
    assert serving.scaling_of(TENANT) is None


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"behavior_scaling": 3}', b'{"behavior_scaling": "{}"}'])
def test_a_scaling_that_is_none_is_refused(content):
    with pytest.raises(ArtifactRefused):
        read_scaling(content)


def test_the_plan_of_a_version_is_that_of_leads(looking):
    assert looking.feature_set.behavior_plan == LEAD_PLAN.hash
