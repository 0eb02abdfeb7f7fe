from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.entities.entity import Entity, EntityKind
from core.conversation.entities.finding import MOST_ENTITIES, find_entities
from core.conversation.message import LONGEST_MESSAGE

WEDNESDAY = datetime(2026, 11, 18, 15, 30, tzinfo=timezone(timedelta(hours=-5)))


def only(text: str, agent_text: str = "") -> Entity:
    (entity,) = find_entities(text, WEDNESDAY, agent_text)
    return entity


def day(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind", "lower", "upper", "unit"),
    [
        ("450k", EntityKind.MONEY, 450_000, 450_000, ""),
        ("my budget is 450k", EntityKind.BUDGET, None, 450_000, ""),
        ("our budget's around 2500", EntityKind.BUDGET, None, 2_500, ""),
        ("we can go up to $1.2m", EntityKind.BUDGET, None, 1_200_000, "USD"),
        ("no more than 600,000 for it", EntityKind.BUDGET, None, 600_000, ""),
        ("looking to spend at least 300k", EntityKind.BUDGET, 300_000, None, ""),
        ("under $2,500 a month", EntityKind.BUDGET, None, 2_500, "USD"),
        ("£1,500 pcm max", EntityKind.BUDGET, None, 1_500, "GBP"),
        ("between 300 and 350k", EntityKind.BUDGET_RANGE, 300_000, 350_000, ""),
        ("between $1,000 and $1,500", EntityKind.BUDGET_RANGE, 1_000, 1_500, "USD"),
        ("budget: 20k-30k EUR", EntityKind.BUDGET_RANGE, 20_000, 30_000, "EUR"),
        ("your fees are $300-$400", EntityKind.MONEY, 300, 400, "USD"),
        ("two hundred and fifty thousand pounds", EntityKind.MONEY, 250_000, 250_000, "GBP"),
        ("half a million dollars", EntityKind.MONEY, 500_000, 500_000, "USD"),
        ("it was €450.000", EntityKind.MONEY, 450_000, 450_000, "EUR"),
        ("I earn 60k a year", EntityKind.MONEY, 60_000, 60_000, ""),
        ("3br", EntityKind.BEDROOMS, 3, 3, ""),
        ("at least three bedrooms", EntityKind.BEDROOMS, 3, None, ""),
        ("2 to 3 bed rooms", EntityKind.BEDROOMS, 2, 3, ""),
        ("a couple of bedrooms", EntityKind.BEDROOMS, 2, 2, ""),
        ("the number of beds should be four", EntityKind.BEDROOMS, 4, 4, ""),
        ("a studio flat", EntityKind.BEDROOMS, 0, 0, ""),
        ("2.5 baths", EntityKind.BATHROOMS, 2.5, 2.5, ""),
        ("1,200 sq ft", EntityKind.AREA, 1_200, 1_200, "ft2"),
        ("80-100 square metres", EntityKind.AREA, 80, 100, "m2"),
        ("half an acre", EntityKind.AREA, 0.5, 0.5, "acre"),
        ("two hectares", EntityKind.AREA, 20_000, 20_000, "m2"),
    ],
)
def test_amounts_counts_and_areas(text, kind, lower, upper, unit):
    found = only(text)

    assert (found.kind, found.lower, found.upper, found.unit) == (kind, lower, upper, unit)


@pytest.mark.parametrize(
    ("text", "kind", "time"),
    [
        ("tomorrow", EntityKind.DATE, day(2026, 11, 19)),
        ("on Friday", EntityKind.DATE, day(2026, 11, 20)),
        ("next Friday at 3pm", EntityKind.DATE, day(2026, 11, 27, 15)),
        ("last Thursday", EntityKind.DATE, day(2026, 11, 12)),
        ("in two weeks", EntityKind.DATE, day(2026, 12, 2)),
        ("3 days ago", EntityKind.DATE, day(2026, 11, 15)),
        ("this weekend", EntityKind.DATE, day(2026, 11, 21)),
        ("the 5th of May 2027", EntityKind.DATE, day(2027, 5, 5)),
        ("on Jan 12", EntityKind.DATE, day(2027, 1, 12)),
        ("11/27/2026", EntityKind.DATE, day(2026, 11, 27)),
        ("2026-11-27", EntityKind.DATE, day(2026, 11, 27)),
        ("the 12th", EntityKind.DATE, day(2026, 12, 12)),
        ("half past four", EntityKind.DATE, day(2026, 11, 19, 4, 30)),
        ("18 45 in the evening", EntityKind.DATE, day(2026, 11, 18, 18, 45)),
        ("in 48 hours", EntityKind.DATE, day(2026, 11, 20, 15, 30)),
        ("by end of March", EntityKind.DEADLINE, day(2027, 3, 31, 23, 59, 59)),
        ("we need it by 5pm", EntityKind.DEADLINE, day(2026, 11, 18, 17)),
        ("before 11 please", EntityKind.DEADLINE, day(2026, 11, 19, 11)),
        ("by Friday", EntityKind.DEADLINE, day(2026, 11, 20, 23, 59, 59)),
        ("before Friday", EntityKind.DEADLINE, day(2026, 11, 19, 23, 59, 59)),
        ("within 10 days", EntityKind.DEADLINE, day(2026, 11, 28, 23, 59, 59)),
        ("our lease ends on 30 June", EntityKind.DEADLINE, day(2027, 6, 30, 23, 59, 59)),
    ],
)
def test_days_count_from_the_calendar_day_of_the_message(text, kind, time):
    found = only(text)

    assert (found.kind, found.time) == (kind, time)


