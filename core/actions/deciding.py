"""The use case behind NextBestActions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from core.actions.action_token import ShownAction
from core.actions.answer import RANKER_FAILED, ChosenRanker, NextActions, RecommendedAction, WantedActions
from core.actions.catalogs import ActionCatalogs
from core.actions.confidence import confidence_of
from core.actions.context import kept_facts
from core.actions.decision_log import DecisionRow, LoggedAction
from core.actions.dropped import Dropped, DropReason
from core.actions.effects import Effect, EffectModel
from core.actions.eligibility import Rules
from core.actions.history import ContactHistory
from core.actions.past import read_past
from core.actions.placing import Placed, place
from core.actions.ranking import RankedAction, Ranking, rank, terms_of
from core.actions.ready import ReadyAction, ReadyCatalog
from core.actions.reasons import reasons_of
from core.actions.urgency import due_time, urgency_of
from core.caller import Caller
from core.criteria.facts import Facts
from core.errors import DeadlineSpent, InvalidInput, LeadlineError
from core.health.health import LeadHealth
from core.identifiers import LeadId, TenantId
from core.ports import Clock
from core.scoring.result import ScoreWarning
from core.scoring.token import TokenSigner, new_token_id

MOST_LOGGED = 50
"""Best candidates of each answer that are kept; none after them can have been put first."""


class Assessed(Protocol):
    """What is known of a lead. :class:`core.health.assessing.Assessed` is one."""

    @property
    def health(self) -> LeadHealth:
        """How it is."""

    @property
    def facts(self) -> Facts:
        """All that criteria look at."""


Assess = Callable[[Caller, LeadId], Assessed]
"""Raises NotFound for a lead that the caller may not know of."""


class Effects(Protocol):
    """What actions bring. :class:`core.actions.serving.ActionEffects` is one."""

    def active(self, tenant: TenantId) -> EffectModel:
        """Return the active ranker, or without one what counted outcomes say."""

    def counted(self, tenant: TenantId) -> EffectModel:
        """Return what counted outcomes say."""

    def problem(self, tenant: TenantId) -> str:
        """Return why the tenant's active version does not serve, "" when all is well."""

    def pinned(self, tenant: TenantId, version: str) -> EffectModel:
        """Return a named version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One call."""

    caller: Caller
    wanted: WantedActions
    chosen: ChosenRanker
    agent_id: str
    ready: ReadyCatalog
    assessed: Assessed
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What outcomes say of candidates."""

    effects: Mapping[str, Effect]
    version: str
    is_fallback: bool = False

    @property
    def warnings(self) -> list[ScoreWarning]:
        """What the caller should know."""
        return [RANKER_FAILED] if self.is_fallback else []


class ActionDecider:
    """Says what to do next for a lead.

    Args:
        catalogs: What may be done.
        assess: What is known of leads, and whose they are.
        history: What was done before.
        effects: What actions bring.
        tokens: Signs what is recommended.
        log: Takes every answer; must return at once.
        clock: The present moment.
        chance: Where chance and the ids of answers come from; None: seeded by the system.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        catalogs: ActionCatalogs,
        assess: Assess,
        history: ContactHistory,
        effects: Effects,
        tokens: TokenSigner,
        log: Callable[[DecisionRow], None],
        clock: Clock,
        chance: Random | None = None,
    ) -> None:
        self._catalogs = catalogs
        self._assess = assess
        self._history = history
        self._effects = effects
        self._tokens = tokens
        self._log = log
        self._clock = clock
        self._chance = chance or Random()

    def decide(self, caller: Caller, wanted: WantedActions, chosen: ChosenRanker | None = None) -> NextActions:
        """Rank what to do next.

        Args:
            caller: Who asks.
            wanted: What is asked for.
            chosen: What ranks; None: the active version, or what outcomes say where there is none.

        Raises:
            InvalidInput: If a seller names another agent.
            NotFound: If the lead, the catalogue or the version is not known to the caller.
            WrongState: If a version that the caller named is retired or damaged.
            DependencyDown: If what was done before cannot be read: without it no rule can be kept.
        """
        asked = self._asked(caller, wanted, chosen or ChosenRanker())
        facts = asked.assessed.facts
        past = read_past(self._history, asked.ready, caller.tenant, wanted.lead_id, asked.agent_id, asked.now)
        rules = Rules(
            asked.ready,
            facts,
            past,
            channels=wanted.channels,
            has_agent=bool(asked.agent_id),
            explain=wanted.explain,
        )
        found = rules.sort()
        said = self._said(asked, found.allowed)
        ranking, worthless = _worthwhile(rank(asked.ready, found.allowed, said.effects, facts, past))
        exploration = asked.ready.catalog.exploration
        placed = place(ranking.actions, wanted.limit, exploration, self._chance, explain=wanted.explain)
        decision_id = new_token_id(self._chance)
        told = [self._told(asked, said, ranking, placed, at, decision_id) for at in range(len(placed.actions))]
        asked.chosen.before_shown()
        if ranking.actions:
            self._log(_row(asked, said, ranking, placed, decision_id))
        return NextActions(
            actions=told,
            basis=ranking.basis,
            dropped=[*found.dropped, *worthless, *placed.dropped] if wanted.explain else (),
            catalog_version=asked.ready.version,
            model_version=said.version,
            health=asked.assessed.health,
            experiment=asked.chosen.experiment,
            variant=asked.chosen.variant,
            decide_time=asked.now,
            warnings=said.warnings,
        )

    def _asked(self, caller: Caller, wanted: WantedActions, chosen: ChosenRanker) -> _Asked:
        return _Asked(
            caller=caller,
            wanted=wanted,
            chosen=chosen,
            agent_id=_agent_of(caller, wanted),
            ready=self._catalogs.get(caller.tenant, wanted.catalog_version),
            assessed=self._assess(caller, wanted.lead_id),
            now=self._clock(),
        )

    def _said(self, asked: _Asked, allowed: Sequence[ReadyAction]) -> _Said:
        tenant, facts = asked.caller.tenant, asked.assessed.facts
        action_ids = [one.action.action_id for one in allowed]
        try:
            model = self._model(asked)
            effects = model.effects(facts, action_ids)
        except DeadlineSpent:
            raise
        except LeadlineError:
            if asked.chosen.must_serve:
                raise
            # Whatever is wrong with a version: the lead gets an answer, and that says so.
            counted = self._effects.counted(tenant)
            return _Said(effects=counted.effects(facts, action_ids), version="", is_fallback=True)
        is_refused = not asked.chosen.version and not model.version and bool(self._effects.problem(tenant))
        return _Said(effects=effects, version=model.version, is_fallback=is_refused)

    def _model(self, asked: _Asked) -> EffectModel:
        if asked.chosen.version:
            return self._effects.pinned(asked.caller.tenant, asked.chosen.version)
        return self._effects.active(asked.caller.tenant)

    def _told(  # noqa: PLR0917  one action, all of its parts
        self, asked: _Asked, said: _Said, ranking: Ranking, placed: Placed, at: int, decision_id: str
    ) -> RecommendedAction:
        ranked, facts = placed.actions[at], asked.assessed.facts
        action, health = ranked.ready.action, asked.assessed.health
        urgency, is_explored = urgency_of(action, facts), placed.is_explored and at == 0
        lead_confidence = health.confidence
        return RecommendedAction(
            action_id=action.action_id,
            title=action.title,
            category=action.category,
            channel=action.channel,
            rank_score=ranked.rank_score,
            terms=terms_of(ranked, ranking.basis, asked.ready),
            confidence=confidence_of(ranking.basis, ranked.effect, lead_confidence, is_fallback=said.is_fallback),
            urgency=urgency,
            effect=ranked.effect,
            due_time=due_time(action, urgency, asked.now),
            reasons=reasons_of(ranked, ranking.basis, facts, health, is_explored=is_explored),
            suggested_wording=ranked.ready.wording.filled(facts),
            propensity=placed.propensities.get(action.action_id, 0.0),
            action_token=self._token(asked, said, placed, at, decision_id),
            is_explored=is_explored,
        )

    def _token(self, asked: _Asked, said: _Said, placed: Placed, at: int, decision_id: str) -> str:
        action_id = placed.actions[at].ready.action.action_id
        shown = ShownAction(
            decision_id=decision_id,
            tenant=asked.caller.tenant,
            lead_id=asked.wanted.lead_id,
            action_id=action_id,
            version=said.version,
            propensity=placed.propensities[action_id] if at == 0 else None,
            decide_time=asked.now,
            experiment=asked.chosen.experiment,
            variant=asked.chosen.variant,
        )
        return self._tokens.sign(shown.attribution())


