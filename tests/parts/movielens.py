"""MovieLens-100k as a catalogue and what leads did in it: every rating is an interaction.

Harper and Konstan 2015. Only a part of it is in the data folder: each user's first 80 % by time.
"""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

from core.event import MICROSECONDS, EventKind
from core.recommend.interaction import Interaction
from core.recommend.item import Item

FILE_NAME = "movielens_100k/interactions.csv.gz"
ITEMS_NAME = "movielens_100k/items.csv.gz"
DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")


def read_catalogue(folder: Path = DATA) -> list[Item]:
    with gzip.open(folder / ITEMS_NAME, "rt", encoding="utf-8", newline="") as lines:
        return [
            Item(
                item_id=row["item_id"],
                title=row["movie_title"],
                description=row["class"],
                attributes={"year": float(row["release_year"])} if row["release_year"].isdigit() else {},
            )
            for row in csv.DictReader(lines)
        ]


def read_histories(folder: Path = DATA) -> dict[str, list[Interaction]]:
    """Return each user's interactions, oldest first; those of one second in the order of the file."""
    found: dict[str, list[Interaction]] = {}
    with gzip.open(folder / FILE_NAME, "rt", encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            occurred_us = int(row["timestamp"]) * MICROSECONDS
            one = Interaction(row["item_id"], 1.0, occurred_us, EventKind.ITEM_VIEWED.value, f"row-{number}")
            found.setdefault(row["user_id"], []).append(one)
    for history in found.values():
        history.sort(key=lambda one: one.occurred_us)
    return found