@pytest.mark.parametrize("text", ["I may come", "we march on", "she sat down", "25:70", "32/13"])
def test_words_and_numbers_that_look_like_days_are_none(text):
    assert not [entity for entity in find_entities(text, WEDNESDAY) if entity.time is not None]


def test_a_relative_day_has_no_time_when_the_message_has_none():
    relative, fixed = find_entities("tomorrow, or 2027-05-05", None)

    assert (relative.time, fixed.time) == (None, day(2027, 5, 5))


@pytest.mark.parametrize(
    ("text", "kind", "normalized"),
    [
        ("call +1 (555) 010-0199", EntityKind.PHONE, "+15550100199"),
        ("call 555-010-0199", EntityKind.PHONE, "5550100199"),
        ("Jane.Doe+x@Example.co.uk", EntityKind.EMAIL, "jane.doe+x@example.co.uk"),
        ("I want something in Fremont.", EntityKind.PLACE, "fremont"),
        ("somewhere near Castro Valley", EntityKind.PLACE, "castro valley"),
        ("a flat in lindenmere", EntityKind.PLACE, "lindenmere"),
        ("moving to Austin, TX", EntityKind.PLACE, "austin, tx"),
        ("it is SW1A 1AA", EntityKind.PLACE, "sw1a 1aa"),
        ("under $2,500 a month", EntityKind.BUDGET, "2500/month"),
    ],
)
def test_values_are_written_one_way(text, kind, normalized):
    found = only(text)

    assert (found.kind, found.normalized_text) == (kind, normalized)


@pytest.mark.parametrize(
    "text",
    [
        "we have 10k users and 300 seats",
        "it is 30 mins away",
        "from 5 to 10 people",
        "10% off 200",
        "the 3 of us",
        "in English, by Excel",
        "thanks a million",
        "there is carpet in a bathroom",
        "move to the paid plan",
        "١٢٣ ٤٥٦ ٧٨٩٠ ١٢٣٤",
        "😀😀😀",
        "",
    ],
)
def test_other_numbers_and_names_are_no_facts(text):
    assert find_entities(text, WEDNESDAY) == ()


@pytest.mark.parametrize(
    ("agent_text", "text", "kind", "normalized"),
    [
        ("How many bedrooms do you need?", "just three", EntityKind.BEDROOMS, "3"),
        ("How many bathrooms?", "at least 2", EntityKind.BATHROOMS, "2+"),
        ("What city should I look in?", "san jose please", EntityKind.PLACE, "san jose"),
        ("What is your budget?", "maybe 450", EntityKind.BUDGET, "450"),
    ],
)
def test_the_agents_question_explains_a_short_answer(agent_text, text, kind, normalized):
    found = only(text, agent_text)

    assert (found.kind, found.normalized_text) == (kind, normalized)
    assert find_entities(text, WEDNESDAY) == ()


def test_an_answer_that_is_no_value_gives_none():
    assert find_entities("yes, that's right", WEDNESDAY, "Which area do you want?") == ()


def test_one_text_gives_a_bounded_number_of_facts():
    assert len(find_entities("$5 " * 3_000, WEDNESDAY)) == MOST_ENTITIES


WORDS = [
    "budget",
    "$",
    "450",
    "k",
    "between",
    "and",
    "-",
    "bed",
    "bath",
    "in",
    "New",
    "York",
    "by",
    "Friday",
    "at",
    "5",
    "@",
    "a.b",
    "1.234",
    "/",
    "may",
    "the",
    "12th",
    "of",
    "sq ft",
    "+1",
    "(",
    ")",
    "half past",
    "İ",
    "ß",
    "🏠",
    "\n",
    "0",
    "\uff12",
    "\u0661",
]
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=40).map("".join),
)
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(text=TEXTS, moment=MOMENTS, agent_text=TEXTS)
def test_whatever_is_written_facts_stand_in_it_one_after_the_other(text, moment, agent_text):
    found = find_entities(text, moment, agent_text)

    end = 0
    for entity in found:
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end
        assert entity.normalized_text
        assert entity.lower is None or entity.upper is None or entity.lower <= entity.upper
        assert entity.time is None or entity.time.tzinfo is UTC
    assert found == find_entities(text, moment, agent_text)


@pytest.mark.parametrize(
    "piece", ["a", "1", "1 ", "1,", "$1", "a@", "In A", "1 bed or ", "the 1st ", "2 to ", "1-", "+(1)"]
)
def test_the_longest_message_of_anything_repeated_is_read(piece):
    text = (piece * LONGEST_MESSAGE)[:LONGEST_MESSAGE]

    assert len(find_entities(text, WEDNESDAY)) <= MOST_ENTITIES
