"""Leads that speak of others who need the same."""

from __future__ import annotations

import re

from core.conversation.span import Span

_SOMEBODY = (
    r"(?:friend|brother|sister|colleague|cousin|neighbou?r|co-?worker|boss|parents?|son|daughter|partner company)s?"
)
_NEEDS = r"(?:also|too|as well|looking|interested|needs?|wants?|searching|same problem)"
_patterns = (
    re.compile(rf"\bmy {_SOMEBODY} (?:is |are |was |might be |may be |would be )?{_NEEDS}\b", re.IGNORECASE),
    re.compile(r"\b(?:recommend|refer|introduce) (?:you|your \w{1,20}) to\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:i|we) (?:know|have) (?:a |an |some |several )?(?:{_SOMEBODY}|people|somebody|someone) "
        rf"(?:who|that) (?:\w{{1,20}} )?(?:is |are |was )?{_NEEDS}\b",
        re.IGNORECASE,
    ),
)
"""Every part is of bounded length, so that no text takes longer than its length says."""


def find_referral(text: str) -> Span | None:
    """Return the words with which a lead speaks of others who need the same; None without any."""
    for pattern in _patterns:
        found = pattern.search(text)
        if found is not None:
            return Span(start=found.start(), end=found.end())
    return None