def _agent_of(caller: Caller, wanted: WantedActions) -> str:
    """Return who would act. A seller speaks for itself: its caps are its own."""
    if not caller.owner_id:
        return wanted.agent_id
    if wanted.agent_id not in {"", caller.owner_id}:
        raise InvalidInput.of("agent_id", "must be empty or your own")
    return caller.owner_id


def _worthwhile(ranking: Ranking) -> tuple[Ranking, list[Dropped]]:
    """Take out what would bring less than it costs."""
    kept: list[RankedAction] = []
    dropped: list[Dropped] = []
    for one in ranking.actions:
        if one.expected_net is None or one.expected_net >= 0.0:
            kept.append(one)
        else:
            text = f"Would bring {one.expected_net:,.4g} after its cost"
            action_id = one.ready.action.action_id
            dropped.append(Dropped(action_id=action_id, reason=DropReason.NO_EXPECTED_VALUE, text=text))
    return Ranking(basis=ranking.basis, actions=kept), dropped


def _row(asked: _Asked, said: _Said, ranking: Ranking, placed: Placed, decision_id: str) -> DecisionRow:
    return DecisionRow(
        tenant=asked.caller.tenant,
        decision_id=decision_id,
        lead_id=asked.wanted.lead_id,
        agent_id=asked.agent_id,
        catalog_version=asked.ready.version,
        version=said.version,
        basis=ranking.basis.value,
        decide_time=asked.now,
        experiment=asked.chosen.experiment,
        variant=asked.chosen.variant,
        exploration=asked.ready.catalog.exploration,
        candidates=[_logged(one, placed) for one in ranking.actions[:MOST_LOGGED]],
        shown=[one.ready.action.action_id for one in placed.actions],
        facts=kept_facts(asked.assessed.facts),
    )


def _logged(one: RankedAction, placed: Placed) -> LoggedAction:
    action = one.ready.action
    propensity = placed.propensities.get(action.action_id, 0.0)
    return LoggedAction(
        action.action_id, action.group, action.channel, propensity, one.rank_score, action.value, action.cost
    )
