from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from core.actions.answer import RANKER_FAILED, ChosenRanker, WantedActions
from core.actions.builtin import BUILT_IN
from core.actions.confidence import confidence_of
from core.actions.deciding import ActionDecider
from core.actions.effects import Effect
from core.actions.publishing import check_catalog
from core.actions.ranking import RankingBasis
from core.actions.ready import make_ready
from core.caller import LOCAL_CALLER, Caller
from core.errors import DependencyDown, InvalidInput, NotFound
from core.health.fields import ALL_FIELDS
from tests.parts.action_cases import CaseHistory, assessed, make_case, make_catalog
from tests.parts.action_deciding import SIGNER, CaseEffects, OneCatalog

CASE = replace(make_case(Random(4), 30), agent_id="", channels=frozenset(), contacts=[])
CATALOG = make_catalog(Random(9), 30)


class Broken:
    """A ranker that fails. Implements EffectModel."""

    version = "v1"

    def effects(self, facts, action_ids):
        raise DependencyDown("ml")


class Effects(CaseEffects):
    """Its active version and every other fail; counted outcomes work."""

    def active(self, tenant):
        return Broken()

    def pinned(self, tenant, version):
        if version == "unknown":
            raise NotFound("model_version", version)
        return Broken()


def decider(effects, rows):
    return ActionDecider(
        OneCatalog(ready=make_ready(CATALOG, 1)),
        lambda _caller, _lead_id: assessed(CASE),
        CaseHistory(case=CASE),
        effects,
        SIGNER,
        rows.append,
        lambda: CASE.now,
        Random(1),
    )


WANTED = WantedActions(lead_id="l1", limit=25)


def test_a_ranker_that_fails_is_answered_for_by_counted_outcomes():
    rows = []
    known = CaseEffects.of(Random(1), 30, kind=1)
    failing = decider(Effects(known=known.known), rows).decide(LOCAL_CALLER, WANTED)
    counted = decider(known, rows).decide(LOCAL_CALLER, WANTED)
    assert failing.warnings == [RANKER_FAILED]
    assert counted.warnings == []
    assert failing.model_version == ""
    assert failing.basis is counted.basis is RankingBasis.PROPENSITY
    assert failing.actions
    assert [one.action_id for one in failing.actions] == [one.action_id for one in counted.actions]
    for marked, sure in zip(failing.actions, counted.actions, strict=True):
        assert marked.confidence == pytest.approx(0.8 * sure.confidence)
    assert [row.version for row in rows] == ["", ""]


def test_a_version_that_the_caller_named_answers_or_nothing_does():
    broken = decider(Effects(known={}), [])
    with pytest.raises(DependencyDown):
        broken.decide(LOCAL_CALLER, WANTED, ChosenRanker(version="v1"))
    with pytest.raises(NotFound):
        broken.decide(LOCAL_CALLER, WANTED, ChosenRanker(version="unknown"))
    within = ChosenRanker(version="unknown", experiment="e", variant="b")
    answer = broken.decide(LOCAL_CALLER, WANTED, within)
    assert (answer.experiment, answer.variant, answer.warnings) == ("e", "b", [RANKER_FAILED])


def test_what_cannot_be_exposed_is_not_logged():
    rows = []

    def refuse():
        raise DependencyDown("store")

    with pytest.raises(DependencyDown):
        decider(CaseEffects(known={}), rows).decide(LOCAL_CALLER, WANTED, ChosenRanker(before_shown=refuse))
    assert rows == []


def test_a_seller_acts_for_itself():
    seller = Caller(tenant="t", actor="ann", owner_id="ann")
    rows = []
    decider(CaseEffects(known={}), rows).decide(seller, WANTED)
    assert rows[0].agent_id == "ann"
    with pytest.raises(InvalidInput, match="agent_id must be empty or your own"):
        decider(CaseEffects(known={}), rows).decide(seller, replace(WANTED, agent_id="bob"))


def test_tokens_say_what_was_shown():
    rows = []
    answer = decider(CaseEffects(known={}), rows).decide(LOCAL_CALLER, WANTED)
    for at, one in enumerate(answer.actions):
        said = SIGNER.read(one.action_token)
        assert said.token_id == f"{rows[0].decision_id}.{one.action_id}"
        assert said.score == (100.0 if at == 0 else 0.0)
    assert sum(one.propensity for one in rows[0].candidates) == pytest.approx(1.0)


def test_the_built_in_catalogue_speaks_of_fields_that_there_are():
    check_catalog(BUILT_IN, ALL_FIELDS)


@pytest.mark.parametrize(
    ("basis", "effect", "expected"),
    [
        (RankingBasis.PRIORITY, None, 0.35),
        (RankingBasis.PROPENSITY, Effect(propensity=0.1, uplift=None, interval=None, evidence_count=30), 0.6),
        (
            RankingBasis.INCREMENTAL_VALUE,
            Effect(propensity=0.1, uplift=0.1, interval=(0.0, 0.2), evidence_count=9),
            0.825,
        ),
        (
            RankingBasis.INCREMENTAL_VALUE,
            Effect(propensity=0.1, uplift=-0.1, interval=(-0.2, 0), evidence_count=9),
            0.35,
        ),
    ],
)
def test_confidence_follows_its_formula(basis, effect, expected):
    assert confidence_of(basis, effect, 0.5, is_fallback=False) == pytest.approx(expected, abs=1e-3)
