"""What is asked of an analysis, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.conversation.heads.readings import HeadUse
from core.conversation.insights.insight import Insight
from core.conversation.judged import Judged
from core.conversation.kinds import CLASSES
from core.conversation.message import Message
from core.criteria.facts import Facts
from core.errors import InvalidInput, Violation
from core.identifiers import IDENTIFIER_RULE, LeadId, _is_identifier
from core.scoring.result import ScoreWarning

LONGEST_CONVERSATION_ID = 128
_NOTHING_PINNED: Mapping[str, str] = {}


class SentMessages(Protocol):
    """The messages of a conversation as the caller sent them: read only where they are new."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def content(self) -> bytes:
        """All of them: where one conversation begins like another, so do these bytes, and the other way round."""

    @property
    def opening(self) -> bytes:
        """The first of them."""

    def since(self, index: int) -> Sequence[Message]:
        """Return those from ``index`` on.

        Raises:
            InvalidInput: Names what is wrong with each, for example ``messages[17].text``.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    messages: SentMessages
    lead_id: LeadId | None = None
    conversation_id: str = ""
    results_from: int = 0
    """Answers of single messages are given from this index on."""
    as_of_time: datetime | None = None
    """None: now."""
    model_versions: Mapping[str, str] = field(default_factory=lambda: _NOTHING_PINNED)
    """Versions that must answer, by model kind."""

    def __post_init__(self) -> None:
        found = []
        if self.lead_id is not None and _is_identifier(self.lead_id) is None:
            found.append(Violation(field="lead_id", rule=IDENTIFIER_RULE))
        # PostgreSQL holds no NUL.
        if len(self.conversation_id) > LONGEST_CONVERSATION_ID or "\x00" in self.conversation_id:
            rule = f"must be at most {LONGEST_CONVERSATION_ID} characters without NUL"
            found.append(Violation(field="conversation_id", rule=rule))
        if not 0 <= self.results_from <= self.messages.count:
            rule = f"must be 0 to the number of messages, {self.messages.count:,}"
            found.append(Violation(field="results_from", rule=rule))
        if not self.model_versions.keys() <= CLASSES.keys():
            found.append(Violation(field="model_versions", rule=f"must name only kinds of {', '.join(CLASSES)}"))
        if not all(_is_identifier(version) for version in self.model_versions.values()):
            found.append(Violation(field="model_versions", rule="must name versions"))
        if found:
            raise InvalidInput(found)


def _do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenHead:
    """A version that an experiment chose."""

    kind: str
    version: str
    experiment: str
    variant: str
    before_shown: Callable[[], None] = _do_nothing
    """Called once the answer is known. Where it raises, nothing was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is said of a conversation."""

    judged: Judged
    uses: Mapping[str, HeadUse]
    """What answered, by model kind."""
    insights: Sequence[Insight]
    """The highest priority first."""
    facts: Facts
    """``analysis.*``, as criteria look at them."""
    written: bytes
    """The answers of single messages, as they are sent."""
    as_of_time: datetime
    attribution_token: str
    new_count: int = 0
    """Messages that were read in this call; the others were known."""
    experiment: str = ""
    variant: str = ""
    warnings: Sequence[ScoreWarning] = ()
