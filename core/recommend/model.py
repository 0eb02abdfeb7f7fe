"""The recommender: item to item, factors, content and popularity, blended; every score can be taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput, NotFound
from core.recommend.blending import CONTENT_ONLY, Blend
from core.recommend.causes import Causes, find_causes
from core.recommend.content import ContentEncoder, learn_content
from core.recommend.folding_in import FactorModel
from core.recommend.interaction import Interaction
from core.recommend.item import Item
from core.recommend.known import Known
from core.recommend.parts import ContentAnswer, FactorAnswer, LinkAnswer, LinkPart, ask_content, ask_factors
from core.recommend.similarity import likeness, likeness_among, most_similar
from core.recommend.spread import Spread

FloatArray = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

WIDEST_CONTENT = 64
WIDEST_CONTENT_OF_MANY = 32
MANY_ITEMS = 20_000
"""Above this, vectors are shorter: a call reads all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelParts:
    """What was learned of a catalogue of n items. All arrays are read-only by agreement."""

    item_ids: tuple[str, ...]
    blend: Blend
    ease: LinkPart | None
    transitions: LinkPart | None
    factors: FactorModel | None
    encoder: ContentEncoder
    content: FloatArray
    """(n, d), rows of length 1, or 0 for items of which nothing is known."""
    popularity: FloatArray
    """(n,), standardised."""

    def __post_init__(self) -> None:
        count = len(self.item_ids)
        if len(set(self.item_ids)) != count:
            raise InvalidInput.of("item_ids", "must not repeat")
        if self.content.shape != (count, self.encoder.width) or self.popularity.shape != (count,):
            raise InvalidInput.of("content", "must have one row for each item")
        if self.factors is not None and len(self.factors.vectors) != count:
            raise InvalidInput.of("factors", "must have one row for each item")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the parts say of one history: scores and their causes both follow from it."""

    known: Known
    links: tuple[tuple[LinkPart, LinkAnswer], ...]
    factors: FactorAnswer | None
    content: ContentAnswer | None


class RecommendationModel:
    """Scores every item of a catalogue for a lead. Immutable and safe to share between threads.

    Every part of the blend is linear in the lead's history and standardised over the catalogue for each call, so that
    weights mean the same for short and long histories, and a score is exactly the sum of what each past interaction
    and popularity brought.

    Args:
        parts: What was learned.
        appended: Items it was not trained with.
        spreads: Of the factors and of the content of the items it was trained with; measured if not given.
    """

    def __init__(
        self, parts: ModelParts, appended: Sequence[Item] = (), spreads: tuple[Spread, Spread] | None = None
    ) -> None:
        trained = set(parts.item_ids)
        new = {item.item_id: item for item in appended if item.item_id not in trained}
        self.parts = parts
        self.item_ids: tuple[str, ...] = (*parts.item_ids, *new)
        self._appended = tuple(new.values())
        self._index = {item_id: position for position, item_id in enumerate(self.item_ids)}
        encoded = parts.encoder.encode(self._appended).reshape(len(new), parts.encoder.width)
        self._content = np.concatenate([parts.content, encoded]) if self._appended else parts.content
        self._matrix = _joined(parts, self._content)
        self._spreads = spreads or (Spread.of(_factors_of(parts)), Spread.of(parts.content))
        self._factor_spread, self._content_spread = self._spreads
        floor = float(parts.popularity.min()) if self.trained_count else 0.0
        self._popularity = np.concatenate([parts.popularity, np.full(len(new), floor, dtype=np.float32)])
        self._floor = floor
        self._base = self._popularity * np.float32(parts.blend.popularity)

    @classmethod
    def untrained(cls, items: Sequence[Item]) -> RecommendationModel:
        """Return what serves a catalogue before there is a version: content, and no item more popular than another."""
        width = WIDEST_CONTENT if len(items) <= MANY_ITEMS else WIDEST_CONTENT_OF_MANY
        encoder = learn_content(items, width)
        parts = ModelParts(
            item_ids=tuple(item.item_id for item in items),
            blend=CONTENT_ONLY,
            ease=None,
            transitions=None,
            factors=None,
            encoder=encoder,
            content=encoder.encode(items),
            popularity=np.zeros(len(items), dtype=np.float32),
        )
        return cls(parts)

    @property
    def trained_count(self) -> int:
        """How many of the items it was trained with; they come first."""
        return len(self.parts.item_ids)

    def with_items(self, items: Sequence[Item]) -> RecommendationModel:
        """Return the same model, also knowing items it was not trained with: by content, at the floor of popularity.

        Items that it knows already stay as they are.
        """
        known = self._index
        new = [item for item in items if item.item_id not in known]
        return RecommendationModel(self.parts, (*self._appended, *new), self._spreads) if new else self

    def scores(self, history: Sequence[Interaction], moment_us: int) -> FloatArray:
        """Return the score of every item, float32 (n_items,); higher is better.

        Args:
            history: One interaction for each item, oldest first. Items it does not know have no effect.
            moment_us: Interactions after it are left out, microseconds since 1970 UTC.
        """
        return self.scores_of(self.ask(history, moment_us))

    def scores_of(self, answers: Answers) -> FloatArray:
        """Return the scores that follow from what :meth:`ask` returned, as :meth:`scores` has them."""
        total = self._products(answers)
        total += self._base
        shift = 0.0
        for part, answer in answers.links:
            part.add_to(total, answer)
            shift += answer.shift
        if answers.factors is not None:
            shift += self._factor_spread.mean_along(answers.factors.query)
        if answers.content is not None:
            shift += answers.content.mean * self.parts.blend.content.weight
            self._finish_appended(total, answers.content)
        total[: self.trained_count] -= np.float32(shift)
        return total

    def causes(self, history: Sequence[Interaction], moment_us: int, positions: Sequence[int]) -> list[Causes]:
        """Return why each of some items has its score.

        Args:
            history: As given to :meth:`scores`.
            moment_us: The same.
            positions: Of the items to explain, in ``item_ids``.
        """
        return self.causes_of(self.ask(history, moment_us), positions)

    def causes_of(self, answers: Answers, positions: Sequence[int]) -> list[Causes]:
        """Return the causes that follow from what :meth:`ask` returned, as :meth:`causes` has them."""
        targets = np.asarray(positions, dtype=np.intp)
        collaborative, content = self._contributions(answers, targets)
        popularity = (self._popularity[targets] - self._floor).astype(np.float64) * self.parts.blend.popularity
        return find_causes(answers.known, collaborative, content, popularity)

    def contributions(
        self, history: Sequence[Interaction], moment_us: int, positions: Sequence[int]
    ) -> tuple[Floats, Floats]:
        """Return what the known interactions and popularity brought to items: (h, t) and (t,).

        The sum over the first plus the second is what :meth:`scores` says, but for rounding.
        """
        targets = np.asarray(positions, dtype=np.intp)
        collaborative, content = self._contributions(self.ask(history, moment_us), targets)
        popularity = self._popularity[targets].astype(np.float64) * self.parts.blend.popularity
        return collaborative + content, popularity

    def similar(self, item_id: str, limit: int) -> list[tuple[str, float]]:
        """Return the items most like one, with a likeness in [-1, 1], best first.

        Raises:
            NotFound: If it does not know the item.
        """
        position = self._index.get(item_id)
        if position is None:
            raise NotFound("item", item_id)
        factors = None if self.parts.factors is None else self.parts.factors.vectors
        alike = likeness(position, factors, self._content)
        return [(self.item_ids[i], float(alike[i])) for i in most_similar(alike, position, limit)]

    def alike(self, positions: Sequence[int]) -> FloatArray:
        """Return how alike each two of k items are, float32 (k, k), in [-1, 1].

        Args:
            positions: In ``item_ids``.
        """
        chosen = np.asarray(positions, dtype=np.intp)
        return likeness_among(self._factors_at(chosen), self._content[chosen])

    def ask(self, history: Sequence[Interaction], moment_us: int) -> Answers:
        """Return what the parts say of a history, for :meth:`scores_of` and :meth:`causes_of`."""
        parts, blend = self.parts, self.parts.blend
        known = Known.of(history, self._index, moment_us)
        power = blend.preference_power
        linked: list[tuple[LinkPart, LinkAnswer]] = []
        for links, part in ((parts.ease, blend.ease), (parts.transitions, blend.transitions)):
            answer = None if links is None else links.ask(known, part, power)
            if links is not None and answer is not None:
                linked.append((links, answer))
        factors = None
        if parts.factors is not None:
            factors = ask_factors(parts.factors, self._factor_spread, known, blend.factors, power)
        content = ask_content(self._content, self._content_spread, known, blend.content, power)
        return Answers(known, tuple(linked), factors, content)

    def _factors_at(self, positions: Positions) -> FloatArray | None:
        """Return the factors of some items, rows of 0 for appended ones; None without any."""
        vectors = _factors_of(self.parts)
        if not vectors.shape[1]:
            return None
        trained = positions < self.trained_count
        if trained.all():
            return vectors[positions]
        found = np.zeros((positions.size, vectors.shape[1]), dtype=np.float32)
        found[trained] = vectors[positions[trained]]
        return found

    def _products(self, answers: Answers) -> FloatArray:
        """Return the products of all items' vectors with what the factors and content ask for: one pass over memory."""
        query = np.zeros(self._matrix.shape[1])
        if answers.factors is not None:
            query[: answers.factors.query.size] = answers.factors.query
        if answers.content is not None and self.parts.blend.content.weight:
            profile = answers.content.profile
            query[query.size - profile.size :] = profile * (answers.content.scale * self.parts.blend.content.weight)
        if not query.any():
            return np.zeros(len(self.item_ids), dtype=np.float32)
        return np.asarray(self._matrix @ query.astype(np.float32), dtype=np.float32)

    def _finish_appended(self, total: FloatArray, answer: ContentAnswer) -> None:
        """Give content its greater weight for appended items, and move it to mean 0."""
        weight, cold = self.parts.blend.content.weight, self.parts.blend.cold_content
        trained = self.trained_count
        if len(total) > trained:
            more = (answer.profile * (answer.scale * (cold - weight))).astype(np.float32)
            total[trained:] += self._content[trained:] @ more - np.float32(answer.mean * cold)

    def _contributions(self, answers: Answers, targets: Positions) -> tuple[Floats, Floats]:
        size = answers.known.items.size
        collaborative = np.zeros((size, targets.size))
        for _, answer in answers.links:
            collaborative += answer.contributions(size, targets)
        if answers.factors is not None:
            collaborative += answers.factors.contributions(size, targets)
        content = np.zeros((size, targets.size))
        if answers.content is not None:
            blend = self.parts.blend
            weights = np.where(targets < self.trained_count, blend.content.weight, blend.cold_content)
            content += answers.content.contributions(targets, weights)
        return collaborative, content


def _factors_of(parts: ModelParts) -> FloatArray:
    """Return the factors of the trained items, (n, 0) without any."""
    empty = np.zeros((len(parts.item_ids), 0), dtype=np.float32)
    return empty if parts.factors is None else parts.factors.vectors


def _joined(parts: ModelParts, content: FloatArray) -> FloatArray:
    """Return the vectors of all items, trained and appended: factors, then content.

    Column by column in memory: a product with all of them then takes two thirds of the time. What takes the rows of
    some items reads them from the parts.
    """
    factors = _factors_of(parts)
    joined = np.zeros((len(content), factors.shape[1] + content.shape[1]), dtype=np.float32, order="F")
    joined[: len(factors), : factors.shape[1]] = factors
    joined[:, factors.shape[1] :] = content
    return joined
