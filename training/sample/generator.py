"""Makes sample leads of four trades whose outcomes follow a known law."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.identifiers import LeadId
from core.lead import AttributeValue, Lead, LeadOutcome
from training.sample.dice import Dice
from training.sample.home_services import HOME_SERVICES
from training.sample.jobs import JOBS
from training.sample.property import PROPERTY
from training.sample.software import SOFTWARE
from training.sample.trade import Trade
from training.sample.truth import DEVICE_POINTS, DOUBTFUL_PHRASES, URGENT_PHRASES, true_probability

TRADES = (JOBS, PROPERTY, SOFTWARE, HOME_SERVICES)
SAMPLE_END = datetime(2026, 7, 1, tzinfo=UTC)
"""The newest sample lead is older than this."""
SAMPLE_SPAN = timedelta(days=180)
MIN_WORDS = 40
MAX_WORDS = 120
CITIES = (
    *("Amsterdam", "Austin", "Barcelona", "Berlin", "Boston", "Chicago", "Copenhagen", "Denver", "Dublin", "Hamburg"),
    *("Lisbon", "London", "Lyon", "Manchester", "Milan", "Munich", "New York", "Seattle", "Toronto", "Vienna"),
)
_SOURCE_SHARES = {
    "organic search": 0.3,
    "paid search": 0.22,
    "referral": 0.13,
    "social media": 0.17,
    "partner": 0.08,
    "purchased list": 0.1,
}
_FIRST_NAMES = ("alex", "kim", "robin", "sam", "noa", "charlie", "jules", "mika", "toni", "sascha")
_LAST_NAMES = ("baker", "costa", "fischer", "ito", "kowalski", "lopez", "meyer", "okafor", "rossi", "silva", "tanaka")
_PHONE_RANGE = "+1 202 555 01{:02d}"
"""Numbers set aside for fiction."""


def generate_leads(n: int, seed: int) -> list[tuple[Lead, LeadOutcome]]:
    """Return ``n`` leads with their outcomes, from the oldest to the newest.

    About a quarter converts; the best possible AUC is about 0.88, because the outcome is drawn with
    :func:`training.sample.truth.true_probability`.

    Args:
        n: Number of leads, >= 0.
        seed: Same seed and n, same leads, on every version of Python.
    """
    dice = Dice(seed)
    moments = sorted(_posted_time(dice) for _ in range(n))
    return [_labelled_lead(position, posted, dice) for position, posted in enumerate(moments, start=1)]


def _labelled_lead(position: int, posted: datetime, dice: Dice) -> tuple[Lead, LeadOutcome]:
    trade = dice.pick(TRADES)
    kind = dice.pick(tuple(trade.kinds))
    subject = dice.pick(trade.kinds[kind])
    title = trade.say(dice.pick(trade.titles), subject, dice)
    has_email, has_phone = dice.happens(0.8), dice.happens(0.45)
    lead = Lead(
        lead_id=LeadId(f"sample-{position:06d}"),
        title=title[0].upper() + title[1:],
        description=_description(trade, subject, dice),
        category=f"{trade.group}/{kind}",
        location_name=_location(dice),
        price=round(dice.log_uniform(*trade.price_range), -1) if dice.happens(0.8) else None,
        email=_email(position, dice) if has_email else "",
        phone=_PHONE_RANGE.format(int(dice.share() * 100)) if has_phone else "",
        posted_time=posted,
    )
    lead = replace(lead, attributes=_attributes(trade, dice))
    converted = dice.happens(true_probability(lead))
    days = 0.1 + dice.exponential(6.0) if converted else 3.0 + dice.exponential(14.0)
    return lead, LeadOutcome(converted=converted, outcome_time=posted + timedelta(minutes=round(days * 1440)))


def _posted_time(dice: Dice) -> datetime:
    """Draw a moment; four in five fall in the working hours of a weekday."""
    day = SAMPLE_END - SAMPLE_SPAN + timedelta(days=int(dice.share() * SAMPLE_SPAN.days))
    usual = dice.happens(0.8)
    if usual and day.weekday() >= 5:  # noqa: PLR2004  Monday is 0
        day -= timedelta(days=2)
        day = max(day, SAMPLE_END - SAMPLE_SPAN)
    minutes = 480 + dice.share() * 600 if usual else dice.share() * 1_440
    return day + timedelta(minutes=int(minutes))


def _description(trade: Trade, subject: str, dice: Dice) -> str:
    """Write 40 to 120 words: an opening, details, sometimes how urgent it is, a closing."""
    timing = dice.share()
    middle = [dice.pick(URGENT_PHRASES)] if timing < 0.22 else [dice.pick(DOUBTFUL_PHRASES)] if timing > 0.74 else []  # noqa: PLR2004  shares of leads
    opening, closing = dice.pick(trade.openings), dice.pick(trade.closings)
    details = dice.pick_several(trade.details, len(trade.details))
    wanted = MIN_WORDS + dice.share() * 45
    sentences = [trade.say(sentence, subject, dice) for sentence in (opening, *middle, closing)]
    for detail in details:
        if sum(len(sentence.split()) for sentence in sentences) >= wanted:
            break
        sentences.insert(-1, trade.say(detail, subject, dice))
    return " ".join(sentences)


def _location(dice: Dice) -> str:
    city = dice.pick(CITIES)
    form = dice.share()
    if form < 0.12:  # noqa: PLR2004  share of remote leads
        return dice.pick(("Remote", f"Remote ({city})"))
    if form < 0.22:  # noqa: PLR2004  share of hybrid leads up to here
        return f"{city} (hybrid)"
    return city if form < 0.95 else ""  # noqa: PLR2004  the rest does not say


def _email(position: int, dice: Dice) -> str:
    name = f"{dice.pick(_FIRST_NAMES)}.{dice.pick(_LAST_NAMES)}{position}"
    return f"{name}@{dice.pick(('company', 'office', 'mail', 'studio'))}.example"


def _attributes(trade: Trade, dice: Dice) -> dict[str, AttributeValue]:
    """Draw what was seen of the visitor; each is missing for some."""
    keen = dice.share()
    pages = 1 + int(dice.exponential(2.0 + 6.0 * keen))
    values: dict[str, tuple[float, AttributeValue]] = {
        "source": (0.97, dice.pick_weighted(_SOURCE_SHARES)),
        "device": (0.95, dice.pick(tuple(DEVICE_POINTS))),
        "pages_viewed": (0.9, float(min(pages, 60))),
        "minutes_on_site": (0.9, round(pages * dice.exponential(1.4), 1)),
        "returning": (0.95, dice.happens(0.15 + 0.35 * keen)),
        "budget_confirmed": (0.55, "yes" if dice.happens(0.45) else "no"),
        "company_size": (0.85 if trade.has_companies else 0.0, float(int(dice.log_uniform(2.0, 3_000.0)))),
        "newsletter": (0.9, dice.happens(0.3)),
    }
    return {name: value for name, (known, value) in values.items() if dice.happens(known)}
