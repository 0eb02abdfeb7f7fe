"""Decides cases of :mod:`tests.parts.action_cases` with the real use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from core.actions.answer import NextActions, WantedActions
from core.actions.catalog import ActionCatalog
from core.actions.deciding import ActionDecider
from core.actions.decision_log import DecisionRow
from core.actions.effects import Effect
from core.actions.ready import ReadyCatalog, make_ready
from core.caller import LOCAL_CALLER
from core.criteria.facts import Facts
from core.identifiers import LeadId
from core.scoring.token import TokenSigner
from tests.parts.action_cases import CaseHistory, LeadCase, assessed

SIGNER = TokenSigner(b"s" * 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEffects:
    """What actions bring, made up. Implements EffectModel and :class:`core.actions.deciding.Effects`."""

    known: Mapping[str, Effect]
    version: str = ""

    @classmethod
    def of(cls, random: Random, count: int, *, kind: int) -> CaseEffects:
        """0: nothing is known; 1: propensities; 2: uplifts."""
        known = {}
        for place in range(count if kind else 0):
            uplift = random.uniform(-0.02, 0.1) if kind == 2 else None
            known[f"action-{place}"] = Effect(
                propensity=random.uniform(0.001, 0.3),
                uplift=uplift,
                interval=None,
                evidence_count=random.randint(1, 90),
            )
        return cls(known=known)

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:
        return {action_id: self.known[action_id] for action_id in action_ids if action_id in self.known}

    def active(self, tenant) -> CaseEffects:
        return self

    def counted(self, tenant) -> CaseEffects:
        return self

    def pinned(self, tenant, version) -> CaseEffects:
        return self

    def problem(self, tenant) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCatalog:
    """One catalogue for everybody, made ready."""

    ready: ReadyCatalog

    def get(self, tenant, version: int = 0) -> ReadyCatalog:
        return self.ready


def decide_case(  # noqa: PLR0917  one case, all of its parts
    catalog: ActionCatalog,
    case: LeadCase,
    effects: CaseEffects,
    random: Random,
    rows: list[DecisionRow] | None = None,
    ready: ReadyCatalog | None = None,
) -> NextActions:
    kept: list[DecisionRow] = [] if rows is None else rows
    decider = ActionDecider(
        OneCatalog(ready=ready or make_ready(catalog, 1)),  # type: ignore[arg-type]  # only get is asked
        lambda _caller, _lead_id: assessed(case),
        CaseHistory(case=case),
        effects,
        SIGNER,
        kept.append,
        lambda: case.now,
        random,
    )
    wanted = WantedActions(
        lead_id=LeadId("l1"), agent_id=case.agent_id, limit=case.limit, channels=case.channels, explain=True
    )
    return decider.decide(LOCAL_CALLER, wanted)
