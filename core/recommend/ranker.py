"""A recommender laid over a catalogue: its scores stand where the catalogue has the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.recommend.catalog_view import CatalogView
from core.recommend.causes import Causes
from core.recommend.interaction import Interaction
from core.recommend.model import Answers, RecommendationModel

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]

_ABSENT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranker:
    """Scores the items of one view of a catalogue. Safe to share between threads."""

    model: RecommendationModel
    version: str
    """"" for what was made of the catalogue alone."""
    rows: Positions
    """(n,): where the model has each item of the catalogue; -1 if it does not know it."""
    unknown: Positions
    """Positions in the catalogue of the items it does not know."""

    @classmethod
    def over(cls, model: RecommendationModel, view: CatalogView, version: str) -> Ranker:
        """Lay a model over a catalogue. It learns what items are that it was not trained with.

        Items that it was trained with and that are gone are never scored.
        """
        deleted = view.columns.is_deleted
        known = model.with_items([item for at, item in enumerate(view.items) if not deleted[at]])
        rows = np.full(view.count, _ABSENT, dtype=np.intp)
        for row, item_id in enumerate(known.item_ids):
            position = view.position(item_id)
            if position is not None:
                rows[position] = row
        return cls(model=known, version=version, rows=rows, unknown=np.flatnonzero(rows == _ABSENT))

    @classmethod
    def untrained(cls, view: CatalogView) -> Ranker:
        """Return what serves a catalogue for which nothing was trained."""
        deleted = view.columns.is_deleted
        there = [item for at, item in enumerate(view.items) if not deleted[at]]
        return cls.over(RecommendationModel.untrained(there), view, "")

    @property
    def is_trained(self) -> bool:
        """Whether it was made of what leads did."""
        return bool(self.version)

    def knows_all(self, view: CatalogView) -> bool:
        """Return whether it has every item of a catalogue that is not deleted."""
        rows = np.full(view.count, _ABSENT, dtype=np.intp)
        rows[: self.rows.size] = self.rows
        return bool(((rows != _ABSENT) | view.columns.is_deleted).all())

    def ask(self, history: Sequence[Interaction], moment_us: int) -> Answers:
        """Return what the model says of a history, for :meth:`scores` and :meth:`causes`."""
        return self.model.ask(history, moment_us)

    def scores(self, answers: Answers, count: int) -> Singles:
        """Return the score of each of the catalogue's ``count`` items, float32; -inf for those it does not know."""
        found = self.model.scores_of(answers)
        scores = np.full(count, -np.inf, dtype=np.float32)
        if found.size:
            known = min(count, self.rows.size)
            # -1 takes anything, and is put right below: quicker than to choose beforehand.
            np.take(found, self.rows[:known], out=scores[:known], mode="wrap")
            scores[self.unknown[self.unknown < known]] = -np.inf
        return scores

    def causes(self, answers: Answers, positions: Sequence[int]) -> list[Causes]:
        """Return why items of the catalogue have their scores. It must know them."""
        return self.model.causes_of(answers, self.rows[np.asarray(positions, dtype=np.intp)].tolist())

    def alike(self, positions: Positions) -> Singles:
        """Return how alike each two of k items of the catalogue are, (k, k). It must know them."""
        return self.model.alike(self.rows[positions].tolist())
