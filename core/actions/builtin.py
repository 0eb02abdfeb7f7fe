"""The actions that serve where a tenant has published none: version 0."""

from __future__ import annotations

from datetime import timedelta

from core.actions.action import Action, ActionCategory, ContactCap, ContextWeight, CoolDown
from core.actions.catalog import ActionCatalog
from core.criteria.criterion import All, AnyOf, Comparison, Criterion, Not, Operator

CALL, EMAIL, MESSAGE = "call", "email", "message"
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def _is(field: str, value: str | float | bool) -> Comparison:
    return Comparison(field=field, operator=Operator.EQUAL, value=value)


def _at_least(field: str, value: float) -> Comparison:
    return Comparison(field=field, operator=Operator.AT_LEAST, value=value)


def _at_most(field: str, value: float) -> Comparison:
    return Comparison(field=field, operator=Operator.AT_MOST, value=value)


def _has(field: str, text: str) -> Comparison:
    return Comparison(field=field, operator=Operator.CONTAINS, value=text)


def _level(*levels: str) -> Comparison:
    return Comparison(field="health.level", operator=Operator.ONE_OF, texts=levels)


def _weight(criterion: Criterion, percent: float, reason: str) -> ContextWeight:
    return ContextWeight(criterion=criterion, percent=percent, reason=reason)


_URGENT = _is("analysis.is_urgent", True)
_BUYING = _is("analysis.is_buying", True)
_UNANSWERED = _is("analysis.is_unanswered", True)
_COMPLAINS = _has("analysis.intents", "complaint")
_CAN_CALL = _is("lead.has_phone", True)
_CAN_MAIL = _is("lead.has_email", True)
_WARM = _level("engaged", "highly_qualified", "ready_to_close", "hot_opportunity")
_READY = _level("ready_to_close", "hot_opportunity")
_COOL = _level("cold_lead", "warming_up")

_IMMEDIATE = (
    Action(
        action_id="answer_now",
        title="Answer the lead's last message",
        category=ActionCategory.IMMEDIATE_RESPONSE,
        group="answer",
        channel=MESSAGE,
        eligibility=_UNANSWERED,
        cool_down=CoolDown(action=timedelta(minutes=5)),
        priority=90.0,
        context_weights=(
            _weight(_URGENT, 50.0, "The lead is in a hurry"),
            _weight(_BUYING, 30.0, "The lead is ready to buy"),
        ),
        wording="Thank you for your message. I am looking into it right now.",
    ),
    Action(
        action_id="call_now",
        title="Call the lead",
        category=ActionCategory.IMMEDIATE_RESPONSE,
        group="call",
        channel=CALL,
        eligibility=All((_CAN_CALL, AnyOf((_URGENT, _BUYING, _READY)))),
        cool_down=CoolDown(action=_DAY, channel=timedelta(hours=4)),
        lead_cap=ContactCap(count=3, window=_WEEK),
        priority=80.0,
        context_weights=(
            _weight(_URGENT, 50.0, "The lead is in a hurry"),
            _weight(_has("analysis.signals", "timeline_pressure"), 20.0, "The lead has a date to meet"),
        ),
        wording="You wrote that it is urgent, so I would rather talk than write. When does it suit you?",
    ),
    Action(
        action_id="settle_complaint",
        title="Settle the lead's complaint in person",
        category=ActionCategory.IMMEDIATE_RESPONSE,
        group="answer",
        channel=MESSAGE,
        eligibility=_COMPLAINS,
        cool_down=CoolDown(action=_DAY),
        priority=95.0,
        wording="I am sorry that this went wrong. Let me put it right.",
    ),
    Action(
        action_id="send_information",
        title="Send what the lead asked for",
        category=ActionCategory.IMMEDIATE_RESPONSE,
        group="information",
        channel=EMAIL,
        eligibility=All(
            (_CAN_MAIL, AnyOf((_has("analysis.intents", "information"), _has("analysis.intents", "price"))))
        ),
        cool_down=CoolDown(action=2 * _DAY),
        priority=70.0,
        wording="Here is what you asked for about {lead.title}. Tell me if anything is missing.",
    ),
)

