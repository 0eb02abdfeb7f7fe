"""Phrases that name a day or a stretch of days."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from core.conversation.entities import calendar_words
from core.conversation.entities.calendar_words import MONTHS, WEEKDAYS
from core.conversation.entities.numbers import COUNT, number_of

Days = tuple[date, date]
"""First and last day."""

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = "(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"[0-3]?[0-9](?:st|nd|rd|th)?\b(?![:.][0-9]|[0-9/])"
_YEAR = r"(?:,? ?(?P<{0}>(?:19|20)[0-9]{{2}})\b)"
_PART = r"(?:early|mid|middle of|late|(?:the )?(?:end|start|beginning) of)[ -](?:the )?"
_FORMS: Mapping[str, str] = {
    "iso": r"(?P<iso_y>(?:19|20)[0-9]{2})-(?P<iso_m>[01]?[0-9])-(?P<iso_d>[0-3]?[0-9])(?![0-9])",
    "slashed": r"(?P<sl_a>[0-3]?[0-9])[/.](?P<sl_b>[0-3]?[0-9])[/.](?P<sl_y>(?:19|20)?[0-9]{2})(?![0-9])"
    r"|(?P<sl_c>[0-3]?[0-9])/(?P<sl_e>[0-3]?[0-9])(?![0-9/])(?! ?%)",
    "month_day": rf"(?P<md_m>{_MONTH}) (?:the )?(?P<md_d>{_DAY}){_YEAR.format('md_y')}?",
    "day_month": rf"(?:the )?(?P<dm_d>{_DAY}) ?(?:of )?(?P<dm_m>{_MONTH}){_YEAR.format('dm_y')}?",
    "part_month": rf"(?P<pm_p>{_PART})?(?P<pm_w>(?:this|next|"
    rf"last) )?(?P<pm_m>{_MONTH}){_YEAR.format('pm_y')}?(?! [0-9])",
    "part_period": rf"(?P<pp_p>{_PART})(?P<pp_w>this |next |last )?(?P<pp_u>week|month|quarter|year)\b",
    "period": r"(?P<pe_w>this|next|last|previous|coming|current) (?P<pe_u>week|weekend|month|quarter|year)\b",
    "end_day": r"(?P<ed_u>eod|eow|eom|end of (?:the )?day|close of (?:business|play)|cob)\b|(?P<ed_w>(?:at |"
    r"over )?the weekend)\b",
    "near_day": r"(?P<nd>the day after tomorrow|day after tomorrow|tomorrow|tmrw|tmr|2moro|todays?|tonight|"
    r"this (?:morning|afternoon|evening)|yesterday|overnight)\b(?: (?:morning|afternoon|evening|night)\b)?",
    "weekday": rf"(?P<wd_w>this|next|last|coming)? ?\b(?P<wd_d>{_WEEKDAY})(?:s)?(?P<wd_a> in a week| week\b|"
    rf" next week\b| this week\b|"
    rf" after next\b)?(?:,? (?:the )?(?P<wd_n>[0-3]?[0-9](?:st|nd|rd|th))\b(?! of| {_MONTH}))?"
    r"(?: (?:morning|afternoon|evening|night)\b)?",
    "in_time": rf"(?:in|within|after|over the next|in the next) (?:the )?(?:next |about |around |approximately |"
    rf"another |up to |under )?"
    rf"(?P<it_n>an?(?: couple of| few)?|the next|half an|{COUNT}(?: ?(?:-|to|or) ?{COUNT})?) ?"
    r"(?P<it_u>minutes?|mins?|hours?|hrs?|(?:business |working |calendar )?days?|weeks?|wks?|fortnight|months?|"
    r"years?|yrs?)(?:'|\b)",
    "ago": rf"(?P<ag_n>an?(?: couple of| few)?|{COUNT}) (?P<ag_u>minutes?|mins?|hours?|days?|weeks?|months?|years?) "
    r"(?P<ag_s>ago|from (?:now|today)|earlier|later)\b",
    "day_only": r"\b(?:the|date:?) (?P<do_d>[0-3]?[0-9](?:st|nd|rd|th)\b|[0-3]?[0-9]$)(?: of (?P<do_w>this|next|"
    r"the) month)?",
}
PHRASES = re.compile(r"(?<![a-z0-9])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FORMS.items()) + ")")
HAS_ANY = re.compile(
    r"[0-9](?:st|nd|rd|th)\b|[0-9][-/.:][0-9]|[0-9]ish\b|day|tomorrow|tmr|tmw|2moro|tonight|week|month|"
    r"year|quarter|fortnight|"
    r"hour|hrs|min(?:ute)?s|morning|afternoon|evening|\b(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|"
    r"aug|sep|"
    r"oct|nov|dec|eod|eow|eom|cob|close of|noon|midnight|at|after|before|until|till|from|around)|[0-9] ?(?:am|pm|"
    r"a\.m|p\.m)\b|o'?clock|overnight| past |(?:quarter|half|five|ten|twenty) to "
)
"""Without a match there is no day in a text."""
_NEEDS_HELP = frozenset(
    {"may", "march", "mar", "sat", "sun", "mon", "wed", "dec", "sep", "oct", "jan", "fri", "second"}
)
_HELP = re.compile(r"\b(?:in|by|before|until|till|since|on|of|this|next|last|from|to|for|around|mid|and|every|or)[ -]$")
_IS_VERB = re.compile(r" (?:i|we|you|he|she|they|it|be|have|not|also|need|want|as)\b")
_PARTS_OF_HOUR = ("min", "hour", "hr")


def is_day(text: str, match: re.Match[str]) -> bool:
    """Return whether a match is a day: "may", "march" and "sat" are also other words, alone they need help."""
    name = form_of(match)
    if name == "part_month" and match["pm_m"] == "may" and _IS_VERB.match(text, match.end()):
        return False
    if name == "part_month" and not (match["pm_p"] or match["pm_w"] or match["pm_y"]):
        word = match["pm_m"].rstrip(".")
        return word not in _NEEDS_HELP or _HELP.search(text[max(0, match.start() - 10) : match.start()]) is not None
    if name == "weekday" and not (match["wd_w"] or match["wd_a"] or match["wd_n"]):
        word = match["wd_d"].rstrip(".")
        return word not in _NEEDS_HELP or _HELP.search(text[max(0, match.start() - 10) : match.start()]) is not None
    return True


def form_of(match: re.Match[str]) -> str:
    """Return which form of day phrase matched."""
    return next(name for name in _FORMS if match[name] is not None)


def days_of(match: re.Match[str], today: date) -> Days | None:
    """Return the days that a match means, said ``today``; None if there are none such."""
    return _READERS[form_of(match)](match, today)


def is_relative(match: re.Match[str]) -> bool:
    """Return whether the days depend on when it is said."""
    name = form_of(match)
    years = {"iso": "iso_y", "slashed": "sl_y", "month_day": "md_y", "day_month": "dm_y", "part_month": "pm_y"}
    return name not in years or not match[years[name]]


def is_short_wait(match: re.Match[str]) -> bool:
    """Return whether minutes or hours are counted, not days."""
    return form_of(match) == "in_time" and match["it_u"].startswith(_PARTS_OF_HOUR)


def _one(day: date | None) -> Days | None:
    return None if day is None else (day, day)


def _number(said: str) -> int:
    return int("".join(letter for letter in said if "0" <= letter <= "9"))


def _iso(match: re.Match[str], today: date) -> Days | None:
    del today
    return _one(calendar_words.day_of(int(match["iso_y"]), int(match["iso_m"]), int(match["iso_d"])))


def _slashed(match: re.Match[str], today: date) -> Days | None:
    """Month first as in the US, unless that is no month."""
    first, second = int(match["sl_a"] or match["sl_c"]), int(match["sl_b"] or match["sl_e"])
    month, day = (first, second) if first <= 12 else (second, first)  # noqa: PLR2004 - months of a year
    if not match["sl_y"]:
        return _one(calendar_words.next_year_day(today, month, day))
    year = int(match["sl_y"])
    return _one(calendar_words.day_of(year + 2000 if year < 100 else year, month, day))  # noqa: PLR2004 - two digits


def _with_month(match: re.Match[str], today: date, prefix: str) -> Days | None:
    month = MONTHS[match[f"{prefix}_m"].rstrip(".")]
    day, year = _number(match[f"{prefix}_d"]), match[f"{prefix}_y"]
    if year:
        return _one(calendar_words.day_of(int(year), month, day))
    return _one(calendar_words.next_year_day(today, month, day))


def _month_day(match: re.Match[str], today: date) -> Days | None:
    return _with_month(match, today, "md")


def _day_month(match: re.Match[str], today: date) -> Days | None:
    return _with_month(match, today, "dm")


def _part(said: str | None) -> str:
    return next((part for part in ("early", "mid", "late", "end", "start", "beginning") if part in (said or "")), "")


def _part_month(match: re.Match[str], today: date) -> Days | None:
    month = MONTHS[match["pm_m"].rstrip(".")]
    this = today.replace(day=1)
    if match["pm_y"]:
        first = calendar_words.day_of(int(match["pm_y"]), month, 1)
    elif (match["pm_w"] or "").startswith("last"):
        first = calendar_words.day_of(this.year - (month >= this.month), month, 1)
    else:
        first = calendar_words.next_year_day(this, month, 1)
    return None if first is None else calendar_words.part_of_month(first, _part(match["pm_p"]))


def _part_period(match: re.Match[str], today: date) -> Days | None:
    days = calendar_words.period_from(today, match["pp_u"], (match["pp_w"] or "").strip())
    part = _part(match["pp_p"])
    if days is None or match["pp_u"] == "month":
        return None if days is None else calendar_words.part_of_month(days[0], part)
    return (days[1], days[1]) if part in {"end", "late"} else (days[0], days[0]) if part in {"start", "early"} else days


def _period(match: re.Match[str], today: date) -> Days | None:
    which = "next" if match["pe_w"] == "coming" and match["pe_u"] != "weekend" else match["pe_w"]
    return calendar_words.period_from(today, match["pe_u"], which)


def _end_day(match: re.Match[str], today: date) -> Days | None:
    unit = match["ed_u"] or ""
    if match["ed_w"]:
        return calendar_words.period_from(today, "weekend", "this")
    if unit == "eow":
        return _one(calendar_words.weekday_from(today, WEEKDAYS["friday"], "this"))
    return _one(calendar_words.part_of_month(today.replace(day=1), "end")[0] if unit == "eom" else today)


def _near_day(match: re.Match[str], today: date) -> Days | None:
    said = match["nd"]
    ahead = (
        2
        if "after" in said
        else 1
        if said in {"tomorrow", "tmrw", "tmr", "2moro"}
        else -1
        if said == "yesterday"
        else 0
    )
    return _one(calendar_words.moved(today, 0 if said == "this afternoon" else ahead))


def _weekday(match: re.Match[str], today: date) -> Days | None:
    number = match["wd_n"]
    if number:
        return _one(calendar_words.next_month_day(today, _number(number)))
    weekday = WEEKDAYS[match["wd_d"].rstrip(".")]
    after = (match["wd_a"] or "").strip()
    which = (
        "next"
        if after == "next week"
        else "this"
        if after == "this week"
        else ""
        if match["wd_w"] == "coming"
        else match["wd_w"] or ""
    )
    day = calendar_words.weekday_from(today, weekday, which)
    return _one(
        calendar_words.moved(day, 7) if day is not None and after not in {"", "next week", "this week"} else day
    )


def _counted(said: str, unit: str, today: date, *, sign: int = 1) -> date | None:
    count = (
        number_of(
            said.rsplit("-", maxsplit=1)[-1].rsplit(" to ", maxsplit=1)[-1].rsplit(" or ", maxsplit=1)[-1].strip()
        )
        or 1.0
    )
    if unit.startswith(_PARTS_OF_HOUR):
        return today
    if unit.startswith("month"):
        return calendar_words.months_later(today, sign * round(count))
    if unit.startswith("y"):
        return calendar_words.months_later(today, sign * round(12 * count))
    days = {"w": 7, "f": 14}.get(unit[0], 1) if not unit.startswith("working") else 1
    return calendar_words.moved(today, sign * round(days * count))


def _in_time(match: re.Match[str], today: date) -> Days | None:
    return _one(_counted(match["it_n"], match["it_u"], today))


def _ago(match: re.Match[str], today: date) -> Days | None:
    sign = -1 if match["ag_s"] in {"ago", "earlier"} else 1
    return _one(_counted(match["ag_n"], match["ag_u"], today, sign=sign))


def _day_only(match: re.Match[str], today: date) -> Days | None:
    if match["do_w"] == "next":
        first = calendar_words.months_later(today.replace(day=1), 1)
        return None if first is None else _one(calendar_words.day_of(first.year, first.month, _number(match["do_d"])))
    return _one(calendar_words.next_month_day(today, _number(match["do_d"])))


_READERS: Mapping[str, Callable[[re.Match[str], date], Days | None]] = {
    "iso": _iso,
    "slashed": _slashed,
    "month_day": _month_day,
    "day_month": _day_month,
    "part_month": _part_month,
    "part_period": _part_period,
    "period": _period,
    "end_day": _end_day,
    "near_day": _near_day,
    "weekday": _weekday,
    "in_time": _in_time,
    "ago": _ago,
    "day_only": _day_only,
}


def count_of(match: re.Match[str]) -> float:
    """Return how many minutes or hours "in two hours" counts."""
    said = match["it_n"]
    return 0.5 if said.startswith("half") else number_of(said.split("-")[-1].split(" to ")[-1].strip()) or 1.0
