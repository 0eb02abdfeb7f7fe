"""BASELINE: smoothed conversion tables per field, combined as naive Bayes, from the first outcomes on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.features.categorical import level_text
from core.features.contacts import is_business_email
from core.features.declaration import FeatureGroup
from core.features.places import category_levels, location_key, price_band
from core.lead import Lead
from core.scoring.estimate import EVERYTHING_ELSE, Estimate, Reason
from core.scoring.recent_rate import FEWEST_OUTCOMES, recent_counts
from core.scoring.result import IntervalMethod, ProbabilityInterval, ScoreSource
from core.scoring.wording import attribute_name, number_text, shortened

PRIOR_COUNT = 0.5
"""Pseudo-count of each value among converted and among lost leads (Jeffreys)."""
PRIOR_LEADS = 4.0
"""How many leads at the rate 1/2 the overall rate starts from."""
LEVEL = 0.9
_Z = 1.6448536269514722
_STRENGTHS = np.linspace(0.0, 1.0, 21)
_MAX_LOG_RATIO = 2.0
_FIELD_NAMES = ("Has an e-mail", "Has a telephone", "Category group", "Category", "Location", "Price")

_FORECASTS = 8

Field = tuple[str, str, str]
"""(readable name, group, value)."""
Row = tuple[list[Field], bool]
Floats = npt.NDArray[np.float64]


def fields_of(lead: Lead) -> list[Field]:
    """Return what the tables know of a lead: known values only."""
    group, category = category_levels(lead.category)
    place = location_key(lead.location_name)
    known: list[Field] = [("Has an e-mail", FeatureGroup.TEXT.value, _email_kind(lead.email))]
    known.append(("Has a telephone", FeatureGroup.TEXT.value, "yes" if lead.phone else "no"))
    if group:
        known.append(("Category group", FeatureGroup.CATEGORY.value, group))
    if category != group:
        known.append(("Category", FeatureGroup.CATEGORY.value, category))
    if place:
        known.append(("Location", FeatureGroup.LOCATION.value, place))
    if lead.price is not None:
        known.append(("Price", FeatureGroup.TEXT.value, f"band {price_band(lead.price)}"))
    for name, value in lead.attributes.items():
        text = _band(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else level_text(value)
        if text:
            known.append((name, FeatureGroup.ATTRIBUTE.value, text))
    return known


def _email_kind(email: str) -> str:
    if not email:
        return "no"
    return "business" if is_business_email(email) else "private"


def _band(value: float) -> str:
    """Return a number's power of two, with its sign: coarse enough to meet again."""
    if value == 0:
        return "0"
    return f"{'-' if value < 0 else ''}2^{math.floor(math.log2(abs(value)))}"


def _shown_names(fields: list[Field]) -> list[str]:
    """Return a name per field, each once: an attribute may be called like a field of ours."""
    taken = {*_FIELD_NAMES, EVERYTHING_ELSE}
    names: list[str] = []
    for name, group, _ in fields:
        names.append(attribute_name(name, taken) if group == FeatureGroup.ATTRIBUTE.value else name)
        taken.add(names[-1])
    return names


def _value_text(lead: Lead, field: Field) -> str:
    """Return the lead's own value where the table knows only its band."""
    name, group, in_table = field
    is_attribute = group == FeatureGroup.ATTRIBUTE.value
    value = lead.attributes[name] if is_attribute else lead.price if name == "Price" else in_table
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    return shortened(in_table)


