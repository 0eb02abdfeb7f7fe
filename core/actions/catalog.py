"""The actions of a tenant, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.actions.action import LONGEST_WINDOW, Action, ContactCap
from core.actions.quiet_hours import QuietHours, zone_named
from core.caller import Caller
from core.errors import InvalidInput, Violation
from core.identifiers import TenantId
from core.ports import Page

MOST_ACTIONS = 1_000
MOST_QUIET_HOURS = 100
MOST_EXPLORATION = 0.2
USUAL_NOT_NOW_HALF_LIFE = timedelta(days=7)
USUAL_OUTCOME_WINDOW = timedelta(days=30)
USUAL_ZONE = "UTC"
USUAL_ZONE_ATTRIBUTE = "time_zone"
USUAL_CONSENT_PREFIX = "consent_"
LONGEST_REASON = 1_000
_LONGEST_ATTRIBUTE = 100
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCatalog:
    """A catalogue of actions.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    actions: tuple[Action, ...]
    """1 to 1,000, each id once."""
    quiet_hours: tuple[QuietHours, ...] = ()
    default_time_zone: str = USUAL_ZONE
    """Of leads that do not say theirs."""
    time_zone_attribute: str = USUAL_ZONE_ATTRIBUTE
    consent_prefix: str = USUAL_CONSENT_PREFIX
    """A lead's attribute "<prefix><channel>" that is true is its consent."""
    lead_cap: ContactCap | None = None
    """All actions of a lead together."""
    agent_cap: ContactCap | None = None
    """All actions of an agent together."""
    exploration: float = 0.0
    """Probability in [0, 0.2] with which the first place is given by chance."""
    not_now_half_life: timedelta = USUAL_NOT_NOW_HALF_LIFE
    outcome_window: timedelta = USUAL_OUTCOME_WINDOW
    """Outcomes later than this are not the action's any more."""
    baseline_action_id: str = ""
    """Stands for doing nothing; "" for the average of all."""

    def __post_init__(self) -> None:
        found = [*_count_problems(self), *_action_problems(self), *_setting_problems(self)]
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCatalogVersion:
    """A published catalogue; it never changes."""

    version: int
    """From 1; 0 is the built-in one."""
    catalog: ActionCatalog
    is_active: bool
    created_by: str = ""
    create_time: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSummary:
    """What a list says of a version: all but its actions."""

    version: int
    is_active: bool
    created_by: str
    create_time: datetime
    reason: str


class ActionCatalogStore(Protocol):
    """Keeps catalogues of actions. A call that returns has committed."""

    def publish(
        self, caller: Caller, request_id: str, catalog: ActionCatalog, *, activate: bool, reason: str
    ) -> ActionCatalogVersion:
        """Keep a catalogue as a new version.

        Raises:
            AlreadyExists: If the request id was used for another catalogue.
        """

    def activate(self, caller: Caller, request_id: str, version: int, reason: str) -> ActionCatalogVersion:
        """Put a version into use.

        Raises:
            NotFound: If the tenant has no such version.
            AlreadyExists: If the request id was used for another version.
        """

    def get(self, tenant: TenantId, version: int) -> ActionCatalogVersion:
        """Return a version, from 1.

        Raises:
            NotFound: If the tenant has no such version.
        """

    def active(self, tenant: TenantId) -> ActionCatalogVersion | None:
        """Return the one in use, None where none was published."""

    def list(self, tenant: TenantId, *, limit: int, before: int | None) -> Page[CatalogSummary]:
        """Return a page of versions, newest first, those below ``before``."""

    def revisions(self) -> Mapping[TenantId, int]:
        """Return a number for every tenant that published, which rises with every change."""


def places_of(actions: Sequence[Action]) -> dict[str, int]:
    """Return the place of every action by its id; of ids that are there twice the first."""
    places: dict[str, int] = {}
    for at, action in enumerate(actions):
        places.setdefault(action.action_id, at)
    return places


def _count_problems(catalog: ActionCatalog) -> Iterator[Violation]:
    if not 1 <= len(catalog.actions) <= MOST_ACTIONS:
        rule = f"must be 1 to {MOST_ACTIONS:,}, not {len(catalog.actions):,}"
        yield Violation(field="actions", rule=rule)
    if len(catalog.quiet_hours) > MOST_QUIET_HOURS:
        yield Violation(field="quiet_hours", rule=f"must be at most {MOST_QUIET_HOURS}")


def _action_problems(catalog: ActionCatalog) -> Iterator[Violation]:
    places = places_of(catalog.actions)
    for at, action in enumerate(catalog.actions):
        first = places[action.action_id]
        if first != at:
            yield Violation(field=f"actions[{at}].action_id", rule=f"must be there once: actions[{first}] has it too")
        for index, other in enumerate(action.excluded_action_ids):
            if other not in places:
                path = f"actions[{at}].excluded_action_ids[{index}]"
                yield Violation(field=path, rule="must be an action of the catalogue")
    baseline = catalog.baseline_action_id
    if baseline and baseline not in places:
        yield Violation(field="baseline_action_id", rule="must be an action of the catalogue")


def _setting_problems(catalog: ActionCatalog) -> Iterator[Violation]:
    if zone_named(catalog.default_time_zone) is None:
        yield Violation(field="default_time_zone", rule='must be a zone of the IANA database, like "Europe/London"')
    for name in ("time_zone_attribute", "consent_prefix"):
        if not 1 <= len(getattr(catalog, name)) <= _LONGEST_ATTRIBUTE:
            yield Violation(field=name, rule=f"must be 1 to {_LONGEST_ATTRIBUTE} characters")
    if not 0.0 <= catalog.exploration <= MOST_EXPLORATION:
        yield Violation(field="exploration", rule=f"must be 0 to {MOST_EXPLORATION}")
    for name in ("not_now_half_life", "outcome_window"):
        if not _SHORTEST <= getattr(catalog, name) <= LONGEST_WINDOW:
            yield Violation(field=name, rule="must be 1 minute to 366 days")
