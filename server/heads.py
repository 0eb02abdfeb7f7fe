"""The models that read messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import structlog

from core.adapters.encoder_loading import load_encoder
from core.adapters.head_graph import OnnxHeadGraph
from core.adapters.sql.database import Database
from core.adapters.sql.head_agreement_store import SqlHeadAgreements
from core.conversation.heads.artifact import read_head
from core.conversation.heads.breakers import HeadBreakers
from core.conversation.heads.encoder_slot import EncoderSlot
from core.conversation.heads.model import HeadModel
from core.conversation.heads.reader import HeadReader
from core.conversation.heads.serving import ServingHeads
from core.conversation.heads.shadow import ShadowHeads
from core.conversation.heads.shadow_report import HeadShadowReports
from core.conversation.rules import RULE_HEADS
from core.identifiers import TenantId
from core.ports import Clock
from core.registry.model_registry import ModelRegistry
from core.version import HEAD_KINDS
from server.breaker_watch import BreakerWatch
from server.running import Background
from server.settings import ServerSettings

log = structlog.get_logger("leadline.heads")


def read_head_files(files: Mapping[str, bytes]) -> HeadModel:
    """Return the head in verified files.

    Raises:
        ArtifactRefused: If they cannot serve.
    """
    return read_head(files, OnnxHeadGraph)


HEAD_READERS = dict.fromkeys(HEAD_KINDS, read_head_files)
"""What reads the files of each kind."""


class EncoderWish:
    """Has the encoder loaded as soon as any tenant has a head, so that the first caller finds it there.

    Args:
        encoder: Loads it when it is wanted.
        has_heads: Returns whether any tenant has an active head of a kind.
    """

    def __init__(self, encoder: EncoderSlot, has_heads: Callable[[str], bool]) -> None:
        self._encoder = encoder
        self._has_heads = has_heads
        self._kinds = cycle(HEAD_KINDS)
        self._is_made = False

    def look(self) -> None:
        """Look at one kind, until one is found."""
        if not self._is_made and self._has_heads(next(self._kinds)):
            self._is_made = True
            self._encoder.get()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Which versions of the heads serve, and the encoder they share."""

    serving: ServingHeads
    reader: HeadReader
    encoder: EncoderSlot
    wish: EncoderWish
    shadow: ShadowHeads
    shadow_reports: HeadShadowReports

    @property
    def background(self) -> Sequence[Background]:
        """What has threads of its own."""
        return (self.encoder, self.shadow)

    def refresh(self) -> str | None:
        """Bring what is in memory up to the store; called a few times a second. Return a problem, if there is one."""
        self.wish.look()
        return self.serving.refresh() or self.encoder.problem or self.shadow.problem


def build_heads(
    settings: ServerSettings, database: Database, registry: ModelRegistry, watch: BreakerWatch, clock: Clock
) -> Heads:
    """Put it together. Nothing connects yet.

    Args:
        settings: What the operator set.
        database: Migrated.
        registry: Where versions come from.
        watch: Told of circuit breakers, and of heads that fail.
        clock: The present moment.
    """
    serving = ServingHeads(registry, read_head_files)
    encoder = EncoderSlot(lambda: load_encoder(settings.encoder_dir))
    breakers = HeadBreakers(on_change=watch.changed, on_failure=watch.model_failed)
    agreements = SqlHeadAgreements(database)
    shadow = ShadowHeads(registry, serving.pinned, agreements, settings.shadow_share, clock, _left_out)
    return Heads(
        serving=serving,
        reader=HeadReader(serving, encoder.get, RULE_HEADS, breakers, shadow=shadow),
        encoder=encoder,
        shadow=shadow,
        shadow_reports=HeadShadowReports(registry, agreements, shadow.dropped),
        wish=EncoderWish(encoder, lambda kind: bool(registry.active_everywhere(kind))),
    )


def _left_out(tenant: TenantId, version: str, problem: str) -> None:
    log.error("head in the shadow left out", tenant=tenant, version=version, problem=problem)
