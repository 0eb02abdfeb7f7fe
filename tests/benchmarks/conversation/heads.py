"""``python -m tests.benchmarks.conversation.heads``: what heads are worth, beside simpler ones on the same material."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.adapters.encoder_loading import load_encoder
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, YES, Objection
from core.version import BUYING_INTENT, DIALOGUE_ACT, INTENT, OBJECTION, SENTIMENT, URGENCY
from tests.benchmarks.conversation.comparing import (
    OURS,
    Contest,
    Result,
    contest,
    judge,
    phrases_of,
    places,
)
from tests.benchmarks.conversation.heads_page import TARGETS, page_of, plain_of
from tests.benchmarks.conversation.own_classes import judge_classes
from tests.benchmarks.conversation.vectors_file import KeptVectors
from tests.benchmarks.conversation_page import PAGE
from tests.benchmarks.learning_page import write_section
from tests.parts import labelled_messages as sets
from tests.parts.labelled_messages import Example, Split
from training.conversation.linear import Doubles
from training.conversation.phrase import Phrase
from training.conversation.phrase_file import read_phrase_folder, read_phrases
from training.recommend.single_thread import single_thread

UNSEEN = Path(__file__).parent / "unseen.txt"
SHIPPED, WITH_TRAINING = "own phrases", "own phrases and its training part"
FEELINGS = ("negative", "positive")


@dataclass(kw_only=True)
class Evaluation:
    """Everything that is judged, and what came of it."""

    encoder: str
    vectors: KeptVectors
    results: list[Result] = field(default_factory=list)
    flagged: list[tuple[str, str, float, int]] = field(default_factory=list)
    """Head, set, share of its turns that are flagged, turns."""

    @cached_property
    def phrases(self) -> Sequence[Phrase]:
        """The phrases that ship."""
        return read_phrase_folder()

    def contest(self, kind: str, own: Sequence[Phrase] = ()) -> Contest:
        """Fit a head and the baselines."""
        return contest(kind, [*self.phrases, *own], self.encoder, self.vectors)

    def unseen(self, kind: str) -> list[Example]:
        """Return the unseen messages as examples of a head."""
        return [
            Example(turn=phrase.turn, classes=phrase.labels[kind], group=f"{number}")
            for number, phrase in enumerate(read_phrases(UNSEEN))
            if kind in phrase.labels
        ]


def sentiment(evaluation: Evaluation) -> None:
    """Judge sentiment: fitted on phrases, and on phrases and the training part of each set."""
    splits = (sets.reviews(), sets.film_phrases(), sets.tweets())
    shipped = evaluation.contest(SENTIMENT)
    for split in splits:
        tuned = evaluation.contest(SENTIMENT, phrases_of(SENTIMENT, split.train))
        for fitted, material in ((shipped, SHIPPED), (tuned, WITH_TRAINING)):
            two = not any("neutral" in example.classes for example in split.test)
            classes = FEELINGS if two else CLASSES[SENTIMENT]
            evaluation.results += judge(
                fitted, split.test, classes, task=split.name, material=material, **({"mapped": _two} if two else {})
            )


def dialogue_acts(evaluation: Evaluation) -> None:
    """Judge what turns do, and whether the agent's turn before helps."""
    split = sets.home_acts()
    test = [example for example in split.test if example.classes]
    for own, material in (((), SHIPPED), (phrases_of(DIALOGUE_ACT, split.train), WITH_TRAINING)):
        fitted = evaluation.contest(DIALOGUE_ACT, own)
        with_turn = judge(fitted, test, CLASSES[DIALOGUE_ACT], task=split.name, material=material)
        single = [example for example in test if len(example.classes) == 1]
        alone = judge(fitted, single, CLASSES[DIALOGUE_ACT], task="of them with one act", material=material)
        blind = [Example(turn=Turn(each.turn.text), classes=each.classes, group=each.group) for each in test]
        without = judge(
            fitted, blind, CLASSES[DIALOGUE_ACT], task=f"{split.name}, agent's turn held back", material=material
        )
        evaluation.results += [*with_turn, *alone, *(one for one in without if one.model.startswith(OURS))]


def intents(evaluation: Evaluation) -> None:
    """Judge intents on unseen messages."""
    fitted = evaluation.contest(INTENT)
    evaluation.results += judge(
        fitted, evaluation.unseen(INTENT), CLASSES[INTENT], task="intents, unseen messages", material=SHIPPED
    )


def urgency(evaluation: Evaluation) -> None:
    """Judge urgency on unseen messages, and count ordinary turns that are flagged."""
    fitted = evaluation.contest(URGENCY)
    evaluation.results += judge(
        fitted, evaluation.unseen(URGENCY), (YES,), task="urgency, unseen messages", material=SHIPPED
    )
    _count_flagged(evaluation, fitted, lambda said: said.any(axis=1))


