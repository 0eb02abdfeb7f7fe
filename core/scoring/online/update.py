"""One thing the online learner was told."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from core.identifiers import LeadId, VersionName
from core.registry.fields import FieldReader, Problem
from core.scoring.online.platt import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineUpdate:
    """A label beside what was said before it was known. A log of these in order is all there is to know.

    Raises:
        ValueError: On construction, if outcomes are not 0 or 1, or a probability is not one.
    """

    version: VersionName
    """Version that is corrected."""
    lead_id: LeadId
    label_key: str
    probability: float
    """What the version said of the lead when it scored it first."""
    said: float
    """The corrected probability, by what had been learned when the lead was scored."""
    score_time: datetime
    outcome: int
    """0 or 1."""
    previous: int | None
    """The outcome learned from an earlier label of the same lead; None for a lead that is new."""

    def __post_init__(self) -> None:
        if self.outcome not in {0, 1} or self.previous not in {0, 1, None}:
            raise ValueError("outcomes must be 0 or 1")
        if not (0.0 <= self.probability <= 1.0 and 0.0 <= self.said <= 1.0):
            raise ValueError("probabilities must be in [0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedUpdate:
    """An update with its place in the log."""

    sequence: int
    update: OnlineUpdate
    weights: Weights
    """After it. Replaying the log gives the same, bit for bit."""
    update_time: datetime


_BODY = tuple(field.name for field in fields(OnlineUpdate) if field.name not in {"lead_id", "label_key"})


def update_to_json(update: OnlineUpdate, weights: Weights) -> str:
    """Return what the log keeps besides lead and label, as canonical JSON; floats come back bit for bit."""
    body = {name: getattr(update, name) for name in _BODY}
    body["score_time"] = update.score_time.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(
        {**body, "weights": [weights.bias, weights.slope]}, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def update_from_json(text: str, lead_id: LeadId, label_key: str) -> tuple[OnlineUpdate, Weights]:
    """Return an update of the log and the weights after it.

    Raises:
        Problem: If the text is not one.
    """
    reader = FieldReader(json.loads(text), "update", {*_BODY, "weights"})
    previous = reader.optional_number("previous")
    bias, slope = reader.numbers("weights", 2)
    try:
        update = OnlineUpdate(
            version=reader.version("version"),
            lead_id=lead_id,
            label_key=label_key,
            probability=float(reader.number("probability")),
            said=float(reader.number("said")),
            score_time=reader.time("score_time"),
            outcome=int(reader.number("outcome")),
            previous=None if previous is None else int(previous),
        )
    except ValueError as wrong:
        raise Problem(f"update: {wrong}") from wrong
    return update, Weights(bias=bias, slope=slope)
