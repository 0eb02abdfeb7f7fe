"""Fits heads, registers them, and activates those that are better beyond doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from core.caller import Caller
from core.conversation.heads.artifact import read_head
from core.conversation.heads.graph import MakeGraph
from core.conversation.heads.inputs import HeadInputs
from core.conversation.heads.model import HeadModel
from core.conversation.heads.turn import Turn
from core.errors import ArtifactRefused, NotFound, WrongState
from core.identifiers import VersionName
from core.registry.model_registry import ModelRegistry
from core.version import ModelVersion
from training.conversation.fit import SEED, FittedHead, HeadStamp, fit_head, task_of
from training.conversation.linear import Doubles, Singles
from training.conversation.material import Material
from training.conversation.phrase import Phrase
from training.progress import Report, silent

GOLDEN_TURNS = 16
_LEAST_PROBABILITY = 1e-6
_DRAWS = 500
_LOWER = 0.025


class Activation(Enum):
    """When a new head serves at once."""

    IF_BETTER = "if better"
    """If none serves, or if it is better beyond doubt."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedHead:
    """What came of one head."""

    head: FittedHead
    version: ModelVersion
    is_active: bool
    reason: str
    """Why it serves, or why not."""


def golden_turns(phrases: Sequence[Phrase]) -> list[Turn]:
    """Return a few shipped turns, spread over all: golden files hold nobody's messages."""
    shipped = [phrase.turn for phrase in phrases if not phrase.is_own]
    places = np.linspace(0, len(shipped) - 1, num=min(GOLDEN_TURNS, len(shipped))).astype(int)
    return [shipped[place] for place in sorted(set(places.tolist()))]


def fingerprint_of(phrases: Sequence[Phrase], encoder: str, code_version: str) -> str:
    """Return the SHA-256 over all that heads are made of."""
    digest = hashlib.sha256(f"{encoder}\n{code_version}\n".encode())
    for phrase in phrases:
        said = sorted((kind, *sorted(classes)) for kind, classes in phrase.labels.items())
        row = repr((tuple(phrase.turn), said, phrase.group, phrase.is_ordinary, phrase.is_own))
        digest.update(row.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def train_heads(  # noqa: PLR0917  its callers name what they pass
    registry: ModelRegistry,
    caller: Caller,
    request_id: str,
    material: Material,
    kinds: Sequence[str],
    stamp: HeadStamp,
    make_graph: MakeGraph,
    *,
    activation: Activation = Activation.IF_BETTER,
    report: Report = silent,
) -> list[TrainedHead]:
    """Fit, register and perhaps activate a head of each kind.

    Args:
        registry: Of models.
        caller: Whose versions.
        request_id: Idempotency key; each head's has its kind behind it.
        material: Phrases and their inputs.
        kinds: Of heads.
        stamp: What the versions say of themselves.
        make_graph: Loads graphs.
        activation: When a new head serves at once.
        report: Told how far it is.

    Raises:
        TrainingRefused: If a class has too few phrases.
        AlreadyExists: If ``request_id`` stands for something else.
    """
    trained = []
    for number, kind in enumerate(kinds):
        report(f"fitting {kind}", number / len(kinds))
        head = fit_head(kind, material, golden_turns(material.phrases), make_graph, stamp)
        version = registry.register(caller, f"{request_id}-{kind}", head.files, f"fitted on {stamp.origin}")
        serves, reason = _decide(registry, caller, head, material, make_graph, activation)
        if serves:
            _activate(registry, caller, f"{request_id}-{kind}-activate", head, reason)
        trained.append(TrainedHead(head=head, version=version, is_active=serves, reason=reason))
    report("done", 1.0)
    return trained


def _decide(  # noqa: PLR0917  its caller names what it passes
    registry: ModelRegistry,
    caller: Caller,
    head: FittedHead,
    material: Material,
    make_graph: MakeGraph,
    activation: Activation,
) -> tuple[bool, str]:
    if activation is Activation.NEVER:
        return False, "it was not to be activated"
    if activation is Activation.ALWAYS:
        return True, "as asked"
    active = registry.active(caller.tenant, head.kind)
    serving = None if active is None else _serving(registry, caller, head.kind, active.version, make_graph)
    if serving is None:
        return True, "no version serves"
    lower = least_gain(head, serving, material)
    if lower is None:
        return False, "there are no own messages to compare it on with the version that serves"
    if lower > 0.0:
        return True, "it tells left-out own messages better than the version that serves"
    return False, "not proven to be better than the version that serves"


def least_gain(head: FittedHead, serving: HeadModel, material: Material) -> float | None:
    """Return by how much, at least, a new head loses less than the serving one on own messages; None without any.

    The new one is judged by what models said that had not seen them; the serving one may have seen them. The lower end
    of a bootstrap interval over messages, nats.
    """
    rows, task = task_of(head.kind, material)
    own = np.flatnonzero(task.is_own)
    if own.size == 0:
        return None
    vectors_of = material.vectors_of
    if serving.needs_encoder and (vectors_of is None or serving.encoder != material.encoder):
        return None
    turns = [material.phrases[rows[row]].turn for row in own]
    says = serving.read(HeadInputs(turns, vectors_of)).astype(np.float64)
    gains = _losses(says, task.targets[own]) - _losses(head.fitted.left_out[own], task.targets[own])
    random = np.random.default_rng(SEED)
    means = gains[random.integers(0, own.size, size=(_DRAWS, own.size))].mean(axis=1)
    return float(np.quantile(means, _LOWER))


def _losses(found: Doubles, targets: Singles) -> Doubles:
    """Return the mean binary log-loss of each row over its classes, nats."""
    kept = np.clip(found, _LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)
    return -np.asarray((targets * np.log(kept) + (1.0 - targets) * np.log1p(-kept)).mean(axis=1))


def _serving(
    registry: ModelRegistry, caller: Caller, kind: str, version: VersionName, make_graph: MakeGraph
) -> HeadModel | None:
    try:
        _, files = registry.load(caller.tenant, kind, version)
        return read_head(files, make_graph)
    except (NotFound, WrongState, ArtifactRefused):
        return None


def _activate(registry: ModelRegistry, caller: Caller, request_id: str, head: FittedHead, reason: str) -> None:
    active = registry.active(caller.tenant, head.kind)
    registry.activate(
        caller,
        request_id,
        head.kind,
        head.version,
        expected=None if active is None else active.version,
        reason=reason,
        evidence=_evidence(head),
    )


def _evidence(head: FittedHead) -> Mapping[str, str]:
    return {metric.name: f"{metric.value:.4f}" for metric in head.manifest.metrics}