def buying(evaluation: Evaluation) -> None:
    """Judge buying intent on unseen messages and on people who look for homes, and count ordinary turns."""
    fitted = evaluation.contest(BUYING_INTENT)
    unseen = evaluation.unseen(BUYING_INTENT)
    evaluation.results += judge(fitted, unseen, (YES,), task="buying intent, unseen messages", material=SHIPPED)
    split = sets.home_decisions()
    evaluation.results += judge(fitted, split.test, (YES,), task=split.name, material=SHIPPED)
    tuned = evaluation.contest(BUYING_INTENT, phrases_of(BUYING_INTENT, split.train))
    evaluation.results += judge(tuned, split.test, (YES,), task=split.name, material=WITH_TRAINING)


def objections(evaluation: Evaluation) -> None:
    """Judge objections on unseen messages, and count ordinary turns that are flagged."""
    fitted = evaluation.contest(OBJECTION)
    unseen = evaluation.unseen(OBJECTION)
    classes = CLASSES[OBJECTION]
    evaluation.results += judge(fitted, unseen, classes, task="objections, unseen messages", material=SHIPPED)
    some = [example for example in unseen if Objection.NONE not in example.classes]
    kinds = [name for name in classes if name != Objection.NONE]
    evaluation.results += judge(
        fitted, some, kinds, task="kind of objection, where there is one", material=SHIPPED, mapped=_kinds
    )
    _count_flagged(evaluation, fitted, lambda said: said[:, 1:].any(axis=1))


def own_classes(evaluation: Evaluation) -> None:
    """Judge the way of training on sets with classes of their own."""
    for split in (sets.calls("banking"), sets.calls("hotels")):
        evaluation.results += judge_classes(split, evaluation.vectors, multi_label=True, once=False)
    for split in (sets.banking(), sets.assistant()):
        evaluation.results += judge_classes(split, evaluation.vectors, multi_label=False, once=True)


PARTS: dict[str, Callable[[Evaluation], None]] = {
    "sentiment": sentiment,
    "acts": dialogue_acts,
    "intents": intents,
    "urgency": urgency,
    "buying": buying,
    "objections": objections,
    "classes": own_classes,
}


def main(arguments: list[str] | None = None) -> int:
    """Fit, judge, print and write."""
    parsed = _parser().parse_args(arguments)
    encoder = load_encoder(parsed.encoder)
    if not sets.is_there() or encoder is None:
        sys.stdout.write("Skipped: the labelled sets or the packages of the sentence encoder are not here.\n")
        return 0
    began = time.monotonic()
    evaluation = Evaluation(encoder=encoder.name, vectors=KeptVectors(encoder.encode, encoder.name, parsed.vectors))
    with single_thread():
        for name in parsed.only.split(",") if parsed.only else PARTS:
            at, flags = len(evaluation.results), len(evaluation.flagged)
            PARTS[name](evaluation)
            evaluation.vectors.save()
            sys.stdout.write(plain_of(evaluation.results[at:], evaluation.flagged[flags:]))
            sys.stdout.flush()
    sys.stdout.write(f"\n{time.monotonic() - began:.0f} s\n")
    if parsed.write:
        write_section("heads", page_of(evaluation.results, evaluation.flagged, TARGETS), PAGE)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conversation.heads", description=__doc__)
    parser.add_argument("--only", metavar="PARTS", help=f"some of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--encoder", type=Path, default=Path(".leadline/encoder"), help="folder of prepared weights")
    parser.add_argument("--vectors", type=Path, metavar="FILE.npz", help="keep sentence vectors here between runs")
    parser.add_argument("--write", action="store_true", help="write docs/conversation.md")
    return parser


def _two(found: Doubles, _said: npt.NDArray[np.bool_]) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Return which of two feelings is the likelier one."""
    two = found[:, places(SENTIMENT, FEELINGS)]
    shares = two / two.sum(axis=1, keepdims=True)
    return shares, shares.argmax(axis=1)[:, None] == np.arange(len(FEELINGS))


def _kinds(found: Doubles, _said: npt.NDArray[np.bool_]) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Return which kind of objection is the likeliest one, given that there is one."""
    kinds = np.delete(found, places(OBJECTION, [Objection.NONE]), axis=1)
    shares = kinds / kinds.sum(axis=1, keepdims=True)
    return shares, shares.argmax(axis=1)[:, None] == np.arange(shares.shape[1])


def _count_flagged(
    evaluation: Evaluation,
    fitted: Contest,
    flags: Callable[[npt.NDArray[np.bool_]], npt.NDArray[np.bool_]],
) -> None:
    for split in _ordinary():
        _, said = fitted.said([example.turn for example in split.test])[OURS]
        share = float(flags(said).mean())
        evaluation.flagged.append((fitted.kind, split.name, share, len(split.test)))


def _ordinary() -> Iterator[Split]:
    yield sets.home_acts()
    yield sets.assistant()
    yield sets.calls("banking")
    yield sets.calls("hotels")
    yield sets.banking()


if __name__ == "__main__":
    sys.exit(main())
