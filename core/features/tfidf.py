"""Features: weights of the terms of a text (TF-IDF over a fitted vocabulary)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.view import LeadView
from core.features.words import find_words

MIN_LEADS_PER_TERM = 5
"""A term that fewer leads use could name a person, and is not learned."""
MIN_TERM_LENGTH = 2
MAX_SHARE_OF_LEADS = 0.6
"""A term that more leads use says little."""


class TermWeights:
    """TF-IDF of ``title`` or ``description``: raw counts times ln((1 + n) / (1 + df)) + 1, scaled to length 1.

    The weighting is that of Salton & Buckley 1988 with the smoothing scikit-learn uses by default.
    """

    def __init__(self, field: str, idf: Mapping[str, float]) -> None:
        self.field = field
        self.idf = dict(idf)
        self._index = {term: (position, weight) for position, (term, weight) in enumerate(self.idf.items())}
        self.features = tuple(
            Feature(
                name=f"{field}.term:{term}",
                group=FeatureGroup.TEXT,
                reason=f"{field.capitalize()} mentions: {term}",
                unit="weight",
                default=0.0,
            )
            for term in self.idf
        )

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        find = self._index.get
        weights: dict[int, float] = {}
        for word in view.text(self.field).words:
            entry = find(word)
            if entry is not None:
                position, idf = entry
                weights[position] = weights.get(position, 0.0) + idf
        if weights:
            length = math.hypot(*weights.values())
            for position, weight in weights.items():
                row[start + position] = weight / length


def learn_idf(texts: Iterable[str], *, max_terms: int) -> dict[str, float]:
    """Learn a vocabulary: the ``max_terms`` most used terms among those neither rare nor everywhere.

    Args:
        texts: One text per training lead; empty ones count as leads without the term.
        max_terms: Size limit of the vocabulary.

    Returns:
        Inverse document frequency of each term, terms in alphabetical order.
    """
    leads_with: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    lead_count = 0
    for text in texts:
        words = find_words(text.lower())
        lead_count += 1
        uses.update(words)
        leads_with.update(set(words))
    chosen = _choose(leads_with, uses, lead_count, max_terms)
    return {term: math.log((1 + lead_count) / (1 + leads_with[term])) + 1.0 for term in chosen}


def _choose(leads_with: Counter[str], uses: Counter[str], lead_count: int, max_terms: int) -> Sequence[str]:
    limit = MAX_SHARE_OF_LEADS * lead_count
    usable = [
        term
        for term, leads in leads_with.items()
        if MIN_LEADS_PER_TERM <= leads <= limit and len(term) >= MIN_TERM_LENGTH
    ]
    usable.sort(key=lambda term: (-uses[term], term))
    return sorted(usable[:max_terms])