_ENGAGEMENT = (
    Action(
        action_id="offer_viewing",
        title="Offer a viewing or a demonstration",
        category=ActionCategory.ENGAGEMENT,
        group="meeting",
        channel=CALL,
        eligibility=All((_CAN_CALL, AnyOf((_has("analysis.intents", "viewing"), _WARM)))),
        cool_down=CoolDown(action=_WEEK, group=2 * _DAY),
        excluded_action_ids=("offer_consultation",),
        priority=65.0,
        context_weights=(_weight(_has("analysis.intents", "viewing"), 60.0, "The lead asked to see it"),),
        wording="Would you like to see it? I have time this week.",
    ),
    Action(
        action_id="offer_consultation",
        title="Offer a consultation",
        category=ActionCategory.ENGAGEMENT,
        group="meeting",
        channel=CALL,
        eligibility=All((_CAN_CALL, AnyOf((_level("warming_up", "engaged"), _has("analysis.intents", "financing"))))),
        cool_down=CoolDown(action=_WEEK, group=2 * _DAY),
        priority=55.0,
        context_weights=(_weight(_has("analysis.intents", "financing"), 30.0, "The lead asks how to pay"),),
        wording="Shall we go through your questions together? Half an hour is enough.",
    ),
    Action(
        action_id="ask_budget",
        title="Ask what the lead can spend",
        category=ActionCategory.ENGAGEMENT,
        group="qualify",
        channel=MESSAGE,
        eligibility=All((_has("health.missing", "budget"), Not(_level("cold_lead")))),
        cool_down=CoolDown(action=_WEEK, group=_DAY),
        priority=50.0,
        wording="So that I show you only what fits: which price range do you have in mind?",
    ),
    Action(
        action_id="ask_timeline",
        title="Ask when the lead wants to decide",
        category=ActionCategory.ENGAGEMENT,
        group="qualify",
        channel=MESSAGE,
        eligibility=All((_has("health.missing", "timeline"), Not(_level("cold_lead")))),
        cool_down=CoolDown(action=_WEEK, group=_DAY),
        priority=48.0,
        wording="By when would you like to have it settled?",
    ),
    Action(
        action_id="ask_decision_maker",
        title="Ask who decides besides the lead",
        category=ActionCategory.ENGAGEMENT,
        group="qualify",
        channel=MESSAGE,
        eligibility=All((_has("health.missing", "authority"), _WARM)),
        cool_down=CoolDown(action=_WEEK, group=_DAY),
        priority=45.0,
        wording="Who else would you like to have at the table when we talk about it?",
    ),
)

