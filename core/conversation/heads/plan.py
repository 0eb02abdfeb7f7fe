"""What answers for each kind in one call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.conversation.encoder import Encoder
from core.conversation.heads.model import HeadModel
from core.conversation.heads.readings import HeadUse
from core.conversation.kinds import CLASSES, ConversationSource
from core.conversation.rules import RuleHead
from core.scoring.result import ScoreWarning

_RULES = HeadUse(ConversationSource.RULES, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What answers for one kind."""

    use: HeadUse = _RULES
    model: HeadModel | None = None
    """None: rules."""

    @classmethod
    def of(cls, model: HeadModel | None, version: str, encoder: Encoder | None) -> Entry:
        """Return how a head can answer with an encoder, or without any."""
        if model is None:
            return cls()
        if not model.needs_encoder or (encoder is not None and encoder.name == model.encoder):
            return cls(use=HeadUse(ConversationSource.MODEL, version), model=model)
        if model.plain_graph is None:
            return cls()
        return cls(use=HeadUse(ConversationSource.MODEL_WITHOUT_ENCODER, version), model=model)

    @property
    def is_plain(self) -> bool:
        """Whether it answers without the encoder although it was made for one."""
        return self.use.source is ConversationSource.MODEL_WITHOUT_ENCODER

    def thresholds(self, rules: RuleHead) -> tuple[float, ...]:
        """Return the probability of each class from which it is present."""
        if self.model is None:
            return rules.thresholds
        return self.model.plain_thresholds if self.is_plain else self.model.thresholds

    @property
    def name(self) -> str:
        """The same for what gives the same answers."""
        return f"{self.use.source}:{'' if self.model is None else self.model.content}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPlan:
    """What answers for each kind, and what the caller should know of that."""

    entries: Mapping[str, Entry]
    encoder: Encoder | None
    warnings: tuple[ScoreWarning, ...] = ()

    @property
    def digest(self) -> bytes:
        """16 bytes: plans of one digest give the same answers."""
        encoder = "" if self.encoder is None else self.encoder.name
        names = [encoder, *(f"{kind}:{self.entries[kind].name}" for kind in CLASSES)]
        return hashlib.blake2b("\n".join(names).encode(), digest_size=16).digest()

    def with_rules(self, kind: str, warning: ScoreWarning) -> ReadingPlan:
        """Return the plan in which rules answer for one kind."""
        entries = {**self.entries, kind: Entry()}
        return ReadingPlan(entries=entries, encoder=self.encoder, warnings=_more(self.warnings, warning))

    def without_encoder(self, warning: ScoreWarning) -> ReadingPlan:
        """Return the plan in which nothing is encoded."""
        entries = {kind: Entry.of(entry.model, entry.use.version, None) for kind, entry in self.entries.items()}
        return ReadingPlan(entries=entries, encoder=None, warnings=_more(self.warnings, warning))


def _more(warnings: tuple[ScoreWarning, ...], warning: ScoreWarning) -> tuple[ScoreWarning, ...]:
    return warnings if warning in warnings else (*warnings, warning)
