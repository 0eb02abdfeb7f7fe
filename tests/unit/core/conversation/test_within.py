from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.caller import LOCAL_CALLER
from core.conversation.analysis import Wanted
from core.conversation.within import ExperimentAnalyzer
from core.errors import DependencyDown, InvalidInput, WrongState
from core.experiments.assignment import AssignmentReason
from core.experiments.scoring import NOT_RUNNING, UNAVAILABLE
from core.version import INTENT, LEAD_SCORE
from tests.parts.analysing import MESSAGES, Desk, Sent


class Exposing:
    """Says and records what it is told to."""

    def __init__(self, *, variant="b", kind=INTENT, reason=AssignmentReason.HASH, fails=()):
        chosen = variant and SimpleNamespace(name=variant, model_version="v9")
        self.decision = SimpleNamespace(
            name="exp",
            live=SimpleNamespace(stored=SimpleNamespace(experiment=SimpleNamespace(model_kind=kind))),
            assignment=SimpleNamespace(variant=chosen, reason=reason),
        )
        self.fails, self.units, self.exposed = fails, [], []

    def decide(self, _tenant, _experiment, unit):
        if "decide" in self.fails:
            raise DependencyDown("store")
        self.units.append(unit)
        return self.decision

    def recorded(self, _decision, lead_id):
        return "known" if lead_id in self.exposed else None

    def record(self, _decision, _variant, linked):
        if "record" in self.fails:
            raise DependencyDown("store")
        self.exposed.append(None if linked is None else linked.lead_id)


def analyze(exposing, *, experiment="exp", unit_id="u", **fields):
    desk = Desk()
    analyzer = ExperimentAnalyzer(desk.analyzer, exposing)
    wanted = Wanted(messages=Sent(MESSAGES), **fields)
    return analyzer.analyze(LOCAL_CALLER, wanted, experiment=experiment, unit_id=unit_id)


def told(answer):
    return answer.uses[INTENT].version, answer.variant, [one.code for one in answer.warnings]


def test_a_unit_sees_its_variant_once_that_is_recorded():
    exposing = Exposing()
    assert told(analyze(exposing, lead_id="l1")) == ("v9", "b", [])
    assert exposing.exposed == ["l1"]
    analyze(exposing, lead_id="l1")
    assert exposing.exposed == ["l1"]


def test_without_a_lead_the_unit_alone_is_exposed():
    exposing = Exposing()
    analyze(exposing)
    assert exposing.exposed == [None]


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ({"unit_id": "u", "lead_id": "l1", "conversation_id": "c1"}, "u"),
        ({"unit_id": "", "lead_id": "l1", "conversation_id": "c1"}, "l1"),
        ({"unit_id": "", "conversation_id": "c1"}, "c1"),
    ],
)
def test_the_unit_is_the_lead_or_the_conversation(fields, unit):
    exposing = Exposing()
    analyze(exposing, **fields)
    assert exposing.units == [unit]


@pytest.mark.parametrize("step", ["decide", "record"])
def test_while_the_store_is_down_the_active_versions_answer_outside(step):
    exposing = Exposing(fails=(step,))
    assert told(analyze(exposing)) == ("v1", "", [UNAVAILABLE.code])


def test_who_is_not_in_it_gets_the_active_versions():
    assert told(analyze(Exposing(variant=None, reason=AssignmentReason.NOT_RUNNING))) == ("v1", "", [NOT_RUNNING.code])
    assert told(analyze(Exposing(variant=None))) == ("v1", "", [])


def test_experiments_over_other_models_are_for_other_calls():
    with pytest.raises(WrongState, match="call Score"):
        analyze(Exposing(kind=LEAD_SCORE))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"experiment": "", "unit_id": "u"}, "unit_id"),
        ({"unit_id": ""}, "unit_id"),
        ({"unit_id": " "}, "unit_id"),
        ({"model_versions": {INTENT: "v1"}}, "model_versions"),
    ],
)
def test_what_does_not_go_together_is_refused(fields, named):
    with pytest.raises(InvalidInput) as raised:
        analyze(Exposing(), **fields)
    assert raised.value.violations[0].field == named
