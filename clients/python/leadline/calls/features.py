"""Calls of FeatureService."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from leadline.convert.enums import enum_number
from leadline.convert.feature import (
    ENTITIES,
    SCALINGS,
    definition_from_wire,
    result_from_wire,
    vector_from_wire,
)
from leadline.errors import LeadlineError
from leadline.features import FeatureDefinition, FeatureEntity, FeatureResult, FeatureScaling, FeatureVector
from leadline.transport import Transport
from leadline.v1 import feature_service_pb2 as pb

_AS_THEY_ARE = FeatureScaling.UNSPECIFIED


class FeatureCalls:
    """Reads what is known of how leads behave."""

    _transport: Transport

    def lead_features(
        self,
        lead_id: str,
        *,
        names: Sequence[str] = (),
        scaling: FeatureScaling = _AS_THEY_ARE,
        timeout: timedelta | None = None,
    ) -> FeatureVector:
        """Read the behaviour features of a lead, up to the newest event.

        Args:
            lead_id: The lead. One without events has the defaults.
            names: Only these features; empty: all.
            scaling: How numbers are given.
            timeout: None means the client's.

        Raises:
            InvalidRequest: If there is no feature of a name.
            FailedPrecondition: NO_SCALING if no active version was trained with behaviour features.
        """
        request = pb.GetLeadFeaturesRequest(lead_id=lead_id, feature_names=names, scaling=_number(scaling))
        response = self._transport.call(self._transport.features.GetLeadFeatures, request, timeout=timeout)
        return vector_from_wire(response.vector)

    def batch_lead_features(
        self,
        lead_ids: Sequence[str],
        *,
        names: Sequence[str] = (),
        scaling: FeatureScaling = _AS_THEY_ARE,
        timeout: timedelta | None = None,
    ) -> list[FeatureResult]:
        """Read the behaviour features of 1 to 100 leads; one result for each, in their order.

        Raises:
            LeadlineError: As :meth:`lead_features`, if the whole call failed.
        """
        request = pb.BatchGetLeadFeaturesRequest(lead_ids=lead_ids, feature_names=names, scaling=_number(scaling))
        response = self._transport.call(self._transport.features.BatchGetLeadFeatures, request, timeout=timeout)
        return _results(response.results, len(lead_ids))

    def interaction_features(
        self, lead_id: str, item_id: str, *, names: Sequence[str] = (), timeout: timedelta | None = None
    ) -> FeatureVector:
        """Read the features of a lead and an item, up to the newest event. A pair without events has the defaults."""
        request = pb.GetInteractionFeaturesRequest(lead_id=lead_id, item_id=item_id, feature_names=names)
        response = self._transport.call(self._transport.features.GetInteractionFeatures, request, timeout=timeout)
        return vector_from_wire(response.vector)

    def batch_interaction_features(
        self, pairs: Sequence[tuple[str, str]], *, names: Sequence[str] = (), timeout: timedelta | None = None
    ) -> list[FeatureResult]:
        """Read the features of 1 to 100 pairs of (lead, item); one result for each, in their order."""
        request = pb.BatchGetInteractionFeaturesRequest(
            pairs=[pb.LeadItem(lead_id=lead_id, item_id=item_id) for lead_id, item_id in pairs], feature_names=names
        )
        response = self._transport.call(self._transport.features.BatchGetInteractionFeatures, request, timeout=timeout)
        return _results(response.results, len(pairs))

    def feature_definitions(
        self, entity: FeatureEntity | None = None, *, page_size: int = 500, timeout: timedelta | None = None
    ) -> Iterator[FeatureDefinition]:
        """Yield what each feature is; pages are fetched as they are needed.

        Args:
            entity: Only of these; None: all.
            page_size: Definitions in one call, 1 to 1,000.
            timeout: Deadline of each call.
        """
        wanted = 0 if entity is None else enum_number(ENTITIES, entity, "entity")
        token = ""
        while True:
            request = pb.ListFeatureDefinitionsRequest(
                page_size=page_size,
                page_token=token,
                entity=wanted,  # type: ignore[arg-type]  # a number of the enum
            )
            response = self._transport.call(self._transport.features.ListFeatureDefinitions, request, timeout=timeout)
            yield from map(definition_from_wire, response.definitions)
            token = response.next_page_token
            if not token:
                return


def _number(scaling: FeatureScaling) -> pb.FeatureScaling.ValueType:
    return enum_number(SCALINGS, scaling, "scaling")  # type: ignore[return-value]  # a number of the enum


def _results(wire: Sequence[pb.FeatureResult], asked: int) -> list[FeatureResult]:
    if len(wire) != asked:
        raise LeadlineError(f"the server answered {len(wire)} of {asked}")
    return list(map(result_from_wire, wire))
