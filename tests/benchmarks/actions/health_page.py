"""The constants of health, for its page: ``python -m tests.benchmarks.actions.health_page [--write]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from core.behavior.plan import LEAD_PLAN
from core.conversation.kinds import BehavioralSignal, Objection
from core.criteria.facts import FactValue
from core.features.streams.declaration import Value
from core.health import cold_risk, conversion, engagement, momentum, mood, qualification
from core.health.judging import BASE, judge
from core.health.knowledge import Knowledge
from core.health.standing import BOUNDS, LEVELS, MARGIN
from tests.benchmarks.learning_page import write_section

PAGE = Path(__file__).parents[3] / "docs" / "health.md"
_NOTHING: Mapping[str, Value] = {feature.name: feature.default for feature in LEAD_PLAN.features}
_SAID: tuple[tuple[str, str, dict[str, FactValue]], ...] = (
    ("budget", "a budget", {"budget_upper": 1.0}),
    ("budget", "means approved", {"is_pre_approved": True}),
    ("budget", "a budget, means approved", {"budget_upper": 1.0, "is_pre_approved": True}),
    ("budget", "a budget, objects to the price", {"budget_upper": 1.0, "objections": (Objection.PRICE.value,)}),
    ("budget", "means not approved", {"is_pre_approved": False}),
    ("authority", "decides itself", {"is_decision_maker": True}),
    (
        "authority",
        "decides itself, but somebody has to agree",
        {"is_decision_maker": True, "objections": (Objection.APPROVAL.value,)},
    ),
    ("authority", "somebody has to agree", {"objections": (Objection.APPROVAL.value,)}),
    ("authority", "others decide", {"is_decision_maker": False}),
    ("need", "wants to buy, probability 0.9", {"is_buying": True, "buying_intent": 0.9}),
    ("need", "speaks of buying, a viewing or better terms", {"intents": ("viewing",)}),
    ("need", "speaks of prices or financing", {"intents": ("price",)}),
    ("need", "says what it looks for", {"bedrooms": 3.0}),
    ("need", "asks for information, or sells", {"intents": ("information",)}),
    ("timeline", "needs it now", {"signals": (BehavioralSignal.IMMEDIATE_NEED.value,)}),
    ("timeline", "is in a hurry, probability 0.9", {"is_urgent": True, "urgency": 0.9}),
    ("timeline", "is pressed for time", {"signals": (BehavioralSignal.TIMELINE_PRESSURE.value,)}),
    ("timeline", "deadline in 14 days", {"deadline_days": 14.0}),
    ("timeline", "deadline in 180 days", {"deadline_days": 180.0}),
    ("timeline", "says that it is not the time", {"objections": (Objection.TIMING.value,)}),
)
_DID = (
    ("appointments, bookings or purchases among its events", "schedule_frequency"),
    ("inquiries among its events", "inquiry_frequency"),
    ("saved or liked items in the last 30 days", "interest_count"),
)


def main() -> int:
    """Print the sections, or write them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    for name, text in sections().items():
        if arguments.write:
            write_section(name, text, PAGE)
        sys.stdout.write(f"{text}\n\n")
    return 0


def sections() -> dict[str, str]:
    """Return the text of each section by its name."""
    return {
        "points": _points(),
        "levels": _levels(),
        "questions": _questions(),
        "momentum": _momentum(),
        "priors": _priors(),
    }


def _points() -> str:
    rows = [
        ("conversion", conversion.MOST, conversion.LEAST),
        ("engagement", engagement.MOST, 0.0),
        ("qualification", 4 * qualification.MOST, 4 * qualification.LEAST),
        ("momentum", momentum.MOST, momentum.LEAST),
        ("sentiment", mood.MOST_FELT, mood.LEAST_FELT),
        ("objections", 0.0, mood.LEAST_OBJECTED),
    ]
    lines = [f"| {name} | {most:+.0f} | {least:+.0f} |" for name, most, least in rows]
    table = ["| component | at most | at least |", "|---|---:|---:|", *lines]
    return "\n".join([f"`base_points` is {BASE:.0f}.", "", *table])


def _levels() -> str:
    lowest = (0.0, *BOUNDS)
    lines = [f"| `{level.name}` | {bound:.0f} |" for level, bound in zip(LEVELS, lowest, strict=True)]
    return "\n".join(["| level | from a health of |", "|---|---:|", *lines, "", f"The margin is {MARGIN:g} points."])


def _questions() -> str:
    lines = [f"| {question} | {words} | {_score(question, said=said):.2f} |" for question, words, said in _SAID]
    lines += [f"| need | {words} | {_score('need', did={name: 1.0}):.2f} |" for words, name in _DID]
    return "\n".join(["| question | what is known | score |", "|---|---|---:|", *lines])


def _score(question: str, said: Mapping[str, FactValue] | None = None, did: Mapping[str, Value] | None = None) -> float:
    known = Knowledge(
        lead_id="l",
        moment=datetime(2026, 1, 1, tzinfo=UTC),
        behavior={**_NOTHING, **(did or {})},
        analysis={f"analysis.{name}": value for name, value in (said or {}).items()},
    )
    scores = {part.criterion.value: part.score for part in judge(known).qualification.parts}
    return scores[question] or 0.0


def _momentum() -> str:
    rows = [
        ("ACCELERATING", f"{momentum.UPWARDS:g} or more"),
        ("STEADY", f"above {momentum.STEADY:g}"),
        ("SLOWING", f"above {momentum.SLOWING:g}"),
        ("DECLINING", "below that"),
    ]
    lines = [f"| `{name}` | {bound} |" for name, bound in rows]
    return "\n".join(["| momentum | heading, -1 to 1 |", "|---|---|", *lines])


def _priors() -> str:
    return (
        f"r = {cold_risk.RATE_SHAPE:g}, alpha = {cold_risk.RATE_SCALE_DAYS:g} days, a = {cold_risk.DROPOUT:g}, "
        f"b = {cold_risk.STAY:g}. {cold_risk.SILENCE_HALF_LIFE:g} days of silence are a risk of at least a half."
    )


if __name__ == "__main__":
    sys.exit(main())
