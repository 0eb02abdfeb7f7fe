"""Finds what reaches, charges or numbers people: addresses on networks, and runs of digits.

The patterns look at a bounded number of characters from each place, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.privacy.redacted import PrivateKind, PrivateSpan

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LINK = re.compile(
    r"(?:\bhttps?://|\bwww\.)[^\s<>\"')\]]{1,2000}"
    r"|(?<![\w.@-])(?:[a-z0-9-]{2,63}\.){1,4}(?:com|net|org|info|biz|io|co|app|dev|shop|site|edu|gov|eu|uk|us|ca|au|de|"
    r"fr|es|it|nl|be|ch|at|ie|se|no|dk|fi|pl|pt)(?:/[^\s<>\"')\]]{0,2000})?(?![\w@-])",
    re.IGNORECASE,
)
_IP4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)")
_IP6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}:?(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PERSONAL = re.compile(
    r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"  # US social security
    r"|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"  # UK national insurance
    r"|\b[A-Z]{1,3}\d{6,14}[A-Z]?\b"  # passports, licences
)
_DIGITS = re.compile(
    r"(?<![\w.,$£€¥#-])(?:\+|\(\+?)?\d(?:[ \u00a0]?[().\-/\u2010-\u2013]{0,2}[ \u00a0]?\d){6,18}"
    r"(?:[ ,]{0,2}(?:x|ext\.?|extension)[ .:]?\d{1,6})?(?![\w%])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d"
    r"|(?:19|20)\d\d ?[-\u2013] ?(?:19|20)\d\d"
)
_MONEY_BEFORE = re.compile(
    r"(?:[$£€¥₹]|\b(?:usd|eur|gbp|chf|aed|inr|price|budget|offer|salary|pay|paid|cost|costs))[ :]{0,2}$", re.IGNORECASE
)
_MONEY_AFTER = re.compile(
    r"[ ]?(?:[$£€¥₹]|(?:usd|eur|gbp|chf|aed|inr|dollars?|euros?|pounds?|sq|square|acres?|m2)\b)", re.IGNORECASE
)
_CARD_DIGITS = range(12, 20)
_PHONE_DIGITS = range(7, 16)
_NEAR = 12
"""Characters before a number that may say it is an amount."""


def find_numbers(text: str) -> Iterator[PrivateSpan]:
    """Yield e-mail addresses, links, network addresses and private numbers; what comes first counts more."""
    for pattern, kind in ((_EMAIL, PrivateKind.EMAIL), (_LINK, PrivateKind.LINK)):
        yield from (_span(kind, match) for match in pattern.finditer(text))
    yield from (_span(PrivateKind.ACCOUNT, match) for match in _IBAN.finditer(text) if _is_iban(match.group()))
    for pattern, kind in (
        (_IP4, PrivateKind.NETWORK_ADDRESS),
        (_IP6, PrivateKind.NETWORK_ADDRESS),
        (_PERSONAL, PrivateKind.PERSONAL_NUMBER),
    ):
        yield from (_span(kind, match) for match in pattern.finditer(text))
    for match in _DIGITS.finditer(text):
        kind_of = _kind_of_digits(text, match)
        if kind_of is not None:
            yield _span(kind_of, match)


def is_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004  the sum of its digits
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    """Return whether the check digits are right (ISO 13616: 97 leaves 1)."""
    joined = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in joined[4:] + joined[:4])) % 97 == 1


def _kind_of_digits(text: str, match: re.Match[str]) -> PrivateKind | None:
    digits = "".join(str(int(sign)) for sign in match.group() if sign.isdecimal())
    if _DATE.fullmatch(match.group().strip()) or _is_amount(text, match):
        return None
    if len(digits) in _CARD_DIGITS and is_luhn(digits):
        return PrivateKind.CARD
    return PrivateKind.PHONE if len(digits) in _PHONE_DIGITS else PrivateKind.NUMBER


def _is_amount(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _NEAR) : match.start()]
    return bool(_MONEY_BEFORE.search(before) or _MONEY_AFTER.match(text, match.end()))


def _span(kind: PrivateKind, match: re.Match[str]) -> PrivateSpan:
    return PrivateSpan(kind=kind, start=match.start(), end=match.end())
