from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.caller import LOCAL_CALLER
from core.conversation.analysing import VERSION_FAILED
from core.conversation.analysis import ChosenHead
from core.conversation.heads.readings import HEAD_FAILED, HeadUse
from core.conversation.kept import KeptConversations
from core.conversation.kinds import ConversationSource
from core.errors import InvalidInput, NotFound, WrongState
from core.version import INTENT
from tests.parts.analysing import MESSAGES, Desk, Keeping
from tests.parts.spoken import TaggedHeads, agent, at, lead


def plain(analysis):
    return replace(analysis, attribution_token="", new_count=0)


def test_only_new_messages_are_read_and_written():
    desk = Desk()
    for count in range(1, len(MESSAGES) + 1):
        answer = desk.analyze(MESSAGES[:count])
        assert answer.new_count == 1
    assert desk.heads.read_texts == [message.text for message in MESSAGES if message.role == "lead"]
    assert desk.written == list(range(6))
    assert answer.written == b"<0><1><2><3><4><5>"


def test_the_same_input_gives_the_same_answer_however_it_came():
    step_by_step, at_once = Desk(), Desk()
    for count in range(1, len(MESSAGES)):
        step_by_step.analyze(MESSAGES[:count])
    expected = plain(at_once.analyze(MESSAGES))
    assert plain(step_by_step.analyze(MESSAGES)) == expected
    assert plain(step_by_step.analyze(MESSAGES)) == expected
    step_by_step.analyzer.kept = KeptConversations()
    assert plain(step_by_step.analyze(MESSAGES)) == expected


def test_a_beginning_that_was_changed_is_read_again():
    desk = Desk()
    desk.analyze(MESSAGES)
    changed = [MESSAGES[0], agent("Changed", at(0.1)), *MESSAGES[2:]]
    assert desk.analyze(changed).new_count == len(MESSAGES)
    assert plain(desk.analyze(changed)) == plain(Desk().analyze(changed))


def test_results_are_given_from_an_index_on():
    desk = Desk()
    assert desk.analyze(MESSAGES, results_from=4).written == b"<4><5>"
    assert desk.analyze(MESSAGES, results_from=6).written == b""


def test_another_version_reads_everything_again():
    desk = Desk()
    desk.analyze(MESSAGES)
    desk.heads.version = "v2"
    answer = desk.analyze(MESSAGES)
    assert answer.new_count == len(MESSAGES)
    assert answer.uses[INTENT].version == "v2"
    assert desk.analyze(MESSAGES).new_count == 0


def test_pinned_versions_answer_for_themselves():
    desk = Desk()
    assert desk.analyze(MESSAGES, model_versions={INTENT: "v7"}).uses[INTENT].version == "v7"
    assert desk.analyze(MESSAGES).uses[INTENT].version == "v1"
    assert desk.heads.pinned[0] == {INTENT: "v7"}


def test_what_an_experiment_chose_answers_and_is_signed():
    desk, shown = Desk(), []
    chosen = ChosenHead(
        kind=INTENT, version="v9", experiment="exp", variant="b", before_shown=lambda: shown.append("shown")
    )
    answer = desk.analyze(MESSAGES, chosen, lead_id="l1")
    assert (answer.uses[INTENT].version, answer.experiment, answer.variant, shown) == ("v9", "exp", "b", ["shown"])
    token = desk.signer.read(answer.attribution_token)
    assert (token.model_version, token.experiment, token.variant, token.source) == ("v9", "exp", "b", "analysis")
    assert (token.lead_id, token.tenant) == ("l1", LOCAL_CALLER.tenant)


class Refusing(TaggedHeads):
    def read(self, tenant, turns, pinned=None):
        if pinned:
            raise WrongState("RETIRED", "version is retired")
        return super().read(tenant, turns, pinned)


def test_a_version_under_test_that_fails_is_answered_for():
    desk = Desk(Refusing())
    chosen = ChosenHead(kind=INTENT, version="v9", experiment="exp", variant="b")
    answer = desk.analyze(MESSAGES, chosen)
    assert VERSION_FAILED in answer.warnings
    assert (answer.uses[INTENT].version, answer.variant) == ("v1", "b")
    with pytest.raises(WrongState):
        desk.analyze(MESSAGES, model_versions={INTENT: "v9"})


class Failing(TaggedHeads):
    def read(self, tenant, turns, pinned=None):
        readings = super().read(tenant, turns)
        if not pinned:
            return readings
        return replace(
            readings,
            uses={**readings.uses, INTENT: HeadUse(ConversationSource.RULES, "")},
            warnings=(HEAD_FAILED,),
            plan=b"rules",
        )


