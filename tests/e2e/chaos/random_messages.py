"""Random requests for any method: valid on the wire by construction, or not meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from leadline.v1 import lead_service_pb2, scoring_service_pb2

from server.services import SERVICES
from tests.e2e.chaos.random_values import moment, scalar
from tests.parts.messages import lead_message

_DEPTH = 4
_TIMES = {"google.protobuf.Timestamp", "google.protobuf.Duration"}
_UNKNOWN_FIELD = 4_000
_LEADS = 50


def all_methods() -> list[MethodDescriptor]:
    """Return every method of the contract."""
    services = [Default().FindServiceByName(name) for name in SERVICES]
    return [method for service in services for method in service.methods]


def path_of(method: MethodDescriptor) -> str:
    """Return how a method is called."""
    return f"/{method.containing_service.full_name}/{method.name}"


def valid_wire(random: Random, method: MethodDescriptor, leads: Sequence[Message]) -> bytes:
    """Return bytes that are a message of the method's request."""
    message = GetMessageClass(method.input_type)()
    if random.random() < 0.5:
        _make_plausible(random, message, leads)
        _mutate(random, message, 0)
    else:
        _fill(random, message, 0, random.uniform(0.1, 0.9))
    content = message.SerializeToString()
    return content + _unknown(random) if random.random() < 0.1 else content


def raw_bytes(random: Random, method: MethodDescriptor, leads: Sequence[Message]) -> bytes:
    """Return bytes that are no message of the method's request."""
    kind = GetMessageClass(method.input_type)
    while True:
        content = random.randbytes(random.choice((1, 2, 7, 64, 1_000)))
        if random.random() < 0.6:
            content = _damaged(random, valid_wire(random, method, leads)) or content
        try:
            kind.FromString(content)
        except DecodeError:
            return content


def sample_leads() -> list[Message]:
    """Return leads to begin with."""
    return [lead_message(number) for number in range(_LEADS)]


def _make_plausible(random: Random, message: Message, leads: Sequence[Message]) -> None:
    lead = random.choice(leads)
    if isinstance(message, scoring_service_pb2.ScoreRequest):
        message.lead.CopyFrom(lead)
    elif isinstance(message, scoring_service_pb2.StreamScoreRequest):
        message.request.lead.CopyFrom(lead)
    elif isinstance(message, scoring_service_pb2.BatchScoreRequest):
        message.leads.extend(random.sample(leads, random.randint(1, 5)))
    elif isinstance(message, lead_service_pb2.UpsertLeadsRequest):
        message.request_id = f"fuzz-{random.randrange(10**9)}"
        for one in random.sample(leads, random.randint(1, 3)):
            message.leads.add(lead=one)
    else:
        _fill(random, message, 0, 0.8)


def _fill(random: Random, message: Message, depth: int, share: float) -> None:
    for field in message.DESCRIPTOR.fields:
        if random.random() < share:
            _set(random, message, field, depth, share)


def _mutate(random: Random, message: Message, depth: int) -> None:
    """Change one field, here or further down."""
    fields: Sequence[Field] = message.DESCRIPTOR.fields
    if not fields:
        return
    field = random.choice(fields)
    inner = _inner(message, field) if depth < _DEPTH else None
    if inner is not None and random.random() < 0.8:
        _mutate(random, inner, depth + 1)
    else:
        _set(random, message, field, depth, 0.5)


def _inner(message: Message, field: Field) -> Message | None:
    if field.type != Field.TYPE_MESSAGE or _is_map(field):
        return None
    if field.is_repeated:
        many = getattr(message, field.name)
        return many[0] if many else None
    return getattr(message, field.name) if message.HasField(field.name) else None


def _set(random: Random, message: Message, field: Field, depth: int, share: float) -> None:
    if _is_map(field):
        _set_map(random, getattr(message, field.name), field.message_type, depth, share)
    elif field.is_repeated:
        _set_repeated(random, getattr(message, field.name), field, depth, share)
    elif field.type == Field.TYPE_MESSAGE:
        _set_message(random, getattr(message, field.name), depth, share)
    else:
        setattr(message, field.name, scalar(random, field))


def _set_message(random: Random, message: Message, depth: int, share: float) -> None:
    message.SetInParent()
    if message.DESCRIPTOR.full_name in _TIMES:
        seconds, nanos = moment(random)
        message.MergeFrom(type(message)(seconds=seconds, nanos=nanos))
    elif depth < _DEPTH:
        _fill(random, message, depth + 1, share)


def _set_repeated(random: Random, values: Any, field: Field, depth: int, share: float) -> None:
    for _ in range(random.choice((0, 1, 2, 3, 20))):
        if field.type == Field.TYPE_MESSAGE:
            _set_message(random, values.add(), depth, share)
        else:
            values.append(scalar(random, field))


def _set_map(random: Random, values: Any, entry: Descriptor, depth: int, share: float) -> None:
    key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
    for _ in range(random.choice((0, 1, 3, 20, 257))):
        chosen = scalar(random, key)
        if value.type == Field.TYPE_MESSAGE:
            _set_message(random, values[chosen], depth, share)
        else:
            values[chosen] = scalar(random, value)


def _is_map(field: Field) -> bool:
    return field.type == Field.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


def _unknown(random: Random) -> bytes:
    """Return a field of a newer contract, as text."""
    body = random.randbytes(random.randrange(100))
    return _varint(_UNKNOWN_FIELD + random.randrange(100) << 3 | 2) + _varint(len(body)) + body


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _damaged(random: Random, content: bytes) -> bytes:
    if not content:
        return b""
    at = random.randrange(len(content))
    if random.random() < 0.5:
        return content[:at]
    flipped = bytearray(content)
    flipped[at] ^= 1 << random.randrange(8)
    return bytes(flipped)
