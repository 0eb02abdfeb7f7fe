"""What masking leaves of a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PrivateKind(StrEnum):
    """What was masked. The value in capitals stands in its place, for example ``[EMAIL]``."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    """Number of a payment card."""
    ACCOUNT = "account"
    """Number of a bank account."""
    PERSONAL_NUMBER = "personal_number"
    """Number of a person with some authority: social security, driving licence, passport."""
    NETWORK_ADDRESS = "network_address"
    LINK = "link"
    ADDRESS = "address"
    """Of a street, a flat, a post box; post codes."""
    NAME = "name"
    """Of a person."""
    NUMBER = "number"
    """Some other long run of digits that names somebody or something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateSpan:
    """Where something private stands."""

    kind: PrivateKind
    start: int
    """First code point, from 0."""
    end: int
    """After the last code point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text without what was found to be private in it."""

    text: str
    spans: tuple[PrivateSpan, ...]
    """In the original text, in order; no two overlap."""


def masked(text: str, spans: tuple[PrivateSpan, ...]) -> str:
    """Return a text with a mask in the place of each span.

    Args:
        text: The original.
        spans: In order, without overlap.
    """
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], f"[{span.kind.upper()}]"]
        position = span.end
    return "".join([*parts, text[position:]])
