"""One lead while its features are computed: what several families need is worked out once, on demand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.features.keywords import KeywordFamilies
from core.features.streams.declaration import Value
from core.features.text import TextFacts, read_text
from core.lead import Lead


class LeadView:
    """A lead, the moment it is judged at, and its texts read at most once."""

    __slots__ = ("_description", "_families", "_title", "behavior", "lead", "moment")

    def __init__(
        self,
        lead: Lead,
        moment: datetime | None,
        families: KeywordFamilies,
        behavior: Mapping[str, Value] | None = None,
    ) -> None:
        self.lead = lead
        self.moment = moment
        """Aware; None where the data has no clock."""
        self.behavior = behavior
        """Features of what the lead did up to the moment, by name; None: not known."""
        self._families = families
        self._title: TextFacts | None = None
        self._description: TextFacts | None = None

    @property
    def title(self) -> TextFacts:
        """The facts of the title."""
        facts = self._title
        if facts is None:
            facts = self._title = read_text(self.lead.title, self._families)
        return facts

    @property
    def description(self) -> TextFacts:
        """The facts of the description."""
        facts = self._description
        if facts is None:
            facts = self._description = read_text(self.lead.description, self._families)
        return facts

    def text(self, field: str) -> TextFacts:
        """Return the facts of ``title`` or ``description``."""
        return self.title if field == "title" else self.description

    def mentions(self, family: str) -> bool:
        """Return whether title or description holds a keyword of ``family``; False for a family that is not listed."""
        if family not in self._families.names:
            return False
        position = self._families.names.index(family)
        return any(facts.keyword_counts[position] for facts in (self.title, self.description) if facts.text)
