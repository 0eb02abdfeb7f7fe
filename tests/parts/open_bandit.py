"""Open Bandit: what a uniform ranker and a Thompson-sampling one showed in the same week, and what was clicked.

Saito, Aihara, Matsutani and Narita 2021. Only a part of it is in the data folder.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.recommend.off_policy import LoggedSlot

DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")
CAMPAIGNS = ("all", "men")


class Shown(NamedTuple):
    """One slot."""

    item_id: str
    position: int
    propensity: float
    clicked: bool


def file_of(policy: str, campaign: str, folder: Path = DATA) -> Path:
    return folder / "open_bandit" / f"{policy}_{campaign}.csv.gz"


def read_shown(file: Path) -> list[Shown]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return [
            Shown(row["item_id"], int(row["position"]), float(row["propensity_score"]), row["click"] == "1")
            for row in csv.DictReader(lines)
        ]


def shares(shown: Sequence[Shown]) -> dict[tuple[int, str], float]:
    """Return how often a ranker put each item in each position: its mean policy, by (position, item)."""
    slots = Counter(one.position for one in shown)
    together = Counter((one.position, one.item_id) for one in shown)
    return {key: count / slots[key[0]] for key, count in together.items()}


def judged(log: Sequence[Shown], policy: dict[tuple[int, str], float]) -> list[LoggedSlot]:
    """Return a log as records of how another ranker's mean policy would have shown the same. Every record is a lead."""
    return [
        LoggedSlot(
            lead_id=f"row-{number:05d}",
            position=one.position,
            item_id=one.item_id,
            propensity=one.propensity,
            new_propensity=policy.get((one.position, one.item_id), 0.0),
            reward=float(one.clicked),
        )
        for number, one in enumerate(log)
    ]