class BaselineScorer:
    """Scores from counts of converted and lost leads per value of each field.

    The log-odds are those of the overall rate, of late where it has moved, plus, for each known field, ``strength``
    times the log of the ratio of the value's shares among converted and lost leads. ``strength`` in [0, 1] is the
    shrinkage that would have predicted the known outcomes best: each with its own lead left out while there are few,
    and the newest by what came before them once there are 400; naive Bayes counts related fields twice, and this takes
    that back. The construction follows the frequency tables of CRM systems.

    Args:
        labelled: Leads with known outcomes, in the order in which they became known.
    """

    source = ScoreSource.BASELINE
    version = "baseline"

    def __init__(self, labelled: Iterable[tuple[Lead, bool]]) -> None:
        self._won: Counter[Field] = Counter()
        self._lost: Counter[Field] = Counter()
        self._total = [0, 0]
        rows = [(fields_of(lead), converted) for lead, converted in labelled]
        if len(rows) < FEWEST_OUTCOMES:
            self._count(rows)
            self._strength = self._best_left_out(rows)
        else:
            self._strength = self._best_forecast(rows)
        self._recent = _recent_log_odds(rows)

    @property
    def outcome_count(self) -> int:
        """Number of outcomes the tables hold."""
        return sum(self._total)

    def estimate(self, lead: Lead, moment: datetime) -> Estimate:  # noqa: ARG002  the tables have no clock
        """Return the tables' answer; the interval is a 90 % normal interval with the evidence of the lead's fields."""
        fields = fields_of(lead)
        base = self._recent
        ratios = [self._strength * self._log_ratio(field, 0, 0) for field in fields]
        margin = base + sum(ratios)
        probability = _sigmoid(margin)
        base_points, points = 100.0 * _sigmoid(base), _points(base, margin, ratios)
        names = _shown_names(fields)
        reasons = tuple(
            Reason(name=shown, group=field[1], points=share, value_text=_value_text(lead, field))
            for shown, field, share in zip(names, fields, points, strict=True)
        )
        return Estimate(
            probability=probability,
            interval=self._interval(probability, fields),
            base_points=base_points,
            reasons=reasons,
        )

    def _interval(self, probability: float, fields: list[Field]) -> ProbabilityInterval:
        seen = sorted(self._won[field] + self._lost[field] for field in fields)
        evidence = seen[len(seen) // 2] if seen else 0
        half = _Z * math.sqrt((probability * (1 - probability) + 1 / (evidence + 4)) / (evidence + 4))
        return ProbabilityInterval(
            lower=max(0.0, probability - half),
            upper=min(1.0, probability + half),
            method=IntervalMethod.CREDIBLE,
            level=LEVEL,
        )

    def _base_log_odds(self, won_out: int, lost_out: int) -> float:
        won = self._total[1] - won_out + PRIOR_LEADS / 2
        lost = self._total[0] - lost_out + PRIOR_LEADS / 2
        return math.log(won / lost)

    def _log_ratio(self, field: Field, won_out: int, lost_out: int) -> float:
        won = (self._won[field] - won_out + PRIOR_COUNT) / (self._total[1] - won_out + 2 * PRIOR_COUNT)
        lost = (self._lost[field] - lost_out + PRIOR_COUNT) / (self._total[0] - lost_out + 2 * PRIOR_COUNT)
        return max(-_MAX_LOG_RATIO, min(_MAX_LOG_RATIO, math.log(won / lost)))

    def _count(self, rows: Sequence[Row]) -> None:
        for fields, converted in rows:
            (self._won if converted else self._lost).update(fields)
            self._total[converted] += 1

    def _best_forecast(self, rows: Sequence[Row]) -> float:
        """Count all rows, the newest third in steps, each told before it is counted, and return what told most."""
        steps = np.array_split(np.arange(len(rows) * 2 // 3, len(rows)), _FORECASTS)
        self._count(rows[: int(steps[0][0])])
        losses = np.zeros(_STRENGTHS.size)
        for step in steps:
            first, last = int(step[0]), int(step[-1]) + 1
            if min(self._total):
                losses += self._forecast_losses(_recent_log_odds(rows[:first]), rows[first:last])
            self._count(rows[first:last])
        return float(_STRENGTHS[int(np.argmin(losses))])

    def _forecast_losses(self, base: float, rows: Sequence[Row]) -> Floats:
        sums = np.array([sum(self._log_ratio(field, 0, 0) for field in fields) for fields, _ in rows])
        signs = np.array([1.0 if converted else -1.0 for _, converted in rows])
        margins = base + sums[:, None] * _STRENGTHS
        losses: Floats = np.logaddexp(0.0, -signs[:, None] * margins).sum(axis=0)
        return losses

    def _best_left_out(self, rows: Sequence[Row]) -> float:
        if min(self._total) == 0:
            return 0.0
        base, sums, signs = [], [], []
        for fields, converted in rows:
            out = (1, 0) if converted else (0, 1)
            base.append(self._base_log_odds(*out))
            sums.append(sum(self._log_ratio(field, *out) for field in fields))
            signs.append(1.0 if converted else -1.0)
        margins = np.array(base)[:, None] + np.array(sums)[:, None] * _STRENGTHS
        losses = np.logaddexp(0.0, -np.array(signs)[:, None] * margins).mean(axis=0)
        return float(_STRENGTHS[int(np.argmin(losses))])


def _recent_log_odds(rows: Sequence[Row]) -> float:
    won, lost = recent_counts([converted for _, converted in rows])
    return math.log((won + PRIOR_LEADS / 2) / (lost + PRIOR_LEADS / 2))


def _sigmoid(margin: float) -> float:
    return 1.0 / (1.0 + math.exp(-margin))


def _points(base: float, margin: float, ratios: list[float]) -> list[float]:
    """Share the change of the score over the log ratios in proportion."""
    change = margin - base
    if abs(change) < 1e-9:  # noqa: PLR2004  the slope of the sigmoid replaces a quotient of rounding errors
        p = _sigmoid(base)
        return [100.0 * p * (1 - p) * ratio for ratio in ratios]
    per_unit = 100.0 * (_sigmoid(margin) - _sigmoid(base)) / change
    return [per_unit * ratio for ratio in ratios]
