"""Reads features of leads and items for callers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.access.ownership import visible
from core.behavior.feature_vector import FeatureVector, check_batch, check_names, chosen
from core.behavior.lead_features import moment_us_of
from core.caller import Caller
from core.errors import InvalidInput, LeadlineError
from core.identifiers import LeadId, check_identifier
from core.interactions.reading import InteractionReader, PairFeatures
from core.interactions.store import Pair
from core.ports import Clock, LeadLookup


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionFeatures:
    """Reads features of pairs whose lead a caller may see.

    Attributes:
        reader: Reads pairs.
        leads: Says whose a lead is.
        clock: The present moment.
    """

    reader: InteractionReader
    leads: LeadLookup
    clock: Clock

    def get(self, caller: Caller, lead_id: str, item_id: str, names: Sequence[str] = ()) -> FeatureVector:
        """Return the features of one pair.

        Raises:
            InvalidInput: If an id is malformed, or there is no feature of a name.
            NotFound: If the caller is a seller and the lead is not its own.
            DependencyDown: If the store does not work.
        """
        began = time.perf_counter()
        check_names(self.reader.plan, names)
        pair = self._pair(caller, lead_id, item_id)
        return self._vector(self.reader.get(caller.tenant, pair, moment_us_of(self.clock())), names, began)

    def get_many(
        self, caller: Caller, pairs: Sequence[tuple[str, str]], names: Sequence[str] = ()
    ) -> list[FeatureVector | LeadlineError]:
        """Return the features of each pair, or why there are none.

        Raises:
            InvalidInput: If there are none or more than 100 pairs, or there is no feature of a name.
            DependencyDown: If the store does not work.
        """
        began = time.perf_counter()
        check_batch("pairs", len(pairs))
        check_names(self.reader.plan, names)
        asked = [self._pair_or_problem(caller, place, *pair) for place, pair in enumerate(pairs)]
        known = [pair for pair in asked if isinstance(pair, Pair)]
        read = iter(self.reader.get_many(caller.tenant, known, moment_us_of(self.clock())) if known else ())
        found = [next(read) if isinstance(pair, Pair) else pair for pair in asked]
        return [one if isinstance(one, LeadlineError) else self._vector(one, names, began) for one in found]

    def _pair_or_problem(self, caller: Caller, place: int, lead_id: str, item_id: str) -> Pair | LeadlineError:
        try:
            return self._pair(caller, lead_id, item_id)
        except InvalidInput as problem:
            return problem.under(f"pairs[{place}]")
        except LeadlineError as problem:
            return problem

    def _pair(self, caller: Caller, lead_id: str, item_id: str) -> Pair:
        pair = Pair(LeadId(check_identifier(lead_id, "lead_id")), check_identifier(item_id, "item_id"))
        if caller.owner_id:
            visible(caller, self.leads.get(caller.tenant, pair.lead_id))
        return pair

    def _vector(self, found: PairFeatures, names: Sequence[str], began: float) -> FeatureVector:
        return FeatureVector(
            lead_id=found.pair.lead_id,
            item_id=found.pair.item_id,
            values=chosen(found.values, names),
            event_count=found.event_count,
            last_event_us=found.last_event_us,
            moment_us=found.moment_us,
            up_to_sequence=found.up_to_sequence,
            plan_hash=self.reader.plan.hash,
            processing=timedelta(seconds=time.perf_counter() - began),
        )
