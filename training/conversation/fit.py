"""Fits one head on phrases and writes it as the files of a version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.conversation.heads.artifact import HeadParts, head_files
from core.conversation.heads.graph import MakeGraph
from core.conversation.heads.inputs import OF_ENCODER, OF_TERMS, TERMS
from core.conversation.heads.turn import Turn
from core.conversation.kinds import CLASSES, MULTI_LABEL
from core.identifiers import VersionName
from core.registry.manifest import content_digest, manifest_to_json, version_name
from core.version import MANIFEST_FILE, OBJECTION, FileDigest, Manifest, Metric
from training.conversation.calibrating import Stretch, choose_stretch
from training.conversation.figures import Judged, measure
from training.conversation.graph import check_parity, head_graph
from training.conversation.linear import Doubles, LinearModel, Singles, probabilities, taken
from training.conversation.material import Material, targets_of
from training.conversation.phrase import Phrase
from training.conversation.recipe import INPUT_SETS, WITHOUT_ENCODER
from training.conversation.search import Choice, Task, Trials, fit_recipe, folds_of, search
from training.conversation.thresholds import choose_thresholds, objections_of
from training.refusal import TrainingRefused

FEWEST_OF_CLASS = 10
GOLDEN_TURNS = 16
SEED = 7
_PARITY_ROWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One linear model with its calibration and thresholds."""

    choice: Choice
    model: LinearModel
    """Calibrated."""
    stretch: Stretch
    thresholds: tuple[float, ...]
    left_out: Doubles
    """Calibrated probabilities of rows that the model had not seen, (n, classes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedHead:
    """A head, ready to be registered."""

    kind: str
    version: VersionName
    files: Mapping[str, bytes]
    """With the manifest."""
    fitted: Fitted
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadStamp:
    """What a version says of where it comes from."""

    origin: str
    """Of what it was fitted."""
    fingerprint: str
    """SHA-256 over all that it was made of."""
    code_version: str
    create_time: datetime
    parents: tuple[VersionName, ...] = ()


def fit_head(
    kind: str, material: Material, golden: Sequence[Turn], make_graph: MakeGraph, stamp: HeadStamp
) -> FittedHead:
    """Choose a recipe, fit, calibrate, find thresholds, export, prove the export, and measure.

    Args:
        kind: Of the head.
        material: Phrases and their inputs.
        golden: Invented turns, at most 32, kept with the version.
        make_graph: Loads a graph.
        stamp: What the version says of itself.

    Raises:
        TrainingRefused: If a class has too few phrases, or the export differs.
    """
    rows, task = task_of(kind, material)
    _check_enough(kind, task.targets)
    phrases = [material.phrases[row] for row in rows]
    names = [name for name, scales in INPUT_SETS.items() if material.encoder or OF_ENCODER.isdisjoint(scales)]
    trials = Trials(task)
    full = fit_linear_head(kind, trials, phrases, names)
    plain = full
    if not OF_ENCODER.isdisjoint(full.choice.recipe.scales):
        plain = fit_linear_head(kind, trials, phrases, WITHOUT_ENCODER)
    parts = _parts(kind, material, full, plain)
    _check_graphs(parts, full, plain, task, make_graph)
    files = head_files(parts, golden, material.vectors_of, make_graph)
    manifest = _manifest(kind, files, full, plain, phrases, stamp)
    return FittedHead(
        kind=kind,
        version=manifest.version,
        files={**files, MANIFEST_FILE: manifest_to_json(manifest)},
        fitted=full,
        manifest=manifest,
    )


def task_of(kind: str, material: Material) -> tuple[npt.NDArray[np.intp], Task]:
    """Return the rows of the phrases whose labels of a kind are known, and what is to be learned of them."""
    rows, targets = targets_of(material.phrases, kind, CLASSES[kind])
    multi_label = kind in MULTI_LABEL
    task = Task(
        blocks=taken(material.blocks, rows),
        # Of classes told against each other a phrase may still have several, each with its share.
        targets=targets if multi_label else targets / targets.sum(axis=1, keepdims=True),
        folds=folds_of([material.phrases[row].group for row in rows]),
        multi_label=multi_label,
        is_own=np.array([material.phrases[row].is_own for row in rows], dtype=np.bool_),
    )
    return rows, task


def fit_linear_head(kind: str, trials: Trials, phrases: Sequence[Phrase], input_sets: Sequence[str]) -> Fitted:
    """Choose, fit and calibrate one model, and find its thresholds.

    Args:
        kind: Of the head.
        trials: What is to be learned, and what is known of that.
        phrases: Of the rows of the task.
        input_sets: What may be looked at.
    """
    return finished(kind, trials.task, phrases, search(trials, input_sets))


def finished(kind: str, task: Task, phrases: Sequence[Phrase], choice: Choice) -> Fitted:
    """Fit a chosen recipe on all rows, calibrate it, and find its thresholds. As :func:`fit_linear_head`."""
    judged = task.judged
    stretch, _ = choose_stretch(
        choice.logits[judged], task.targets[judged], task.folds[judged], multi_label=task.multi_label
    )
    left_out = probabilities(stretch(choice.logits), multi_label=task.multi_label)
    held = task.targets > 0.0
    ordinary = np.array([phrase.is_ordinary for phrase in phrases], dtype=np.bool_) & ~_has(kind, held)
    return Fitted(
        choice=choice,
        model=fit_recipe(task, choice.recipe).scaled(stretch.slopes, stretch.shifts),
        stretch=stretch,
        thresholds=choose_thresholds(kind, left_out[judged], held[judged], ordinary[judged]),
        left_out=left_out,
    )


def said_of(kind: str, found: Doubles, thresholds: Sequence[float]) -> npt.NDArray[np.bool_]:
    """Return the classes that a head takes as present, (n, classes)."""
    if kind in MULTI_LABEL:
        return np.asarray(found >= np.asarray(thresholds))
    best = objections_of(found, thresholds) if kind == OBJECTION else found.argmax(axis=1)
    return np.asarray(best[:, None] == np.arange(found.shape[1]))


def _has(kind: str, held: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which rows have what people are to be told of, (n,)."""
    return np.asarray(held[:, 1:].any(axis=1) if kind == OBJECTION else held.any(axis=1))


