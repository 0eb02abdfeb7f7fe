"""The composition root of training heads: opens the store, the registry and the encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as distribution_version
from pathlib import Path

from core.adapters.admission import admit
from core.adapters.encoder_loading import load_encoder
from core.adapters.folder_artifacts import FolderArtifacts
from core.adapters.head_graph import OnnxHeadGraph
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.tables import active_versions, event_heads, leads
from core.adapters.sql.tenant_list import tenants_of
from core.caller import Caller
from core.conversation.encoder import Encoder
from core.registry.model_registry import ModelRegistry
from training.app import now
from training.conversation.default_heads import DefaultHeads
from training.conversation.fit import FittedHead, HeadStamp, fit_head
from training.conversation.material import Material, make_material
from training.conversation.message_file import read_messages
from training.conversation.phrase import Phrase
from training.conversation.phrase_file import read_phrase_folder
from training.conversation.run import Activation, TrainedHead, fingerprint_of, golden_turns, train_heads
from training.progress import Report
from training.settings import TrainingSettings

SHIPPED_PHRASES = "shipped phrases"
_PROGRAMS = ("calibrating", "descent", "fit", "linear", "material", "recipe", "search", "thresholds")
"""Modules whose text decides what default heads are like."""


@dataclass(frozen=True, kw_only=True)
class HeadTrainer:
    """Everything that training heads needs."""

    database: Database
    registry: ModelRegistry
    encoder: Encoder | None
    """None: heads look at terms alone."""

    @cached_property
    def shipped(self) -> Sequence[Phrase]:
        """The phrases that ship."""
        return read_phrase_folder()

    def train(
        self,
        caller: Caller,
        request_id: str,
        messages: Path | None,
        kinds: Sequence[str],
        *,
        activation: Activation,
        report: Report,
    ) -> list[TrainedHead]:
        """Train on the shipped phrases and a file of own messages. See :func:`training.conversation.run.train_heads`.

        Raises:
            InvalidInput: If the file cannot be read.
        """
        own = () if messages is None else read_messages(messages)
        report("encoding phrases", 0.0)
        material = self.material([*self.shipped, *own])
        origin = SHIPPED_PHRASES if messages is None else f"{SHIPPED_PHRASES} and {len(own):,} own messages"
        stamp = self._stamp(material, origin)
        return train_heads(
            self.registry,
            caller,
            request_id,
            material,
            kinds,
            stamp,
            OnnxHeadGraph,
            activation=activation,
            report=report,
        )

    def give_defaults(self, report: Report) -> int:
        """Give default heads to every tenant with leads, events or models that lacks some; return how many heads."""
        tenants = tenants_of(self.database, active_versions, leads, event_heads)
        return DefaultHeads(
            registry=self.registry, fingerprint=self._fingerprint(self.shipped), fit=_Fitting(self, report).fit
        ).give(tenants)

    def default_head(self, kind: str, material: Material) -> FittedHead:
        """Return the default head of a kind, fitted on the shipped phrases alone."""
        stamp = self._stamp(material, SHIPPED_PHRASES)
        return fit_head(kind, material, golden_turns(material.phrases), OnnxHeadGraph, stamp)

    def material(self, phrases: Sequence[Phrase]) -> Material:
        """Return phrases with their inputs."""
        encoder = self.encoder
        if encoder is None:
            return make_material(phrases, "", None)
        return make_material(phrases, encoder.name, encoder.encode)

    def _stamp(self, material: Material, origin: str) -> HeadStamp:
        return HeadStamp(
            origin=origin,
            fingerprint=self._fingerprint(material.phrases),
            code_version=distribution_version("leadline-backend"),
            create_time=now(),
        )

    def _fingerprint(self, phrases: Sequence[Phrase]) -> str:
        return fingerprint_of(phrases, "" if self.encoder is None else self.encoder.name, _programs_digest())


class _Fitting:
    """Fits default heads; phrases are encoded for the first one, and once."""

    def __init__(self, trainer: HeadTrainer, report: Report) -> None:
        self._trainer = trainer
        self._report = report

    @cached_property
    def _material(self) -> Material:
        self._report("encoding phrases", 0.0)
        return self._trainer.material(self._trainer.shipped)

    def fit(self, kind: str) -> FittedHead:
        """Return the default head of a kind."""
        material = self._material
        self._report(f"fitting {kind}", 0.5)
        return self._trainer.default_head(kind, material)


def build_head_trainer(settings: TrainingSettings) -> HeadTrainer:
    """Open the store, the registry and the encoder."""
    database = open_database(settings.database_url)
    database.migrate()
    return HeadTrainer(
        database=database,
        registry=ModelRegistry(SqlRegistryStore(database, now), FolderArtifacts(settings.model_dir), admit, now),
        encoder=load_encoder(settings.encoder_dir),
    )


def _programs_digest() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in _PROGRAMS:
        digest.update((folder / f"{name}.py").read_bytes())
    return digest.hexdigest()
