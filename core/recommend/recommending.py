"""The use case behind Recommend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from core.access.ownership import visible
from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, InvalidInput, LeadlineError, NotFound
from core.lead import Lead
from core.ports import Clock, LeadLookup
from core.recommend.answer import MODEL_FAILED, Recommendations, Recommended, Wanted
from core.recommend.choosing import MOST_EXPLORATION, Choosing, Chosen
from core.recommend.confidence import confidence, effective_interactions
from core.recommend.history import HistoryReader, KnownHistory
from core.recommend.lifts import PROFILE_UNTIL, Profile
from core.recommend.ranker import Ranker
from core.recommend.ranking import Ranked, rank
from core.recommend.reasons import Grounds, find_reasons
from core.recommend.recommendation_log import (
    MOST_CANDIDATES,
    LoggedCandidate,
    LoggedItem,
    RecommendationRow,
    place_token,
)
from core.recommend.shelves import Shelf, Shelves
from core.resilience.patience import tightened
from core.scoring.result import ScoreWarning
from core.scoring.token import Attribution, TokenSigner, new_token_id

SHOWN_AS = "recommendation"
"""What tells the tokens of recommendations from those of scores."""
PROFILE_PATIENCE = timedelta(milliseconds=500)
"""Longest wait for what a lead said of itself; without it the answer rests on less."""


def _do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenVersion:
    """What recommends, and why it was chosen."""

    version: str = ""
    """"" for the active one."""
    experiment: str = ""
    variant: str = ""
    before_shown: Callable[[], None] = _do_nothing
    """Called once the answer is known, before it is logged. Where it raises, nothing was shown."""

    @property
    def must_serve(self) -> bool:
        """Whether the caller named it: then it answers, or nothing does."""
        return bool(self.version) and not self.experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One call."""

    caller: Caller
    wanted: Wanted
    chosen: ChosenVersion
    shelf: Shelf
    ranker: Ranker
    known: KnownHistory
    profile: Profile | None
    now: datetime
    warnings: Sequence[ScoreWarning]


