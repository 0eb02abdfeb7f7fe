"""Writes docs/features.md from the declarations of features of events.

``python scripts/feature_page.py`` rewrites the page, ``--check`` fails when it is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from core.behavior.actions import ACTION_KINDS, ACTION_OF
from core.behavior.learning.lookback import LOOKBACK, MINIMUM_EVENTS
from core.behavior.learning.sessions import NEWEST
from core.behavior.plan import LEAD_PLAN
from core.behavior.settings import LeadBehaviorSettings
from core.event import EventKind
from core.features.streams.declaration import StreamFeature, StreamPlan, ValueType
from core.features.streams.window import DAY_US, HOUR_US, MINUTE_US
from core.interactions.plan import INTERACTION_PLAN

PAGE = Path(__file__).resolve().parent.parent / "docs" / "features.md"
TITLES = {
    "lead_behavior": "Lead behaviour",
    "item_preference": "Learning engine: item preference",
    "behavior": "Learning engine: behaviour",
    "session": "Learning engine: session",
    "time": "Learning engine: time",
    "windows": "Windows and fading engagement",
    "purchases": "Purchases",
    "views": "Views and engagement",
    "shopping": "Shopping",
    "discovery": "Search and discovery",
    "temporal": "Times",
    "devices": "Devices and channels",
    "quality": "Interaction quality",
}
LEARNING = ("item_preference", "behavior", "session", "time")
INTRODUCTION = """# Features of events

Written by `python scripts/feature_page.py` from the declarations in `core/behavior` and `core/interactions`; `--check`
fails when it is stale. Each feature is declared once: live values, and values as of any moment of the past, come from
the same declaration and are equal to the last bit.

- **Window**: the events it looks at. A window moves in steps: `30d` covers 30 to 31 days, from the beginning of a day.
  `ever` is all of history, in which a fading sum lets old events count ever less.
- **Default**: the value where there is too little to compute it from, and of a lead without events; `none` is "not
  known".
- **Expires**: after so long without any event the default holds.
- Times of the day and days of the week are UTC. Money is in the tenant's currency.
- Units: a `share` lies in 0 to 1, a `number` has no unit, a `score` is points.
"""
_SPANS = (("days", DAY_US), ("hours", HOUR_US), ("minutes", MINUTE_US))


def page() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *actions(), *plan(LEAD_PLAN), *plan(INTERACTION_PLAN)])


def actions() -> Iterator[str]:
    """List what counts as which type of action, and the settings."""
    settings = LeadBehaviorSettings()
    weights = settings.weights.by_action()
    yield "## Types of action"
    yield ""
    yield "| type | default weight | kinds of events |"
    yield "|---|---|---|"
    for action, kinds in ACTION_KINDS.items():
        yield f"| `{action}` | {weights[action]:g} | {_codes(kind for kind in EventKind if kind in kinds)} |"
    yield f"| none | 0 | {_codes(kind for kind in EventKind if kind not in ACTION_OF)} |"
    yield ""
    start, end = settings.business_hours
    hours = settings.session_gap.total_seconds() / 3600
    yield "Events of no type count in totals, and in no frequency. `outcome_recorded` counts in nothing of a lead: how"
    yield "it ended is what scores are to foretell."
    yield ""
    yield "The plan is built with settings (`core/behavior/settings.py`). Other ones make another plan with another"
    yield "hash, so that values are never mixed. They are:"
    yield ""
    yield "- the weights, 1 to 5;"
    yield f"- the business hours, {start} to {end} by default;"
    yield f"- the gap between sessions, {hours:g} hours by default;"
    yield f"- the least number of interactions, {settings.minimum_interactions} by default: below it lead behaviour"
    yield "  features but `total_interactions` have their defaults."
    yield ""


def plan(declared: StreamPlan) -> Iterator[str]:
    """List the features of a plan by family."""
    yield {"lead": "## Of a lead", "lead_item": "## Of a lead and an item"}[declared.name]
    yield ""
    yield f"{len(declared.features)} features from {len(declared.aggregates)} aggregates."
    yield ""
    if declared.name == "lead":
        yield from learning(declared)
    for family, features in groupby(declared.features, key=lambda feature: feature.family):
        yield f"### {TITLES[family]}"
        yield ""
        yield "| feature | meaning and range | unit | window | default | expires | version |"
        yield "|---|---|---|---|---|---|---|"
        yield from map(row, features)
        yield ""


def learning(declared: StreamPlan) -> Iterator[str]:
    """Say what holds for the features of the learning engine."""
    learned = [feature for feature in declared.features if feature.family in LEARNING]
    numbers = sum(feature.value_type is ValueType.NUMBER for feature in learned)
    yield f"The learning engine has {numbers} numbers and {len(learned) - numbers} categories over {LOOKBACK.name}."
    yield f"A lead with fewer than {MINIMUM_EVENTS} events in it is sparse: counts and times since are given,"
    yield f"everything else has its default. Of more than {NEWEST} sessions the newest {NEWEST} are looked at."
    yield ""


def row(feature: StreamFeature) -> str:
    """Return the line of one feature."""
    default = "none" if feature.default is None else f"{feature.default:g}"
    return (
        f"| `{feature.name}` | {feature.description} | {feature.unit} | {feature.window} | {default} "
        f"| {_span(feature.ttl_us)} | {feature.version} |"
    )


def _span(span_us: int) -> str:
    if not span_us:
        return "never"
    name, unit_us = next(held for held in _SPANS if not span_us % held[1])
    return f"{span_us // unit_us} {name}"


def _codes(kinds: Iterator[EventKind]) -> str:
    return ", ".join(f"`{kind}`" for kind in kinds)


def main() -> int:
    """Write or check the page."""
    fresh = page()
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh
    if stale:
        print("docs/features.md is stale; run `python scripts/feature_page.py`", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
