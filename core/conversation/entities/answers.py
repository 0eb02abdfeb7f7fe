"""Short answers, which only the question before them explains: "How many bedrooms?" - "just three"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.conversation.entities.entity import Entity, EntityKind
from core.conversation.entities.numbers import COUNT, DIGITS, SCALES, number_of, written
from core.conversation.folded import folded
from core.conversation.word_set import word_set

_ASKS_BEDS = re.compile(r"\bbed ?-?rooms?\b|\bbeds?\b|\bnumber of rooms\b|\bhow many rooms\b")
_ASKS_BATHS = re.compile(r"\bbath ?-?rooms?\b|\bbaths?\b")
_ASKS_PLACE = re.compile(
    r"\b(?:where|(?:which|what) (?:\w{1,15} )?(?:area|city|town|place|location|neighbou?rhood|part|region|postcode|"
    r"suburb)s?|"
    r"(?:area|city|location|neighbou?rhood)s?\b[^.!?]{0,60}\?)"
)
_ASKS_BUDGET = re.compile(
    r"\b(?:budget|spend|price range|how much (?:can|could|would|do|are|were) you|afford|rent range)\b"
)
_COUNT_ANSWER = re.compile(
    rf"(?:(?:yes|yeah|ok|well|um|just|only|at least|maybe|about|i(?:'d| would)? (?:need|want|like|prefer)|"
    rf"make (?:it|that)|let's say|it|needs?|should|must|have|be|probably|with|a minimum of|preferably|i'm|"
    rf"looking for|thinking)[ ,]{{1,2}}){{0,6}}(?P<count>{COUNT}\b)(?P<more>\+| or more)?(?! (?:bath|people|min|"
    rf"k\b|thousand|hundred|of us))"
)
_MONEY_ANSWER = re.compile(
    rf"^[^0-9]{{0,40}}(?P<number>{DIGITS}) ?(?P<scale>k|m|grand|thousand|million)?\b(?! ?(?:bed|bath|%|month|week|"
    rf"day|year|people))"
)
_PLACE_ANSWER = re.compile(
    r"(?:(?:in|near|around|i (?:think|like|prefer|want)|i'd (?:like|prefer)|somewhere|maybe|probably|preferably|"
    r"let's (?:say|try|go with)|try|how about|what about|it's|it is|yes|yeah|ok|sure|um|the|city of)[ ,]{1,2}){0,5}"
    r"(?P<name>[^\W\d_][\w'-]{2,20}(?: [^\W\d_][\w'-]{1,20}){0,2}?)(?=$|[.,;!?]| (?:please|thanks|is|would|if|and|"
    r"or|for|with|area|i)\b)"
)
_NO_NAME = word_set(
    """
    yes yeah yep no nope not ok okay sure thanks thank please hi hello hey any anything anywhere nothing nowhere
    none one two three four five some something somewhere what which when where how why who can could would will
    should may might do does did is are was were have has had need want i i'd i'm i'll we we'd it it's its that
    this these those there here you your my our the and but or if so for with from just only also maybe perhaps
    don't doesn't can't won't didn't isn't aren't find show give tell get make looking look let close cheap quiet
    good great nice perfect fine within near around both either neither right wrong correct that's thats there's
    search fully yup you're i've we're that'll never actually sorry well really apartment house home flat place
    bedroom bedrooms bathroom budget
    """
)
_FEWEST = 50.0


def find_answers(original: str, text: str, agent_text: str) -> Iterator[Entity]:
    """Yield what a short answer gives.

    Args:
        original: The lead's message.
        text: The same, folded.
        agent_text: The agent's turn before it.
    """
    asked = folded(agent_text)
    if "?" not in asked:
        return
    asks_beds, asks_baths = _ASKS_BEDS.search(asked), _ASKS_BATHS.search(asked)
    if (asks_beds is None) != (asks_baths is None):
        yield from _count(text, EntityKind.BEDROOMS if asks_beds else EntityKind.BATHROOMS)
    if _ASKS_BUDGET.search(asked):
        yield from _budget(text)
    if _ASKS_PLACE.search(asked):
        yield from _place(original, text)


def _count(text: str, kind: EntityKind) -> Iterator[Entity]:
    match = _COUNT_ANSWER.match(text)
    number = None if match is None else number_of(match["count"])
    if match is None or number is None:
        return
    upper = None if match["more"] or "at least" in match[0] or "minimum" in match[0] else number
    start, end = match.span("count")
    value = written(number) + ("+" if upper is None else "")
    yield Entity(kind=kind, start=start, end=end, normalized_text=value, lower=number, upper=upper)


def _budget(text: str) -> Iterator[Entity]:
    match = _MONEY_ANSWER.match(text)
    number = None if match is None else number_of(match["number"])
    if match is None or number is None:
        return
    value = number * SCALES.get(match["scale"] or "", 1.0)
    if value >= _FEWEST:
        start, end = match.start("number"), match.end("scale") if match["scale"] else match.end("number")
        yield Entity(kind=EntityKind.BUDGET, start=start, end=end, normalized_text=written(value), upper=value)


def _place(original: str, text: str) -> Iterator[Entity]:
    match = _PLACE_ANSWER.match(text)
    if match is None or any(word in _NO_NAME for word in match["name"].split(" ")):
        return
    start, end = match.span("name")
    is_name = original[start].isupper() or end - start >= len(text.rstrip(" .!?")) - 12
    if is_name:
        yield Entity(kind=EntityKind.PLACE, start=start, end=end, normalized_text=text[start:end])
