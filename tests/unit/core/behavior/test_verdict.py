from __future__ import annotations

from core.behavior.event_log import EventStatus
from core.behavior.verdict import Verdict, results_of
from core.errors import AlreadyExists, InvalidInput, NotFound
from tests.parts.events import event


def test_every_verdict_has_its_answer():
    unreadable = InvalidInput.of("events[3].kind", "must be one")
    sent = {verdict: event(f"e-{verdict.value}", "lead") for verdict in Verdict} | {Verdict.UNREADABLE: unreadable}
    results = dict(zip(sent, results_of(list(sent), list(sent.values())), strict=True))
    kept = {Verdict.RECORDED, Verdict.CLOCK_ADJUSTED, Verdict.DUPLICATE}
    assert [results[one].status for one in sent if one in kept] == [
        *(EventStatus.RECORDED, EventStatus.CLOCK_ADJUSTED, EventStatus.DUPLICATE)
    ]
    assert all(results[one].error is None for one in kept)
    errors = {one: results[one].error for one in sent if one not in kept}
    assert all(results[one].status is EventStatus.REFUSED for one in errors)
    assert errors[Verdict.UNREADABLE] is unreadable
    assert errors[Verdict.TOO_FAR_AHEAD].violations[0].field == "events[4].occurred_time"
    assert errors[Verdict.TOO_OLD].violations[0].field == "events[5].occurred_time"
    assert isinstance(errors[Verdict.OTHER_BODY], AlreadyExists)
    assert isinstance(errors[Verdict.NO_SUCH_LEAD], NotFound)


def test_the_letters_stay():
    assert {one.name: one.value for one in Verdict} == {
        "RECORDED": "r",
        "CLOCK_ADJUSTED": "a",
        "DUPLICATE": "d",
        "UNREADABLE": "u",
        "TOO_FAR_AHEAD": "f",
        "TOO_OLD": "o",
        "OTHER_BODY": "b",
        "NO_SUCH_LEAD": "n",
    }