def _check_enough(kind: str, targets: Singles) -> None:
    for name, count in zip(CLASSES[kind], targets.sum(axis=0).tolist(), strict=True):
        if count < FEWEST_OF_CLASS:
            message = f"{kind} {name} has {count:.0f} phrases; {FEWEST_OF_CLASS} are needed"
            raise TrainingRefused("TOO_FEW_PHRASES", message, kind=kind, label=name)


def _parts(kind: str, material: Material, full: Fitted, plain: Fitted) -> HeadParts:
    inputs, plain_inputs = tuple(full.choice.recipe.scales), tuple(plain.choice.recipe.scales)
    has_terms = not OF_TERMS.isdisjoint((*inputs, *plain_inputs))
    needs_encoder = not OF_ENCODER.isdisjoint(inputs)
    return HeadParts(
        kind=kind,
        graph=head_graph(full.model, multi_label=kind in MULTI_LABEL),
        inputs=inputs,
        thresholds=full.thresholds,
        encoder=material.encoder if needs_encoder else "",
        vectorizer=material.vectorizer if has_terms else None,
        plain_graph=head_graph(plain.model, multi_label=kind in MULTI_LABEL) if needs_encoder else None,
        plain_inputs=plain_inputs if needs_encoder else (),
        plain_thresholds=plain.thresholds if needs_encoder else (),
        term_weights=_term_weights(plain) if has_terms else None,
    )


def _term_weights(plain: Fitted) -> Singles:
    """Return how much each term speaks for each class; of classes told against each other, against their mean."""
    weights = plain.model.weights[TERMS]
    if weights.shape[1] == 1:
        return weights
    return np.asarray(weights - weights.mean(axis=1, keepdims=True), dtype=np.float32)


def _check_graphs(parts: HeadParts, full: Fitted, plain: Fitted, task: Task, make_graph: MakeGraph) -> None:
    some = taken(task.blocks, np.arange(min(_PARITY_ROWS, len(task.targets))))
    check_parity(make_graph("model.onnx", parts.graph), full.model, some, multi_label=task.multi_label)
    if parts.plain_graph is not None:
        graph = make_graph("without_encoder.onnx", parts.plain_graph)
        check_parity(graph, plain.model, some, multi_label=task.multi_label)


def _manifest(  # noqa: PLR0917  all that a version says of itself
    kind: str, files: Mapping[str, bytes], full: Fitted, plain: Fitted, phrases: Sequence[Phrase], stamp: HeadStamp
) -> Manifest:
    digests = tuple(
        FileDigest(name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for name, content in sorted(files.items())
    )
    widths = {name: int(weights.shape[0]) for name, weights in full.model.weights.items()}
    _, targets = targets_of(phrases, kind, CLASSES[kind])
    return Manifest(
        kind=kind,
        version=VersionName(version_name(stamp.create_time, content_digest(digests))),
        feature_set_hash=hashlib.sha256(json.dumps(widths, sort_keys=True).encode()).hexdigest(),
        feature_count=sum(widths.values()),
        training_sample_count=len(phrases),
        base_rate=float(_has(kind, targets > 0.0).mean()),
        training_start_time=None,
        training_end_time=None,
        data_fingerprint=stamp.fingerprint,
        code_version=stamp.code_version,
        threshold=full.thresholds[-1],
        metrics=_metrics(kind, full, targets > 0.0, phrases),
        parameters=_parameters(full, plain, phrases, stamp),
        parents=stamp.parents,
        create_time=stamp.create_time,
        files=digests,
    )


def _metrics(kind: str, full: Fitted, held: npt.NDArray[np.bool_], phrases: Sequence[Phrase]) -> tuple[Metric, ...]:
    said = said_of(kind, full.left_out, full.thresholds)
    judged = Judged(probabilities=full.left_out, said=said, held=held)
    return tuple(measure(judged, [phrase.group for phrase in phrases], seed=SEED).values())


def _parameters(
    full: Fitted, plain: Fitted, phrases: Sequence[Phrase], stamp: HeadStamp
) -> dict[str, str | int | float | bool]:
    recipe = full.choice.recipe
    losses = {**plain.choice.losses, **full.choice.losses}
    return {
        "origin": stamp.origin,
        "inputs": recipe.inputs,
        "strength": recipe.strength,
        "phrase_weight": recipe.phrase_weight,
        "calibration": full.stretch.name,
        "without_encoder": plain.choice.recipe.inputs,
        "own_messages": sum(phrase.is_own for phrase in phrases),
        "protocol": "cross-validation over groups of phrases; figures are of phrases left out",
        **{f"log_loss {name}": round(loss, 6) for name, loss in losses.items()},
    }
