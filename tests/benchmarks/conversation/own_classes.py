"""Tasks whose classes are not those of the product: what its way of training comes to on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.conversation.heads.inputs import VectorsOf
from core.version import Metric
from tests.benchmarks.conversation.comparing import BASELINE_STRENGTH, BASELINES, OURS, Result, held_of
from tests.parts.labelled_messages import OUT_OF_SCOPE, Example, Split
from training.conversation.calibrating import choose_stretch
from training.conversation.figures import Judged, auroc, measure
from training.conversation.linear import Doubles, probabilities
from training.conversation.material import blocks_of, fit_vectorizer
from training.conversation.recipe import BOTH, TERMS_ALONE, VECTORS_ALONE, Recipe
from training.conversation.search import Choice, Task, Trials, fit_recipe, folds_of, search, tried

_HALF = 0.5


def judge_classes(split: Split, vectors_of: VectorsOf, *, multi_label: bool, once: bool) -> list[Result]:
    """Return what the baselines and the chosen recipe are worth on a set that brings its own classes.

    Args:
        split: The set; of what is out of scope nothing is learned.
        vectors_of: Encodes texts.
        multi_label: Whether messages have any number of classes.
        once: Recipes are compared on one fifth of the material, not on each fifth in turn: with many classes a fit
            takes long.
    """
    train = [example for example in split.train if OUT_OF_SCOPE not in example.classes]
    known = [example for example in split.test if OUT_OF_SCOPE not in example.classes]
    classes = _classes(train, known)
    vectorizer = fit_vectorizer([example.turn for example in train])
    folds = folds_of([example.group for example in train])
    task = Task(
        blocks=blocks_of([example.turn for example in train], vectorizer, vectors_of),
        targets=held_of(train, classes).astype(np.float32),
        folds=np.where(folds == 0, 0, -1) if once else folds,
        multi_label=multi_label,
        is_own=np.zeros(len(train), dtype=np.bool_),
    )
    blocks = blocks_of([example.turn for example in split.test], vectorizer, vectors_of)
    is_known = np.array([OUT_OF_SCOPE not in example.classes for example in split.test], dtype=np.bool_)
    results = []
    for name, choice in _choices(task).items():
        found = _judged_probabilities(task, choice, blocks)
        metrics = _metrics(found[is_known], held_of(known, classes), known, multi_label=multi_label)
        if not is_known.all():
            metrics = {**metrics, "auroc": _of_unknown(found, is_known)}
        model = f"{name}: {choice.recipe.inputs}" if name == OURS else name
        results.append(Result(task=split.name, material="its training part", model=model, metrics=metrics))
    return results


def _choices(task: Task) -> Mapping[str, Choice]:
    baselines = {
        name: tried(task, Recipe(inputs=inputs, strength=BASELINE_STRENGTH)) for name, inputs in BASELINES.items()
    }
    return {**baselines, OURS: search(Trials(task), (TERMS_ALONE, VECTORS_ALONE, BOTH))}


def _judged_probabilities(task: Task, choice: Choice, blocks: Mapping[str, object]) -> Doubles:
    left_out = task.judged
    stretch, _ = choose_stretch(
        choice.logits[left_out], task.targets[left_out], task.folds[left_out], multi_label=task.multi_label
    )
    logits = stretch(fit_recipe(task, choice.recipe).logits(blocks))
    return probabilities(logits, multi_label=task.multi_label)


def _metrics(
    found: Doubles, held: npt.NDArray[np.bool_], examples: Sequence[Example], *, multi_label: bool
) -> dict[str, Metric]:
    said = found >= _HALF if multi_label else found.argmax(axis=1)[:, None] == np.arange(found.shape[1])
    names = ("accuracy", "macro_f1", "auroc", "ece") if multi_label else ("accuracy", "macro_f1", "ece")
    return measure(Judged(probabilities=found, said=said, held=held), [each.group for each in examples], names=names)


def _of_unknown(found: Doubles, is_known: npt.NDArray[np.bool_]) -> Metric:
    """Return how well the largest probability tells what is in scope from what is not."""
    judged = Judged(probabilities=found.max(axis=1)[:, None], said=is_known[:, None], held=is_known[:, None])
    return Metric(name="auroc", value=auroc(judged), sample_count=len(is_known))


def _classes(train: Sequence[Example], test: Sequence[Example]) -> list[str]:
    known = set().union(*(example.classes for example in train))
    return sorted(known & set().union(*(example.classes for example in (*train, *test))))
