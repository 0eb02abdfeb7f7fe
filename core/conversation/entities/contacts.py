"""Telephone numbers and e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind

_AT = re.compile("@")
_LOCAL = re.compile(r"[a-z0-9][a-z0-9._%+'-]{0,63}$")
_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?![a-z0-9])")
_LONGEST_LOCAL = 64
_PHONE = re.compile(r"(?<![0-9a-z$£€.,/:#-])(?:\+|00)?(?:\([0-9]{1,5}\)|[0-9])[0-9 ().-]{5,18}[0-9](?![0-9a-z%])")
_DATE_LIKE = re.compile(r"[0-9]{1,2}[.-][0-9]{1,2}[.-](?:19|20)?[0-9]{2}|(?:19|20)[0-9]{2}[.-][0-9]{1,2}[.-][0-9]{1,2}")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""Digits of a telephone number (ITU-T E.164 section 6: at most 15)."""
_UNBROKEN_LEAST = 10
"""A number in one piece is a telephone number from so many digits on: shorter ones are amounts and references."""


def find_emails(text: str) -> Iterator[Entity]:
    """Yield e-mail addresses of a folded text."""
    for at_sign in islice(_AT.finditer(text), MOST_MATCHES):
        at = at_sign.start()
        local = _LOCAL.search(text[max(0, at - _LONGEST_LOCAL) : at])
        domain = _DOMAIN.match(text, at + 1)
        if local is not None and domain is not None:
            start = at - len(local[0])
            yield Entity(
                kind=EntityKind.EMAIL, start=start, end=domain.end(), normalized_text=text[start : domain.end()]
            )


def find_phones(text: str) -> Iterator[Entity]:
    """Yield telephone numbers of a folded text."""
    for match in islice(_PHONE.finditer(text), MOST_MATCHES):
        digits = "".join(letter for letter in match[0] if "0" <= letter <= "9")
        is_plus = match[0].startswith("+")
        if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or _DATE_LIKE.fullmatch(match[0]):
            continue
        if not is_plus and _is_no_phone(match[0], digits):
            continue
        value = "+" + digits.removeprefix("00") if is_plus or digits.startswith("00") else digits
        yield Entity(kind=EntityKind.PHONE, start=match.start(), end=match.end(), normalized_text=value)


def _is_no_phone(written: str, digits: str) -> bool:
    """In one piece it needs more digits; in pieces none of them is a single digit, as in lists of numbers."""
    if len(digits) == len(written):
        return len(digits) < _UNBROKEN_LEAST
    pieces = re.split(r"[ ().-]{1,19}", written)
    return any(len(piece) == 1 for piece in pieces[1:] if piece) or len([p for p in pieces if p]) > len(digits) // 2
