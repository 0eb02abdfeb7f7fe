"""Leads on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Final

from leadline.convert.times import time_from_wire, time_to_wire
from leadline.errors import InvalidRequest, Violation
from leadline.lead import AttributeValue, Lead, LeadOutcome, LeadWrite, StoredLead
from leadline.v1 import lead_pb2, lead_service_pb2

_TEXTS: Final = ("lead_id", "title", "description", "category", "location_name", "email", "phone", "owner_id")


def lead_to_wire(lead: Lead) -> lead_pb2.Lead:
    """Return a lead as a message. Only what cannot be put on the wire is refused here; the server checks the rest.

    Raises:
        InvalidRequest: If a field has a type or value that the wire cannot carry; names every such field.
    """
    try:
        return _build(lead)
    except (TypeError, ValueError, OverflowError, AttributeError) as problem:
        raise InvalidRequest.of(_violations(lead) or [Violation(field="lead", rule=f"must fit: {problem}")]) from None


def _build(lead: Lead) -> lead_pb2.Lead:
    wire = lead_pb2.Lead(
        lead_id=lead.lead_id,
        title=lead.title,
        description=lead.description,
        category=lead.category,
        location_name=lead.location_name,
        price=lead.price,
        email=lead.email,
        phone=lead.phone,
        owner_id=lead.owner_id,
    )
    if lead.posted_time is not None:
        wire.posted_time.CopyFrom(time_to_wire(lead.posted_time))
    if lead.attributes:
        _put_attributes(lead.attributes, wire)
    return wire


def _put_attributes(attributes: Mapping[str, AttributeValue], wire: lead_pb2.Lead) -> None:
    target = wire.attributes
    for name, value in attributes.items():
        kind = type(value)
        if kind is str:
            target[name].text = value  # type: ignore[assignment]  # narrowed by its exact type, which is quicker
        elif kind is bool:
            target[name].flag = value  # type: ignore[assignment]
        elif isinstance(value, Real):
            target[name].number = float(value)
        elif isinstance(value, str):
            target[name].text = value
        elif value is not None:
            raise TypeError(name)


def _violations(lead: Lead) -> list[Violation]:
    found = []
    for name in _TEXTS:
        rule = _text_rule(getattr(lead, name))
        if rule:
            found.append(Violation(field=name, rule=rule))
    if lead.price is not None and not isinstance(lead.price, Real):
        found.append(Violation(field="price", rule="must be a number"))
    try:
        if lead.posted_time is not None:
            time_to_wire(lead.posted_time)
    except (TypeError, ValueError, AttributeError):
        found.append(Violation(field="posted_time", rule="must be a datetime with a time zone"))
    if not isinstance(lead.attributes, Mapping):
        found.append(Violation(field="attributes", rule="must be a mapping"))
        return found
    return found + list(_attribute_violations(lead.attributes))


def _attribute_violations(attributes: Mapping[str, AttributeValue]) -> Iterable[Violation]:
    for name, value in attributes.items():
        try:
            _put_attributes({name: value}, lead_pb2.Lead())
        except (TypeError, ValueError, OverflowError):
            rule = _text_rule(value) if isinstance(value, str) else "must be a text, a finite number, true or false"
            yield Violation(field=f"attributes[{name!r}]", rule=rule or "must have a text as its name")


def _text_rule(value: object) -> str:
    if not isinstance(value, str):
        return "must be a text"
    return "" if value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value) else "must be Unicode"


def lead_from_wire(wire: lead_pb2.Lead) -> Lead:
    """Return a message as a lead. Attributes without a value are left out."""
    return Lead(
        lead_id=wire.lead_id,
        title=wire.title,
        description=wire.description,
        category=wire.category,
        location_name=wire.location_name,
        price=wire.price if wire.HasField("price") else None,
        email=wire.email,
        phone=wire.phone,
        posted_time=time_from_wire(wire.posted_time) if wire.HasField("posted_time") else None,
        owner_id=wire.owner_id,
        attributes={
            name: getattr(value, kind) for name, value in wire.attributes.items() if (kind := value.WhichOneof("value"))
        },
    )


def write_to_wire(write: LeadWrite) -> lead_service_pb2.LeadWrite:
    """Return one lead to write as a message.

    Raises:
        InvalidRequest: See :func:`lead_to_wire`.
    """
    wire = lead_service_pb2.LeadWrite(lead=lead_to_wire(write.lead))
    if write.outcome is not None:
        wire.outcome.converted = write.outcome.converted
        if write.outcome.outcome_time is not None:
            try:
                wire.outcome.outcome_time.CopyFrom(time_to_wire(write.outcome.outcome_time))
            except (TypeError, ValueError, AttributeError):
                rule = "must be a datetime with a time zone"
                raise InvalidRequest.of([Violation(field="outcome.outcome_time", rule=rule)]) from None
    return wire


def stored_lead_from_wire(wire: lead_pb2.StoredLead) -> StoredLead:
    """Return a message as a stored lead."""
    return StoredLead(
        lead=lead_from_wire(wire.lead),
        outcome=_outcome_from_wire(wire.outcome) if wire.HasField("outcome") else None,
        create_time=time_from_wire(wire.create_time) if wire.HasField("create_time") else None,
        update_time=time_from_wire(wire.update_time) if wire.HasField("update_time") else None,
        revision=wire.revision,
    )


def _outcome_from_wire(wire: lead_pb2.LeadOutcome) -> LeadOutcome:
    moment = time_from_wire(wire.outcome_time) if wire.HasField("outcome_time") else None
    return LeadOutcome(converted=wire.converted, outcome_time=moment)
