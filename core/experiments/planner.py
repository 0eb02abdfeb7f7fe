"""Plans experiments with what is known of a tenant's own leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from core.errors import InvalidInput
from core.experiments.plan import Plan
from core.experiments.planning import (
    DEFAULT_WEEKS,
    PlannedTest,
    detectable_effect,
    planned,
    takes_too_long,
    units_within,
)
from core.feedback.label import Label, LabelReader
from core.identifiers import TenantId
from core.ports import Clock
from core.scoring.result import ScoreWarning

if TYPE_CHECKING:
    from core.experiments.aa_test import AaTest

TRAFFIC_DAYS = 28
"""The leads of so many days tell how many come a day."""
FEW_LEADS = 100
"""A rate of fewer leads is a guess."""
MAX_AA_RUNS = 2_000
MOST_AA_LEADS = 20_000
"""The newest ones are played with: two thousand runs of them take seconds."""
MAX_WEEKS = 520
_EVEN = (0.5, 0.5)


class LeadTraffic(Protocol):
    """Says how many leads come."""

    def new_leads(self, tenant: TenantId, since: datetime) -> int:
        """Return how many leads were scored for the first time since a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What is asked of a plan."""

    plan: Plan
    """A rate or traffic of 0 is taken from the tenant's leads."""
    shares: tuple[float, ...] = _EVEN
    """Of the variants, the control first."""
    correlation: float = 0.0
    max_weeks: int = 0
    """0: the usual 8."""
    aa_runs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """A plan, and what to know about it."""

    test: PlannedTest
    detectable_effect: float | None
    """On the plan's scale, within the weeks that are allowed; None where the traffic is not known or too small."""
    too_long: bool
    aa_test: AaTest | None
    warnings: tuple[ScoreWarning, ...]


class Planner:
    """Plans experiments.

    Args:
        labels: Leads whose end is known.
        traffic: How many leads come.
        clock: The present moment.
    """

    def __init__(self, labels: LabelReader, traffic: LeadTraffic, clock: Clock) -> None:
        self._labels = labels
        self._traffic = traffic
        self._clock = clock

    def completed(self, tenant: TenantId, plan: Plan, shares: Sequence[float]) -> Plan:
        """Return a plan with a rate and a horizon; traffic that is not given stays unknown.

        Raises:
            InvalidInput: Names what is wrong with it, below ``plan``.
        """
        if plan.baseline_rate == 0.0:
            plan = replace(plan, baseline_rate=_rate(self._ends(tenant)))
        return planned(plan, shares).plan

    def plan(self, tenant: TenantId, request: PlanRequest) -> PlanAnswer:
        """Return a plan, complete.

        Raises:
            InvalidInput: Names what is wrong with the request.
        """
        weeks = check_weeks(request.max_weeks)
        if not 0 <= request.aa_runs <= MAX_AA_RUNS:
            raise InvalidInput.of("aa_runs", f"must be 0 to {MAX_AA_RUNS:,}")
        ends = self._ends(tenant) if request.aa_runs or request.plan.baseline_rate == 0.0 else ()
        plan, few = self._with_history(tenant, request.plan, ends)
        test = planned(plan, request.shares, request.correlation)
        effect = None
        if plan.units_per_day > 0.0:
            effect = detectable_effect(plan, request.shares, units_within(plan, weeks), request.correlation)
        too_long = takes_too_long(test.plan, weeks)
        found = [(_too_long(weeks), too_long), (_TRAFFIC_UNKNOWN, not plan.units_per_day), (_FEW_LEADS, few)]
        return PlanAnswer(
            test=test,
            detectable_effect=effect,
            too_long=too_long,
            aa_test=_played(ends, test.plan, request) if request.aa_runs else None,
            warnings=tuple(warning for warning, holds in found if holds),
        )

    def _with_history(self, tenant: TenantId, plan: Plan, ends: Sequence[Label]) -> tuple[Plan, bool]:
        """Return a plan with rate and traffic, and whether its rate is that of few leads."""
        few = False
        if plan.baseline_rate == 0.0:
            plan, few = replace(plan, baseline_rate=_rate(ends)), len(ends) < FEW_LEADS
        if plan.units_per_day == 0.0:
            since = self._clock() - timedelta(days=TRAFFIC_DAYS)
            plan = replace(plan, units_per_day=self._traffic.new_leads(tenant, since) / TRAFFIC_DAYS)
        return plan, few

    def _ends(self, tenant: TenantId) -> Sequence[Label]:
        return self._labels.label_set(tenant, self._clock()).outcomes()


def check_weeks(max_weeks: int) -> int:
    """Return the most weeks a plan may take.

    Raises:
        InvalidInput: If ``max_weeks`` is out of range.
    """
    if not 0 <= max_weeks <= MAX_WEEKS:
        raise InvalidInput.of("max_weeks", f"must be 0 to {MAX_WEEKS}")
    return max_weeks or DEFAULT_WEEKS


def _converted(label: Label) -> bool:
    return label.target >= 0.5  # noqa: PLR2004  an outcome is 0 or 1


def _rate(ends: Sequence[Label]) -> float:
    """Return the share of leads that converted.

    Raises:
        InvalidInput: If nothing can be planned with it.
    """
    count = sum(map(_converted, ends))
    if not 0 < count < len(ends):
        known = f"of {len(ends):,} leads with a known end {count:,} converted"
        raise InvalidInput.of("plan.baseline_rate", f"must be given: {known}")
    return count / len(ends)


def _played(ends: Sequence[Label], plan: Plan, request: PlanRequest) -> AaTest:
    # Loaded by those who ask for it: it is seconds of work, and not what a server starts with.
    from core.experiments.aa_test import play_aa_test  # noqa: PLC0415

    leads = [(label.lead_id, _converted(label)) for label in ends[-MOST_AA_LEADS:]]
    return play_aa_test(leads, plan, request.shares, request.aa_runs)


def _too_long(weeks: int) -> ScoreWarning:
    return ScoreWarning(code="PLAN_TOO_LONG", message=f"The plan takes longer than {weeks} weeks.")


_TRAFFIC_UNKNOWN = ScoreWarning(
    code="TRAFFIC_UNKNOWN",
    message="No leads were scored lately, and units_per_day is not given: nobody knows how long.",
)
_FEW_LEADS = ScoreWarning(
    code="FEW_LEADS", message=f"The rate is that of fewer than {FEW_LEADS} leads with a known end: a guess."
)
