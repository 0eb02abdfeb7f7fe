"""What the online learner knows of one version: a few numbers, made from the log of updates alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.identifiers import VersionName
from core.registry.fields import FieldReader, Problem
from core.scoring.online.platt import (
    BIAS_VARIANCE,
    LARGEST_BIAS,
    LARGEST_SLOPE,
    SLOPE_VARIANCE,
    SMALLEST_SLOPE,
    Filter,
    Weights,
    log_loss,
)
from core.scoring.online.update import OnlineUpdate
from core.scoring.online.wager import Wager

MOST_BYTES = 4_096
_FIELDS = {
    "version",
    "sequence",
    "start_sequence",
    "update_count",
    "correction_count",
    "bias",
    "slope",
    "bias_variance",
    "covariance",
    "slope_variance",
    "loss",
    "version_loss",
    "better",
    "worse",
    "proven",
    "newest_score_time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineState:
    """The learner after update number ``sequence``. Immutable."""

    version: VersionName
    """Version that is corrected. Another one that becomes active starts from nothing."""
    sequence: int = 0
    """Of the last update, counted over all versions."""
    start_sequence: int = 0
    """Of the last update before the first one for this version."""
    update_count: int = 0
    """Leads learned from, for this version."""
    correction_count: int = 0
    """Labels that said otherwise than an earlier one of their lead, for this version."""
    filter: Filter = field(default_factory=Filter)
    loss: float = 0.0
    """Sum of the log-losses of the corrected probabilities, each by what was known when its lead was scored."""
    version_loss: float = 0.0
    """The same of the version alone."""
    better: Wager = field(default_factory=Wager)
    """Bets that the correction is better; begins anew when it is no longer proven."""
    worse: Wager = field(default_factory=Wager)
    """Bets that it is worse; begins anew when it is proven."""
    proven: bool = False
    newest_score_time: datetime | None = None
    """Latest first scoring of a lead that was learned."""

    @property
    def mean_loss(self) -> float | None:
        """Progressive log-loss of the corrected probability, nats; None before the first label."""
        return self.loss / self.update_count if self.update_count else None

    @property
    def mean_version_loss(self) -> float | None:
        """The same of the version alone."""
        return self.version_loss / self.update_count if self.update_count else None

    def after(self, update: OnlineUpdate) -> OnlineState:
        """Return the state after one update.

        A lead that is new is judged first and learned then. A label that says otherwise than an earlier one of the
        same lead moves the weights by the difference; what was bet on the earlier one stays settled, and one that
        says the same again changes nothing but the count.
        """
        start = self if update.version == self.version else fresh_state(update.version, self.sequence)
        moved = replace(
            start, sequence=start.sequence + 1, newest_score_time=_later(start.newest_score_time, update.score_time)
        )
        if update.previous is not None:
            return _corrected(moved, update, update.previous)
        return _judged(moved, update)


def fresh_state(version: VersionName, sequence: int) -> OnlineState:
    """Return the state of a learner that knows nothing of a version after update number ``sequence``."""
    return OnlineState(version=version, sequence=sequence, start_sequence=sequence)


def _corrected(state: OnlineState, update: OnlineUpdate, previous: int) -> OnlineState:
    difference = update.outcome - previous
    if not difference:
        return state
    return replace(
        state,
        correction_count=state.correction_count + 1,
        filter=state.filter.corrected_by(update.probability, difference),
    )


def _judged(state: OnlineState, update: OnlineUpdate) -> OnlineState:
    loss, version_loss = log_loss(update.said, update.outcome), log_loss(update.probability, update.outcome)
    gain = version_loss - loss
    better, worse, proven = state.better.after(gain), state.worse.after(-gain), state.proven
    if not proven and better.proves:
        proven, worse = True, Wager()
    elif proven and worse.proves:
        proven, better = False, Wager()
    return replace(
        state,
        update_count=state.update_count + 1,
        filter=state.filter.after(update.probability, update.outcome),
        loss=state.loss + loss,
        version_loss=state.version_loss + version_loss,
        better=better,
        worse=worse,
        proven=proven,
    )


def replayed(updates: Iterable[OnlineUpdate]) -> OnlineState | None:
    """Return the state that updates in order lead to; None without any."""
    state: OnlineState | None = None
    for update in updates:
        state = (state or OnlineState(version=update.version)).after(update)
    return state


def state_to_json(state: OnlineState) -> str:
    """Return the state as canonical JSON, below 4 KB; :func:`state_from_json` is its inverse, bit for bit."""
    newest = state.newest_score_time
    content = {
        "version": state.version,
        "sequence": state.sequence,
        "start_sequence": state.start_sequence,
        "update_count": state.update_count,
        "correction_count": state.correction_count,
        "bias": state.filter.weights.bias,
        "slope": state.filter.weights.slope,
        "bias_variance": state.filter.bias_variance,
        "covariance": state.filter.covariance,
        "slope_variance": state.filter.slope_variance,
        "loss": state.loss,
        "version_loss": state.version_loss,
        "better": _wager_to_json(state.better),
        "worse": _wager_to_json(state.worse),
        "proven": state.proven,
        "newest_score_time": None if newest is None else newest.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def state_from_json(text: str) -> OnlineState:
    """Return the state that ``text`` is the canonical JSON of.

    Raises:
        Problem: If a field is missing, unknown, of the wrong type or out of range, or the text is not canonical.
    """
    if len(text) > MOST_BYTES:
        raise Problem(f"is larger than {MOST_BYTES:,} bytes")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Problem("is not JSON") from wrong
    reader = FieldReader(content, "state", _FIELDS)
    state = OnlineState(
        version=reader.version("version"),
        sequence=reader.count("sequence"),
        start_sequence=reader.count("start_sequence"),
        update_count=reader.count("update_count"),
        correction_count=reader.count("correction_count"),
        filter=_filter(reader),
        loss=_at_least_zero(reader, "loss"),
        version_loss=_at_least_zero(reader, "version_loss"),
        better=_wager(reader, "better"),
        worse=_wager(reader, "worse"),
        proven=reader.flag("proven"),
        newest_score_time=reader.optional_time("newest_score_time"),
    )
    # Doubled keys, other orders, other spellings of a number: whatever does not come back is not ours.
    if state_to_json(state) != text:
        raise Problem("is not canonical JSON")
    return state


def _filter(reader: FieldReader) -> Filter:
    bias_variance = _within(reader, "bias_variance", 0.0, BIAS_VARIANCE)
    slope_variance = _within(reader, "slope_variance", 0.0, SLOPE_VARIANCE)
    if not (bias_variance and slope_variance):
        raise Problem("state: variances must be above 0")
    return Filter(
        weights=Weights(
            bias=_within(reader, "bias", -LARGEST_BIAS, LARGEST_BIAS),
            slope=_within(reader, "slope", SMALLEST_SLOPE, LARGEST_SLOPE),
        ),
        bias_variance=bias_variance,
        covariance=_within(reader, "covariance", -_MOST_COVARIANCE, _MOST_COVARIANCE),
        slope_variance=slope_variance,
    )


def _wager(reader: FieldReader, name: str) -> Wager:
    log_wealth, count, total, squares = reader.numbers(name, 4)
    if count < 0.0 or squares < 0.0:
        raise Problem(f"state.{name} must hold a count and a sum of squares that are not negative")
    return Wager(log_wealth=log_wealth, count=count, total=total, squares=squares)


def _wager_to_json(wager: Wager) -> list[float]:
    return [wager.log_wealth, wager.count, wager.total, wager.squares]


def _within(reader: FieldReader, name: str, least: float, most: float) -> float:
    value = float(reader.number(name))
    # What rounding adds to the prior is not worth refusing.
    if not least <= value <= most * (1.0 + 1e-9):
        raise Problem(f"state.{name} must be between {least:g} and {most:g}")
    return value


def _at_least_zero(reader: FieldReader, name: str) -> float:
    return _within(reader, name, 0.0, float("inf"))


def _later(known: datetime | None, moment: datetime) -> datetime:
    return moment if known is None else max(known, moment)


_MOST_COVARIANCE = (BIAS_VARIANCE * SLOPE_VARIANCE) ** 0.5
