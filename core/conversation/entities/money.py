"""Amounts of money, and which of them are what the lead would pay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.conversation.entities.entity import MOST_MATCHES, Entity, EntityKind
from core.conversation.entities.numbers import DIGITS, SCALES, WORDED, number_of, written

_SYMBOLS: Mapping[str, str] = {
    "us$": "USD", "ca$": "CAD", "c$": "CAD", "au$": "AUD", "a$": "AUD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD",
    "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR",
}  # fmt: skip
_CODES = [
    "usd",
    "gbp",
    "eur",
    "cad",
    "aud",
    "nzd",
    "chf",
    "inr",
    "jpy",
    "zar",
    "aed",
    "sgd",
    "hkd",
    "sek",
    "nok",
    "dkk",
    "pln",
    "cny",
]
_NAMES: Mapping[str, str] = {
    "dollars": "USD", "dollar": "USD", "bucks": "USD", "pounds": "GBP", "pound": "GBP", "quid": "GBP",
    "sterling": "GBP", "euros": "EUR", "euro": "EUR", "rupees": "INR", "francs": "CHF", "yen": "JPY",
}  # fmt: skip
_CURRENCIES: Mapping[str, str] = {**_SYMBOLS, **{code: code.upper() for code in _CODES}, **_NAMES}
_PERIODS: Mapping[str, str] = {
    "month": "month", "mo": "month", "pcm": "month", "pm": "month", "monthly": "month", "mth": "month",
    "week": "week", "wk": "week", "pw": "week", "weekly": "week", "year": "year", "yr": "year", "annum": "year",
    "pa": "year", "yearly": "year", "annually": "year", "day": "day", "night": "day", "hour": "hour", "hr": "hour",
}  # fmt: skip
_SYMBOL = "|".join(re.escape(symbol) for symbol in _SYMBOLS)
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_SYMBOL}|\b(?:{'|'.join(_CODES)})\b) ?)?"
    rf"(?<![0-9])(?<![0-9][.,])(?P<number>{DIGITS}|\b{WORDED})"
    r"(?: ?(?P<scale>k|m|mn|mm|bn|mil|grand|thousand|million|billion|lakh|crore)\b)?"
    rf"(?: ?(?P<after>{_SYMBOL}|(?:{'|'.join((*_CODES, *_NAMES))})\b))?"
    r"(?:(?: ?/ ?|,? (?:a|per|each|every|p\.) ?)(?P<each>month|mo|mth|week|wk|year|yr|annum|day|night|hour|hr)\b"
    r"| ?(?P<adverb>pcm|pw|pm|pa|monthly|weekly|yearly|annually)\b)?"
)
_HAS_ANY = re.compile(r"[0-9]|hundred|thousand|million|grand|dollars?|pounds?|euros?|quid|bucks|rupees")
_JOINS = re.compile(r" ?(?:-|to|and|or|up to) ?$|^ ?- ?$")
_OPENS_RANGE = re.compile(r"\b(?:between|from|anywhere from|range (?:is|of)) ?$")
_PAYS = re.compile(
    r"\b(?:budget(?:ed|ing)?|spend(?:ing)?|afford|max(?:imum)?|at most|(?:no|not|any) more than|nothing (?:over|above)|"
    r"up to|under|below|less than|within|cap(?:ped)?|ceiling|limit(?:ed)?|stretch|price (?:range|point|bracket)|range|"
    r"go (?:as high as|to|up|over|above)|(?:put|have|got|work(?:ing)?) (?:with|down)?|set aside|looking (?:to pay|at)|"
    r"(?:i|we|i'd|we'd|i'll|we'll|can|could|would|will|to|like to) (?:offer|pay|do|go|manage|rent)|"
    r"(?:my|our|an?|best|final) offer|(?:want|like|prefer|ideally|something|anything|one|place|house|flat) (?:for|"
    r"around|"
    r"about|at|closer to|near))\b"
)
_OTHERWISE = re.compile(
    r"\b(?:fees?|deposit|salary|income|earn(?:ing|s)?|charge[ds]?|quoted?|quote|costs?|listed|asking|worth|valued?|"
    r"paid|"
    r"saved?|discount|refund(?:ed)?|owed?|transfer(?:red)?|spent|withdraw(?:al)?|withdrew|invoice|bill(?:ed)?|balance|"
    r"tax(?:es)?|debt|loan|sell|selling|sold|took|lost|transaction|payments?|they (?:offer|pay|want)(?:ed)?)\b"
)
_PAYS_AFTER = re.compile(
    r",? ?(?:is |are |would be |'s )?(?:absolute(?:ly)? |about |really |all )?(?:the |my |our |a )?(?:upper |hard )?"
    r"(?:max(?:imum)?|tops|budget|limit|ceiling|cap|or (?:less|under|below|lower)|at (?:most|the most)|"
    r"(?:i|we) (?:can|could|have) (?:spend|afford|pay|manage|to spend))\b"
)
_NOT_MONEY_AFTER = re.compile(
    r" ?(?:%|percent|[-/:]?[0-9]|(?:-| )?(?:years?|yrs?|months?|weeks?|days?|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?|"
    r"bed|bath|br\b|ba\b|sq|m2|m²|ft|feet|foot|met(?:er|re)|mi\b|miles?|km|acres?|people|users?|seats?|licen[cs]es?|"
    r"units?|times?|rooms?|st\b|nd\b|rd\b|th\b|am\b|pm\b|p\.m|a\.m|o'clock|kids?|adults?|guests?|employees?|staff|"
    r"stars?|points?|pages?|pieces?|copies|items?|of (?:them|these|us)|followers|views|volts?|watts?|gb\b|mb\b|tb\b))"
)
_ENDS_LIKE_AMOUNT = re.compile(
    r" ?(?:$|[.,;:!?)\"']| (?:and|to|or|but|for|if|is|was|max|at|per|a|all|in|on|plus|with|tops|budget|ish|range|"
    r"mark|max|maximum|limit|down|upfront|cash|total|each|would|will|because|so|as|this|by|tbh|please|asking|offer)\b)"
)
_LEAST = re.compile(
    r"\b(?:at least|minimum(?: of)?|min|upwards? of|(?<!no )(?<!not )(?<!any )more than|over|above|from|starting at) ?$"
)
_THANKS = re.compile(r"\b(?:thanks|thx|thank you|ta|cheers) $")
"""Before "a million"."""
_REACH = 60
"""Code points before an amount in which words say what it is for."""
_FEWEST = 50.0
"""Bare numbers below it are no amounts."""
_CLAUSE_END = re.compile(r"[.!?;\n](?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    start: int
    end: int
    value: float
    currency: str
    is_scaled: bool
    scale: float
    period: str


def find_money(text: str) -> Iterator[Entity]:
    """Yield amounts and budgets of a folded text. A plain dollar sign is taken as US dollars."""
    if _HAS_ANY.search(text) is None:
        return
    amounts = [
        amount for match in islice(_AMOUNT.finditer(text), MOST_MATCHES) if (amount := _amount(match)) is not None
    ]
    index = 0
    while index < len(amounts):
        pair = amounts[index : index + 2]
        ends = _range(text, pair)
        if ends is not None:
            yield _entity(text, *ends)
            index += 2
            continue
        if _is_money(text, pair[0]):
            yield _entity(text, pair[0], None)
        index += 1


def _amount(match: re.Match[str]) -> _Amount | None:
    value = number_of(match["number"])
    if value is None:
        return None
    scale = SCALES.get(match["scale"] or "", 1.0)
    period = match["each"] or match["adverb"] or ""
    return _Amount(
        start=match.start(),
        end=match.end(),
        value=value * scale,
        currency=_CURRENCIES.get(match["before"] or match["after"] or "", ""),
        is_scaled=scale > 1.0 or (value >= _FEWEST and not match["number"][0].isdigit()),
        scale=scale,
        period=_PERIODS.get(period, ""),
    )


def _range(text: str, pair: Sequence[_Amount]) -> tuple[_Amount, _Amount] | None:
    """Return the ends of "300 to 350k": the first takes the scale and currency of the second."""
    if len(pair) < 2:  # noqa: PLR2004 - a range has two ends
        return None
    first, second = pair
    between = text[first.end : second.start]
    if len(between) > len(" up to ") or _JOINS.fullmatch(between) is None:
        return None
    if first.value >= second.value * max(second.scale, 1.0):
        return None
    is_opened = _OPENS_RANGE.search(text[max(0, first.start - _REACH) : first.start]) is not None
    if between.strip() == "and" and not is_opened:
        return None
    if not first.is_scaled and first.value * second.scale <= second.value:
        first = replace(first, value=first.value * second.scale, scale=second.scale)
    first = replace(first, currency=first.currency or second.currency)
    second = replace(second, currency=second.currency or first.currency)
    if not first.value < second.value:
        return None
    joined = replace(second, start=first.start, is_scaled=first.is_scaled or second.is_scaled)
    return (first, second) if _is_money(text, joined) else None


def _is_money(text: str, amount: _Amount) -> bool:
    """A currency says so; a bare number needs words of paying around it."""
    if amount.currency:
        return True
    before = text[max(0, amount.start - len("thank you ")) : amount.start]
    if _NOT_MONEY_AFTER.match(text, amount.end) or _THANKS.search(before):
        return False
    if amount.is_scaled and _ENDS_LIKE_AMOUNT.match(text, amount.end):
        return True
    if amount.value < _FEWEST:
        return False
    clause = _clause_before(text, amount.start)
    if amount.period and amount.value >= _FEWEST:
        return True
    cue = _last(_PAYS, clause)
    return cue is not None and _is_near(clause, cue)


def _is_near(clause: str, cue: re.Match[str]) -> bool:
    """Few words, and no other number, stand between the cue and the amount."""
    rest = clause[cue.end() :]
    words = rest.split()
    strong = cue[0].startswith(("budget", "spend", "afford", "price", "max", "offer", "cap", "ceiling"))
    return len(words) <= (4 if strong else 0) and not any(letter.isdigit() for letter in rest)


def _entity(text: str, first: _Amount, second: _Amount | None) -> Entity:
    last = second or first
    kind = _kind(text, first, last)
    lower: float | None = first.value
    upper: float | None = last.value
    if kind is EntityKind.BUDGET and _LEAST.search(_clause_before(text, first.start)):
        upper = None
    elif kind is EntityKind.BUDGET:
        lower = None
    value = written(first.value) if second is None else f"{written(first.value)}-{written(last.value)}"
    period = last.period or first.period
    return Entity(
        kind=kind,
        start=first.start,
        end=last.end,
        normalized_text=f"{value}/{period}" if period else value,
        lower=lower,
        upper=upper,
        unit=last.currency,
    )


def _kind(text: str, first: _Amount, last: _Amount) -> EntityKind:
    before = _clause_before(text, first.start)
    pays, otherwise = _last(_PAYS, before), _last(_OTHERWISE, before)
    is_otherwise = otherwise is not None and (pays is None or otherwise.start() > pays.start())
    is_budget = (pays is not None and not is_otherwise) or _PAYS_AFTER.match(text, last.end) is not None
    if first is not last and not is_otherwise:
        return EntityKind.BUDGET_RANGE
    return EntityKind.BUDGET if is_budget else EntityKind.MONEY


def _clause_before(text: str, start: int) -> str:
    before = text[max(0, start - _REACH) : start]
    end = _last(_CLAUSE_END, before)
    return before if end is None else before[end.end() :]


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found
