"""Fits what is compared on one material, and judges all of it on the same messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.conversation.heads.inputs import VectorsOf
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.version import Metric
from tests.parts.labelled_messages import Example
from training.conversation.figures import Judged, measure
from training.conversation.fit import Fitted, finished, fit_linear_head, said_of, task_of
from training.conversation.linear import Blocks, Doubles, probabilities
from training.conversation.material import Material, blocks_of, make_material
from training.conversation.phrase import Phrase
from training.conversation.recipe import BOTH, INPUT_SETS, TERMS_ALONE, VECTORS_ALONE, Recipe
from training.conversation.search import Task, Trials, tried

BASELINE_STRENGTH = 10.0
BASELINES = {"TF-IDF": TERMS_ALONE, "encoder": VECTORS_ALONE, "both": BOTH}
OURS = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A head and the baselines, fitted on the same phrases."""

    kind: str
    material: Material
    fitted: Mapping[str, Fitted]
    """By name, of :data:`BASELINES` and :data:`OURS`."""

    def said(self, turns: Sequence[Turn]) -> dict[str, tuple[Doubles, npt.NDArray[np.bool_]]]:
        """Return the probabilities of each, and the classes it takes as present, both (turns, classes)."""
        blocks = blocks_of(turns, self.material.vectorizer, self.material.vectors_of)
        return {name: _said(self.kind, fitted, blocks) for name, fitted in self.fitted.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one of them is worth on one set."""

    task: str
    material: str
    model: str
    metrics: Mapping[str, Metric]


Mapped = Callable[[Doubles, npt.NDArray[np.bool_]], tuple[Doubles, npt.NDArray[np.bool_]]]
"""Turns answers of a head into answers to the question of a set."""


def unchanged(found: Doubles, said: npt.NDArray[np.bool_]) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    """Return the answers as they are."""
    return found, said


def contest(kind: str, phrases: Sequence[Phrase], encoder: str, vectors_of: VectorsOf) -> Contest:
    """Fit a head and the baselines on phrases."""
    material = make_material(phrases, encoder, vectors_of)
    rows, task = task_of(kind, material)
    return Contest(kind=kind, material=material, fitted=fit_all(kind, task, [phrases[row] for row in rows]))


def fit_all(
    kind: str, task: Task, phrases: Sequence[Phrase], inputs: Sequence[str] = tuple(INPUT_SETS)
) -> dict[str, Fitted]:
    """Return the head and the baselines; all are calibrated and have thresholds found in the same way."""
    fitted = {
        name: finished(kind, task, phrases, tried(task, Recipe(inputs=used, strength=BASELINE_STRENGTH)))
        for name, used in BASELINES.items()
    }
    return {**fitted, OURS: fit_linear_head(kind, Trials(task), phrases, tuple(INPUT_SETS))}


def judge(
    contested: Contest,
    examples: Sequence[Example],
    classes: Sequence[str],
    *,
    task: str,
    material: str,
    mapped: Mapped = unchanged,
) -> list[Result]:
    """Return what each is worth on a set.

    Args:
        contested: Who is judged.
        examples: Whom on.
        classes: Of the examples, as ``mapped`` orders them.
        task: Name of the question.
        material: Name of what was learned from.
        mapped: Turns answers of the head into those of the set.
    """
    held = held_of(examples, classes)
    groups = [example.group for example in examples]
    results = []
    for name, (found, said) in contested.said([example.turn for example in examples]).items():
        answers, taken = mapped(found, said)
        metrics = measure(Judged(probabilities=answers, said=taken, held=held), groups)
        model = f"{name}: {contested.fitted[name].choice.recipe.inputs}" if name == OURS else name
        results.append(Result(task=task, material=material, model=model, metrics=metrics))
    return results


def held_of(examples: Sequence[Example], classes: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which classes hold, (examples, classes)."""
    return np.array([[name in example.classes for name in classes] for example in examples], dtype=np.bool_)


def phrases_of(kind: str, examples: Sequence[Example]) -> list[Phrase]:
    """Return examples as a tenant's own messages."""
    return [
        Phrase(turn=example.turn, labels={kind: example.classes}, group=example.group, is_own=True)
        for example in examples
        if example.classes or kind in MULTI_LABEL
    ]


def _said(kind: str, fitted: Fitted, blocks: Blocks) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    found = probabilities(fitted.model.logits(blocks), multi_label=kind in MULTI_LABEL)
    return found, said_of(kind, found, fitted.thresholds)


def places(kind: str, names: Sequence[str]) -> list[int]:
    """Return the columns of classes."""
    return [list(CLASSES[kind]).index(name) for name in names]
