"""The parts of a blend, asked about one history: their standardised scores, and what each past item brought to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.recommend.blending import Part, factor_of, trust
from core.recommend.folding_in import FactorModel, Folded, contributions
from core.recommend.known import Known
from core.recommend.links import ItemLinks
from core.recommend.spread import Spread

Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What an item-to-item model says of one history."""

    links: ItemLinks
    rows_of: Positions
    places: Positions
    """(s,): which of the h known interactions it knows."""
    rows: Positions
    """(s,)."""
    weights: Floats
    """(s,)."""
    raw: Singles
    """(m,)."""
    scale: float
    """Of raw scores."""
    catalogue: int
    """Items the mean is over: those the model does not know count as 0."""

    @property
    def shift(self) -> float:
        """Return the mean over the catalogue of the scaled scores."""
        return float(self.raw.sum(dtype=np.float64)) / self.catalogue * self.scale

    def contributions(self, history: int, targets: Positions) -> Floats:
        """Return what each known interaction brought above what it brings to the average item, (h, t)."""
        brought = np.zeros((history, targets.size))
        rows = np.full(targets.size, -1, dtype=np.intp)
        trained = targets < self.rows_of.size
        rows[trained] = self.rows_of[targets[trained]]
        average = self.links.row_sums(self.rows) * self.weights / self.catalogue
        found = self.links.contributions(self.rows, self.weights, rows) - average[:, None]
        brought[self.places] = np.where(trained, found, 0.0) * self.scale
        return brought


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPart:
    """An item-to-item model over some of the catalogue's items."""

    links: ItemLinks
    members: Positions
    """(m,): the catalogue position of each of its items."""
    rows_of: Positions
    """(n,): the row of each trained item, -1 for those it does not know."""

    @classmethod
    def of(cls, links: ItemLinks, members: Positions, catalogue: int) -> LinkPart:
        """Make one for a trained catalogue of ``catalogue`` items."""
        rows_of = np.full(catalogue, -1, dtype=np.intp)
        rows_of[members] = np.arange(members.size)
        return cls(links=links, members=members, rows_of=rows_of)

    def ask(self, known: Known, part: Part, preference_power: float) -> LinkAnswer | None:
        """Return what it says, None if it has no say."""
        if part.weight == 0.0:
            return None
        trained = known.items < self.rows_of.size
        rows = np.where(trained, self.rows_of[np.where(trained, known.items, 0)], -1) if self.rows_of.size else None
        if rows is None or not (rows >= 0).any():
            return None
        places = np.flatnonzero(rows >= 0)
        weights = known.weighed(part, preference_power)[places]
        raw = self.links.scores(rows[places], weights)
        count = self.rows_of.size
        mean = float(raw.sum(dtype=np.float64)) / count
        variance = float(raw @ raw) / count - mean * mean
        return LinkAnswer(
            links=self.links,
            rows_of=self.rows_of,
            places=places,
            rows=rows[places],
            weights=weights,
            raw=raw,
            scale=factor_of(part.weight, variance, trust(places.size)),
            catalogue=count,
        )

    def add_to(self, total: Singles, answer: LinkAnswer) -> None:
        """Add standardised scores to ``total``, float32 (n,) or longer."""
        scaled = answer.raw * np.float32(answer.scale)
        if self.members.size == self.rows_of.size:
            total[: scaled.size] += scaled[self.rows_of]
        else:
            total[self.members] += scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAnswer:
    """What the factors say of one history."""

    model: FactorModel
    spread: Spread
    places: Positions
    rows: Positions
    folded: Folded
    scale: float

    @property
    def query(self) -> Floats:
        """Return the vector whose products with the items' are the scaled scores, (f,)."""
        return self.folded.vector * self.scale

    def contributions(self, history: int, targets: Positions) -> Floats:
        """Return what each known interaction brought above what it brings to the average item, (h, t)."""
        brought = np.zeros((history, targets.size))
        trained = targets < len(self.model.vectors)
        vectors = self.model.vectors[self.rows].astype(np.float64)
        aims = self.model.vectors[np.where(trained, targets, 0)].astype(np.float64) - self.spread.mean
        found = contributions(self.folded, vectors, aims) * self.scale
        brought[self.places] = np.where(trained, found, 0.0)
        return brought


def ask_factors(
    model: FactorModel, spread: Spread, known: Known, part: Part, preference_power: float
) -> FactorAnswer | None:
    """Return what the factors say, None if they have no say."""
    places = np.flatnonzero(known.items < len(model.vectors))
    if part.weight == 0.0 or places.size == 0:
        return None
    rows = known.items[places]
    folded = model.fold_in(rows, known.weighed(part, preference_power)[places])
    scale = factor_of(part.weight, spread.variance_along(folded.vector), trust(places.size))
    return FactorAnswer(model=model, spread=spread, places=places, rows=rows, folded=folded, scale=scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAnswer:
    """What content says of one history."""

    vectors: Singles
    """(n, d), of the catalogue."""
    spread: Spread
    items: Positions
    weights: Floats
    profile: Floats
    """(d,): what the lead likes less what it dislikes."""
    scale: float
    """Of raw scores, as if content had the weight 1."""

    @property
    def mean(self) -> float:
        """Return the mean over the catalogue of the scaled scores."""
        return self.spread.mean_along(self.profile) * self.scale

    def contributions(self, targets: Positions, target_weights: Floats) -> Floats:
        """Return what each known interaction brought above what it brings to the average item, (h, t).

        Args:
            targets: (t,), positions in the catalogue.
            target_weights: (t,), weight of content for each.
        """
        past = self.vectors[self.items].astype(np.float64)
        aims = self.vectors[targets].astype(np.float64) - self.spread.mean
        found = self.weights[:, None] * (past @ aims.T) * self.scale
        return np.asarray(found * target_weights, dtype=np.float64)


def ask_content(
    vectors: Singles, spread: Spread, known: Known, part: Part, preference_power: float
) -> ContentAnswer | None:
    """Return what content says, None if it has no say."""
    if known.items.size == 0 or vectors.shape[1] == 0:
        return None
    weights = known.weighed(part, preference_power)
    profile = weights @ vectors[known.items].astype(np.float64)
    scale = factor_of(1.0, spread.variance_along(profile), trust(known.items.size))
    return ContentAnswer(
        vectors=vectors, spread=spread, items=known.items, weights=weights, profile=profile, scale=scale
    )