_NURTURING = (
    Action(
        action_id="send_matching_items",
        title="Send a choice of what fits",
        category=ActionCategory.NURTURING,
        group="news",
        channel=EMAIL,
        eligibility=All((_CAN_MAIL, Not(_COMPLAINS))),
        cool_down=CoolDown(action=_WEEK, group=3 * _DAY),
        lead_cap=ContactCap(count=4, window=30 * _DAY),
        priority=40.0,
        wording="I have put together what fits best. All is within {needs.budget}. Some of it is in {needs.places}.",
    ),
    Action(
        action_id="send_market_news",
        title="Send news of the market",
        category=ActionCategory.NURTURING,
        group="news",
        channel=EMAIL,
        eligibility=All((_CAN_MAIL, _COOL, Not(_COMPLAINS))),
        cool_down=CoolDown(action=14 * _DAY, group=3 * _DAY),
        lead_cap=ContactCap(count=2, window=30 * _DAY),
        priority=25.0,
        wording="Here is what changed in the market this month. Prices in {lead.location_name} moved too.",
    ),
    Action(
        action_id="send_financing_guide",
        title="Send advice on financing",
        category=ActionCategory.NURTURING,
        group="advice",
        channel=EMAIL,
        eligibility=All((_CAN_MAIL, _has("analysis.intents", "financing"))),
        cool_down=CoolDown(action=30 * _DAY),
        priority=42.0,
        wording="This short guide shows what it costs a month, and what a bank wants to see.",
    ),
    Action(
        action_id="win_back",
        title="Ask whether the lead is still looking",
        category=ActionCategory.NURTURING,
        group="advice",
        channel=EMAIL,
        eligibility=All((_CAN_MAIL, _at_least("health.cold_risk", 0.5))),
        cool_down=CoolDown(action=14 * _DAY),
        lead_cap=ContactCap(count=2, window=90 * _DAY),
        priority=35.0,
        context_weights=(_weight(_has("analysis.signals", "going_quiet"), 40.0, "The lead has gone quiet"),),
        wording="Are you still looking? If your plans have changed, just tell me.",
    ),
    Action(
        action_id="wait",
        title="Leave the lead in peace for now",
        category=ActionCategory.NURTURING,
        priority=5.0,
        due_within=_WEEK,
    ),
)

_CONVERSION = (
    Action(
        action_id="send_offer",
        title="Send an offer",
        category=ActionCategory.CONVERSION,
        group="offer",
        channel=EMAIL,
        eligibility=All((_CAN_MAIL, AnyOf((_READY, _BUYING)), Not(_COMPLAINS))),
        cool_down=CoolDown(action=_WEEK),
        priority=75.0,
        context_weights=(
            _weight(_is("analysis.is_pre_approved", True), 30.0, "The money is there"),
            _weight(_at_least("health.qualification", 0.75), 20.0, "The lead is well qualified"),
        ),
        wording="As agreed, here is our offer for {lead.title}. It holds for two weeks.",
    ),
    Action(
        action_id="negotiate_price",
        title="Talk about the price",
        category=ActionCategory.CONVERSION,
        group="offer",
        channel=CALL,
        eligibility=All(
            (_CAN_CALL, AnyOf((_has("analysis.objections", "price"), _has("analysis.intents", "negotiation"))))
        ),
        cool_down=CoolDown(action=2 * _DAY),
        priority=68.0,
        context_weights=(_weight(_BUYING, 30.0, "The lead is ready to buy"),),
        wording="Let us talk about the price. What would make it right for you?",
    ),
    Action(
        action_id="meet_objection",
        title="Answer what makes the lead hesitate",
        category=ActionCategory.CONVERSION,
        group="answer",
        channel=MESSAGE,
        eligibility=AnyOf(
            tuple(
                _has("analysis.objections", kind)
                for kind in ("timing", "location", "trust", "competitor", "approval", "feature")
            )
        ),
        cool_down=CoolDown(action=2 * _DAY),
        priority=62.0,
        wording="I understand that you hesitate. May I show you how others in your place solved it?",
    ),
    Action(
        action_id="close_deal",
        title="Agree on the contract",
        category=ActionCategory.CONVERSION,
        group="close",
        channel=CALL,
        eligibility=All((_CAN_CALL, _READY, _at_most("health.cold_risk", 0.7), Not(_COMPLAINS))),
        cool_down=CoolDown(action=3 * _DAY),
        priority=85.0,
        context_weights=(_weight(_has("analysis.intents", "closing"), 50.0, "The lead wants to sign"),),
        wording="Everything is prepared. When shall we sign?",
    ),
)

BUILT_IN = ActionCatalog(
    actions=(*_IMMEDIATE, *_ENGAGEMENT, *_NURTURING, *_CONVERSION),
    lead_cap=ContactCap(count=10, window=_WEEK),
    baseline_action_id="wait",
)
"""For any trade. It asks for no consent and knows no quiet hours: those are the tenant's own to say."""
