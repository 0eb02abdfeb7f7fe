"""Recommend and FindSimilarItems of RecommendationService."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from leadline.convert.recommendation import filter_to_wire, recommendations_from_wire, rule_to_wire, similar_from_wire
from leadline.recommendation import ItemFilter, RecommendationRule, Recommendations, SimilarItem
from leadline.transport import Transport
from leadline.v1 import recommendation_service_pb2 as pb


class RecommendationCalls:
    """Says what to show next."""

    _transport: Transport

    def recommend(
        self,
        lead_id: str,
        *,
        limit: int = 0,
        filter: ItemFilter | None = None,  # noqa: A002  what it is called everywhere
        diversity: float | None = None,
        rules: Sequence[RecommendationRule] = (),
        model_version: str = "",
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,
    ) -> Recommendations:
        """Recommend items to a lead, from its newest event on.

        Args:
            lead_id: It need not be stored, nor have done anything.
            limit: At most this many, up to 100; 0 means 10.
            filter: Which items may be recommended; None: all that can be had and that it has not seen.
            diversity: 0, the best first, to 1, as different as possible; None means 0.2.
            rules: At most 20.
            model_version: Empty means the active one. Goes with no experiment.
            experiment: Recommend with the version of the variant that the unit gets, and record its exposure.
            unit_id: Unit of the experiment; empty means the lead itself.
            timeout: Deadline of the call.
        """
        request = pb.RecommendRequest(
            lead_id=lead_id,
            limit=limit,
            diversity=diversity,
            rules=[rule_to_wire(rule, f"rules[{at}]") for at, rule in enumerate(rules)],
            model_version=model_version,
            experiment=experiment,
            unit_id=unit_id,
        )
        if filter is not None:
            request.filter.CopyFrom(filter_to_wire(filter, "filter"))
        method = self._transport.recommendations.Recommend
        return recommendations_from_wire(self._transport.call(method, request, timeout=timeout))

    def similar_items(
        self,
        item_id: str,
        *,
        limit: int = 0,
        filter: ItemFilter | None = None,  # noqa: A002  what it is called everywhere
        model_version: str = "",
        timeout: timedelta | None = None,
    ) -> tuple[SimilarItem, ...]:
        """Find items like one, the most similar first.

        Args:
            item_id: The item.
            limit: At most this many, up to 100; 0 means 10.
            filter: Which items may be found.
            model_version: Empty means the active one.
            timeout: Deadline of the call.

        Raises:
            NotFound: If there is no such item.
        """
        request = pb.FindSimilarItemsRequest(item_id=item_id, limit=limit, model_version=model_version)
        if filter is not None:
            request.filter.CopyFrom(filter_to_wire(filter, "filter"))
        method = self._transport.recommendations.FindSimilarItems
        return tuple(map(similar_from_wire, self._transport.call(method, request, timeout=timeout).items))
