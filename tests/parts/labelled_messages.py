"""Labelled messages of public sets, split into what may be learned from and what is only judged on."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.conversation.heads.turn import Turn
from core.conversation.kinds import DialogueAct

DATA = Path(os.getenv("PUBLIC_DATA") or Path(__file__).parents[3] / "shared" / "data")
TEST_PERCENT = 20
"""Of the groups of a set without a split of its own."""
ACTS: Mapping[str, DialogueAct] = {
    "INFORM": DialogueAct.INFORM,
    "INFORM_INTENT": DialogueAct.STATE_INTENT,
    "REQUEST": DialogueAct.ASK,
    "REQUEST_ALTS": DialogueAct.ASK_ALTERNATIVES,
    "AFFIRM": DialogueAct.AFFIRM,
    "AFFIRM_INTENT": DialogueAct.AFFIRM,
    "NEGATE": DialogueAct.NEGATE,
    "NEGATE_INTENT": DialogueAct.NEGATE,
    "SELECT": DialogueAct.SELECT,
    "THANK_YOU": DialogueAct.THANK,
    "GOODBYE": DialogueAct.GOODBYE,
}
OUT_OF_SCOPE = "oos"
_NLUPP_TEST_FOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message and the classes that hold."""

    turn: Turn
    classes: frozenset[str]
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A set in two parts that share no text and no dialogue."""

    name: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]


def is_there() -> bool:
    """Return whether the sets are on this machine."""
    return (DATA / "text_homes_dialogues").is_dir()


def reviews() -> Split:
    """Return sentences of reviews, positive or negative."""
    names = ("negative", "positive")
    rows = _rows("text_sentiment_reviews/dev.jsonl.gz")
    return _split("reviews (UCI)", (_example(row["text"], names[row["label"]]) for row in rows))


def film_phrases() -> Split:
    """Return phrases of film reviews, positive or negative."""
    rows = _rows("text_sst2/train_sample.jsonl.gz")
    return _split("films (SST-2)", (_example(row["text"], row["sentiment"]) for row in rows))


def tweets() -> Split:
    """Return tweets, positive, neutral or negative."""
    rows = _rows("text_tweet_sentiment/val.jsonl.gz")
    return _split("tweets", (_example(row["text"], row["sentiment"]) for row in rows))


def banking() -> Split:
    """Return questions to a bank, 77 intents."""
    return _split("Banking77", (_example(row["text"], row["label"]) for row in _rows("text_banking77/train.jsonl.gz")))


def assistant() -> Split:
    """Return requests to an assistant, 150 intents and those that are none of them; its own split."""
    parts = [
        tuple(_example(row["text"], row["label"]) for row in _rows(f"text_clinc150/{part}.jsonl.gz"))
        for part in ("train", "val")
    ]
    return Split(name="CLINC150", train=parts[0], test=parts[1])


def calls(domain: str) -> Split:
    """Return what callers of a bank or a hotel say, any number of intents; its folds from 12 on are for judging."""
    rows = list(_rows(f"text_nlupp/{domain}_dev.jsonl.gz"))
    parts: tuple[list[Example], list[Example]] = ([], [])
    for row in rows:
        example = Example(turn=Turn(row["text"]), classes=frozenset(row["intents"]), group=row["text"].lower())
        parts[row["fold"] >= _NLUPP_TEST_FOLD].append(example)
    return Split(name=f"NLU++ {domain}", train=tuple(parts[0]), test=tuple(parts[1]))


def home_acts() -> Split:
    """Return what people who look for a home do with a turn; turns may do several things."""
    return _split("homes (SGD)", _home_turns(_acts_of))


def home_decisions() -> Split:
    """Return whether people who look for a home ask for something to be done, such as a visit, or agree to it."""
    path = DATA / "text_homes_dialogues" / "intents_transactional.json"
    transactional = json.loads(path.read_text(encoding="utf-8"))
    acting = {
        name
        for intents in transactional.values()
        for name, is_acting in (intents.items() if isinstance(intents, dict) else ())
        if is_acting
    }

    def decided(turn: Mapping[str, Any]) -> frozenset[str]:
        says = any(
            act == "AFFIRM_INTENT" or (act == "INFORM_INTENT" and acting & set(values))
            for act, _, values in turn["acts"]
        )
        return frozenset({"yes"} if says else ())

    return _split("homes (SGD), moves towards a deal", _home_turns(decided))


def _home_turns(classes_of: Any) -> Iterator[Example]:
    for dialogue in _rows("text_homes_dialogues/dialogues.jsonl.gz"):
        before = ""
        for turn in dialogue["turns"]:
            if turn["speaker"] != "USER":
                before = turn["text"]
                continue
            yield Example(turn=Turn(turn["text"], before), classes=classes_of(turn), group=dialogue["id"])


def _acts_of(turn: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(ACTS[act] for act, _, _ in turn["acts"] if act in ACTS)


def _example(text: str, label: str) -> Example:
    return Example(turn=Turn(text), classes=frozenset({label}), group=text.strip().lower())


def _split(name: str, examples: Iterator[Example]) -> Split:
    parts: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        digest = hashlib.sha256(example.group.encode("utf-8")).digest()
        parts[int.from_bytes(digest[:4], "big") % 100 < TEST_PERCENT].append(example)
    return Split(name=name, train=tuple(parts[0]), test=tuple(parts[1]))


def _rows(path: str) -> Iterator[Any]:
    with gzip.open(DATA / path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