class Recommender:
    """Recommends items to leads, from each one's newest event on.

    Args:
        shelves: Catalogues, and what ranks them.
        histories: What leads did.
        leads: What leads said of themselves, and whose they are.
        tokens: Signs what was shown.
        log: Takes every answer; must return at once.
        clock: The present moment.
        exploration: Probability in [0, 0.2] with which each place after the first is given by chance.
        chance: Where chance and the ids of answers come from; None: seeded by the system.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        shelves: Shelves,
        histories: HistoryReader,
        leads: LeadLookup,
        tokens: TokenSigner,
        log: Callable[[RecommendationRow], None],
        clock: Clock,
        *,
        exploration: float = 0.0,
        chance: Random | None = None,
    ) -> None:
        if not 0.0 <= exploration <= MOST_EXPLORATION:
            raise InvalidInput.of("exploration", f"must be 0 to {MOST_EXPLORATION}")
        self._shelves = shelves
        self._histories = histories
        self._leads = leads
        self._tokens = tokens
        self._log = log
        self._clock = clock
        self._exploration = exploration
        self._chance = chance or Random()

    def recommend(self, caller: Caller, wanted: Wanted, chosen: ChosenVersion | None = None) -> Recommendations:
        """Recommend items to a lead.

        Args:
            caller: Who asks.
            wanted: What is asked for.
            chosen: What recommends; None: the active version, or what is known of the catalogue where there is none.

        Raises:
            NotFound: If the version is not known, or the lead is another seller's.
            WrongState: If a version that the caller named is retired or damaged.
            DependencyDown: If the catalogue or the lead's history has to be read and the store does not work.
        """
        asked = self._asked(caller, wanted, chosen or ChosenVersion())
        ranked = rank(asked.shelf, asked.ranker, asked.known, asked.profile, wanted, asked.now)
        choosing = Choosing(diversity=wanted.diversity, exploration=self._exploration, chance=self._chance)
        placed = choosing.choose(ranked.candidates, ranked.rules, wanted.limit)
        token_id = new_token_id(self._chance)
        told = self._told(asked, ranked, placed, token_id)
        asked.chosen.before_shown()
        self._log(self._row(asked, ranked, placed, token_id))
        left_out = dict(ranked.allowed.left_out)
        if placed.held_back:
            left_out["rule"] = placed.held_back
        return Recommendations(
            items=told,
            source=ranked.source,
            model_version=asked.ranker.version,
            left_out=left_out,
            up_to_sequence=asked.known.up_to_sequence,
            recommend_time=asked.now,
            experiment=asked.chosen.experiment,
            variant=asked.chosen.variant,
            warnings=asked.warnings,
        )

    def _asked(self, caller: Caller, wanted: Wanted, chosen: ChosenVersion) -> _Asked:
        known = self._histories.history(caller.tenant, wanted.lead_id)
        lead = self._lead(caller, wanted, known)
        shelf = self._shelves.get(caller.tenant)
        ranker, warnings = self._ranker(caller, shelf, chosen)
        profile = None if lead is None else Profile.of(lead)
        return _Asked(
            caller=caller,
            wanted=wanted,
            chosen=chosen,
            shelf=shelf,
            ranker=ranker,
            known=known,
            profile=None if profile is None or profile.is_empty else profile,
            now=self._clock(),
            warnings=warnings,
        )

    def _ranker(self, caller: Caller, shelf: Shelf, chosen: ChosenVersion) -> tuple[Ranker, Sequence[ScoreWarning]]:
        if not chosen.version:
            failed = bool(shelf.problem) and not shelf.ranker.is_trained
            return shelf.ranker, [MODEL_FAILED] if failed else []
        if chosen.must_serve:
            return self._shelves.pinned(caller.tenant, chosen.version), []
        try:
            return self._shelves.pinned(caller.tenant, chosen.version), []
        except DeadlineSpent:
            raise
        except LeadlineError:
            # Whatever is wrong with a version under test: the unit gets an answer, and that says so.
            return shelf.ranker, [MODEL_FAILED]

    def _lead(self, caller: Caller, wanted: Wanted, known: KnownHistory) -> Lead | None:
        """Return the stored lead where it matters: of one that did little, and of a seller's callers."""
        if not caller.owner_id and len(known.interactions) >= PROFILE_UNTIL:
            return None
        try:
            with tightened(PROFILE_PATIENCE):
                return visible(caller, self._leads.get(caller.tenant, wanted.lead_id)).lead
        except NotFound:
            if caller.owner_id:
                # A seller has no leads that are not stored: whose would their events be?
                raise
            return None
        except (DependencyDown, DeadlineSpent):
            if caller.owner_id:
                raise
            return None

    def _told(self, asked: _Asked, ranked: Ranked, placed: Chosen, token_id: str) -> list[Recommended]:
        history = asked.known.interactions
        positions = [int(ranked.candidates.positions[choice.index]) for choice in placed.choices]
        causes = asked.ranker.causes(ranked.answers, positions)
        grounds = Grounds(
            view=asked.shelf.view,
            history=history,
            counts=asked.shelf.counts,
            profile=asked.profile if len(history) < PROFILE_UNTIL else None,
            now=asked.now,
        )
        effective = effective_interactions(history)
        told = []
        for place, (choice, position) in enumerate(zip(placed.choices, positions, strict=True), 1):
            speaking = ranked.speaking(position)
            score = 100.0 * float(ranked.relevance[choice.index])
            told.append(
                Recommended(
                    item=asked.shelf.view.items[position],
                    score=score,
                    confidence=confidence(effective, asked.shelf.counts.leads_of(position)),
                    reasons=find_reasons(
                        grounds, position, causes[place - 1], speaking, is_explored=choice.is_explored
                    ),
                    propensity=choice.propensity,
                    attribution_token=self._token(asked, place_token(token_id, place), score),
                    rule_names=choice.rule_names,
                )
            )
        return told

    def _token(self, asked: _Asked, token_id: str, score: float) -> str:
        return self._tokens.sign(
            Attribution(
                token_id=token_id,
                tenant=asked.caller.tenant,
                lead_id=asked.wanted.lead_id,
                model_version=asked.ranker.version,
                source=SHOWN_AS,
                score=score,
                score_time=asked.now,
                experiment=asked.chosen.experiment,
                variant=asked.chosen.variant,
            )
        )

    def _row(self, asked: _Asked, ranked: Ranked, placed: Chosen, token_id: str) -> RecommendationRow:
        items, shown = asked.shelf.view.items, {choice.index for choice in placed.choices}
        ids = [items[position].item_id for position in ranked.candidates.positions.tolist()]
        order = ranked.candidates.order.round(6).tolist()
        others = [index for index in range(min(len(order), MOST_CANDIDATES + len(shown))) if index not in shown]
        return RecommendationRow(
            tenant=asked.caller.tenant,
            token_id=token_id,
            lead_id=asked.wanted.lead_id,
            version=asked.ranker.version,
            source=ranked.source.value,
            recommend_time=asked.now,
            up_to_sequence=asked.known.up_to_sequence,
            experiment=asked.chosen.experiment,
            variant=asked.chosen.variant,
            exploration=self._exploration,
            items=[LoggedItem(ids[one.index], order[one.index], one.propensity) for one in placed.choices],
            candidates=[LoggedCandidate(ids[index], order[index]) for index in others[:MOST_CANDIDATES]],
        )
