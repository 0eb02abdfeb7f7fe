"""Public messages with labelled facts: SGD Homes turns and NLU++ utterances."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[3] / "shared" / "data"
HOMES = Path("text_homes_dialogues") / "dialogues.jsonl.gz"
NLUPP = (Path("text_nlupp") / "banking_dev.jsonl.gz", Path("text_nlupp") / "hotels_dev.jsonl.gz")
_SPAN_SLOTS = {"area": "place", "visit_date": "day"}
_COUNT_SLOTS = {"number_of_beds": "bedrooms", "number_of_baths": "bathrooms"}
_NLUPP_SLOTS = {
    **dict.fromkeys(("date", "date_from", "date_to"), "day"),
    **dict.fromkeys(("time", "time_from", "time_to"), "time of day"),
    "amount_of_money": "amount",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A message and the facts people marked in it."""

    text: str
    agent_text: str = ""
    spans: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """By fact: code points."""
    counts: Mapping[str, str] = field(default_factory=dict)
    """By fact: the number."""
    is_test: bool
    """Whether it is of the half that the rules were not tried on while they were written."""


def read_homes(folder: Path = DATA) -> Iterator[Labelled]:
    """Yield the leads' turns of the Homes services; a dialogue is wholly of one half."""
    for dialogue in _rows(folder / HOMES):
        agent_text = ""
        for turn in dialogue["turns"]:
            if turn["speaker"] != "USER":
                agent_text = turn["text"]
            elif turn["service"].startswith("Homes"):
                yield _turn(turn, agent_text, is_test=_is_test(dialogue["id"]))


def _turn(turn: Mapping[str, Any], agent_text: str, *, is_test: bool) -> Labelled:
    spans: dict[str, list[tuple[int, int]]] = {}
    for slot, start, end in turn.get("spans") or ():
        if slot in _SPAN_SLOTS:
            spans.setdefault(_SPAN_SLOTS[slot], []).append((start, end))
    counts = {
        _COUNT_SLOTS[slot]: values[0] for act, slot, values in turn["acts"] if act == "INFORM" and slot in _COUNT_SLOTS
    }
    return Labelled(text=turn["text"], agent_text=agent_text, spans=spans, counts=counts, is_test=is_test)


def read_nlupp(folder: Path = DATA) -> Iterator[Labelled]:
    """Yield the utterances of both domains."""
    for path in NLUPP:
        for row in _rows(folder / path):
            spans: dict[str, list[tuple[int, int]]] = {}
            for slot, span in row["slots"].items():
                if slot in _NLUPP_SLOTS:
                    spans.setdefault(_NLUPP_SLOTS[slot], []).append((span[0], span[1]))
            yield Labelled(text=row["text"], spans=spans, is_test=_is_test(row["text"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _is_test(key: str) -> bool:
    return sha256(key.encode()).digest()[0] % 2 == 1