def test_rules_answer_for_a_version_that_fails_while_it_reads():
    desk = Desk(Failing())
    chosen = ChosenHead(kind=INTENT, version="v9", experiment="exp", variant="b")
    for answer in (desk.analyze(MESSAGES, chosen), desk.analyze(MESSAGES, model_versions={INTENT: "v9"})):
        assert answer.uses[INTENT] == HeadUse(ConversationSource.RULES, "")
        assert HEAD_FAILED in answer.warnings
        assert VERSION_FAILED not in answer.warnings


def test_tokens_name_the_versions_that_answered():
    desk = Desk()
    token = desk.signer.read(desk.analyze(MESSAGES).attribution_token)
    assert "intent=v1" in token.model_version.split(",")
    rules = Desk(TaggedHeads(ConversationSource.RULES, ""))
    assert rules.signer.read(rules.analyze(MESSAGES).attribution_token).model_version == ""


def test_facts_are_kept_of_named_conversations_with_leads():
    desk = Desk()
    desk.analyze(MESSAGES)
    desk.analyze(MESSAGES, lead_id="l1")
    desk.analyze(MESSAGES, conversation_id="c1")
    desk.analyze(MESSAGES, lead_id="l1", conversation_id="c1", as_of_time=at(5.5))
    desk.analyze(MESSAGES, lead_id="l1", conversation_id="c1", model_versions={INTENT: "v9"})
    assert desk.facts == []
    answer = desk.analyze(MESSAGES, lead_id="l1", conversation_id="c1")
    (new,) = desk.facts
    stored = new.stored
    assert (stored.lead_id, stored.conversation_id, stored.message_count) == ("l1", "c1", 6)
    assert (stored.last_message_time, stored.lead_message_time, stored.update_time) == (at(5), at(5), at(6))
    assert "analysis.hours_since_last_message" in answer.facts
    assert "analysis.hours_since_last_message" not in stored.facts
    assert stored.facts["analysis.is_buying"] is True


def test_kept_facts_are_those_of_the_newest_message_and_fade_from_there():
    desk = Desk()
    desk.clock.advance(timedelta(days=3).total_seconds())
    answer = desk.analyze(MESSAGES[:3], lead_id="l1", conversation_id="c1")
    assert answer.facts["analysis.urgency"] == pytest.approx(0.45, abs=0.05)
    assert desk.facts[0].stored.facts["analysis.urgency"] == pytest.approx(0.9)


def test_messages_are_kept_for_tenants_who_want_that():
    keeping = Keeping(LOCAL_CALLER.tenant)
    Desk(keeping=keeping).analyze(MESSAGES, lead_id="l1", conversation_id="c1")
    ((*name, sent),) = keeping.kept
    assert (*name, sent.since(0)) == (LOCAL_CALLER.tenant, "l1", "c1", MESSAGES)
    nobody = Keeping()
    Desk(keeping=nobody).analyze(MESSAGES, lead_id="l1", conversation_id="c1")
    assert nobody.kept == []


def test_the_lead_counts():
    desk = Desk()
    assert desk.analyze(MESSAGES, lead_id="l1").judged.lead.score == 70.0
    assert desk.analyze(MESSAGES, lead_id="l1").judged.priority_score > desk.analyze(MESSAGES).judged.priority_score
    with pytest.raises(NotFound):
        desk.analyze(MESSAGES, lead_id="unknown")


@pytest.mark.parametrize(
    ("messages", "fields", "named"),
    [
        ([], {}, "messages"),
        ([lead()] * 5_001, {}, "messages"),
        ([lead("x" * 10_000)] * 101, {}, "messages"),
        (MESSAGES, {"results_from": -1}, "results_from"),
        (MESSAGES, {"results_from": 7}, "results_from"),
        (MESSAGES, {"as_of_time": at(7)}, "as_of_time"),
        (MESSAGES, {"lead_id": "a b"}, "lead_id"),
        (MESSAGES, {"conversation_id": "x" * 129}, "conversation_id"),
        (MESSAGES, {"conversation_id": "a\x00b"}, "conversation_id"),
        (MESSAGES, {"model_versions": {"lead_score": "v1"}}, "model_versions"),
        (MESSAGES, {"model_versions": {INTENT: ""}}, "model_versions"),
    ],
)
def test_what_cannot_be_analysed_is_named(messages, fields, named):
    with pytest.raises(InvalidInput) as raised:
        Desk().analyze(messages, **fields)
    assert raised.value.violations[0].field == named
