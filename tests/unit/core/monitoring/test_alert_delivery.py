from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import InvalidInput
from core.monitoring.alert import Alert, AlertCause, AlertMoment, AlertSeverity, Trouble
from core.monitoring.alert_delivery import (
    LONGEST_REST,
    MOST_ATTEMPTS,
    AlertDelivery,
    DeliveryFailed,
    delivery_id,
    message,
    rest_after,
)
from core.monitoring.alert_store import Delivery
from core.monitoring.webhook_settings import read_webhooks
from tests.parts.clock import SetClock

NOW = SetClock().now
ALERT = Alert(
    alert_id="alert-1",
    kind="lead_score",
    version="v1",
    trouble=Trouble(
        cause=AlertCause.FEATURE_DRIFT,
        severity=AlertSeverity.WARNING,
        message="Something moved.",
        features=tuple(f"f{number}" for number in range(150)),
        direction="up",
        evidence={"psi": "0.3"},
        suggestion="Look.",
    ),
    open_time=NOW,
    update_time=NOW,
)
DELIVERY = Delivery(tenant="t", alert=ALERT, moment=AlertMoment.OPENED, target="ops", attempts=0)


class Sender:
    def __init__(self, *failures):
        self.failures, self.sent = list(failures), []

    def send(self, target, delivery_id, event, body):
        self.sent.append((target, delivery_id, event, body))
        if self.failures:
            raise self.failures.pop(0)


class Queue:
    """One delivery that is due."""

    def __init__(self, delivery):
        self.due, self.notes = [delivery], []

    def claim(self, now, until, limit):
        assert until > now
        taken, self.due = self.due, []
        return taken

    def delivered(self, delivery, now):
        self.notes.append(("delivered", now))

    def failed(self, delivery, problem, next_time):
        self.notes.append(("failed", problem, next_time))


def test_what_arrives_is_noted():
    queue, sender = Queue(DELIVERY), Sender()
    assert AlertDelivery(queue, sender, lambda: NOW).deliver_due() == 1
    assert queue.notes == [("delivered", NOW)]
    target, named, event, body = sender.sent[0]
    assert (target, named, event) == ("ops", delivery_id(DELIVERY), "alert.opened")
    told = json.loads(body)
    assert told["delivery_id"] == named
    assert told["alert"]["cause"] == "FEATURE_DRIFT"
    assert (len(told["alert"]["features"]), told["alert"]["feature_count"]) == (100, 150)
    assert told["alert"]["open_time"].endswith("Z")


@pytest.mark.parametrize(
    ("attempts", "failure", "next_time"),
    [
        (0, DeliveryFailed("no"), NOW + timedelta(seconds=30)),
        (3, DeliveryFailed("no"), NOW + timedelta(seconds=240)),
        (MOST_ATTEMPTS - 1, DeliveryFailed("no"), None),
        (0, DeliveryFailed("never", is_final=True), None),
    ],
)
def test_what_fails_is_tried_again_with_patience(attempts, failure, next_time):
    queue, told = Queue(replace(DELIVERY, attempts=attempts)), []
    delivery = AlertDelivery(queue, Sender(failure), lambda: NOW, lambda *what: told.append(what))
    assert delivery.deliver_due() == 0
    assert queue.notes == [("failed", failure.message, next_time)]
    assert told == [("ops", failure.message)]


def test_rests_grow_and_end_at_an_hour():
    rests = [rest_after(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST


def test_every_try_is_the_same_message_and_every_delivery_has_an_id_of_its_own():
    assert message(DELIVERY) == message(replace(DELIVERY, attempts=3))
    others = [
        replace(DELIVERY, tenant="u"),
        replace(DELIVERY, target="other"),
        replace(DELIVERY, moment=AlertMoment.RECOVERED),
        replace(DELIVERY, alert=replace(ALERT, alert_id="alert-2")),
    ]
    assert len({delivery_id(one) for one in [DELIVERY, *others]}) == 5


SECRET = "s" * 32
GOOD = {
    "LEADLINE_ALERT_WEBHOOKS": "ops=https://hooks.example.com/a?b=c, crm=https://crm.example.com:8443/x",
    "LEADLINE_ALERT_WEBHOOK_HOSTS": "hooks.example.com,CRM.example.com",
    "LEADLINE_ALERT_WEBHOOK_SECRET": SECRET,
}


def test_settings_are_read():
    assert read_webhooks({}).targets == {}
    found = read_webhooks(GOOD)
    assert dict(found.targets) == {
        "ops": "https://hooks.example.com/a?b=c",
        "crm": "https://crm.example.com:8443/x",
    }
    assert SECRET not in repr(found)
    assert "hooks.example.com/a" not in repr(found)
    local = {"LEADLINE_ALERT_WEBHOOKS": "me=http://127.0.0.1:9/x", "LEADLINE_ALERT_WEBHOOK_LOOPBACK": "true"}
    assert read_webhooks(GOOD | local).allow_loopback


@pytest.mark.parametrize(
    "change",
    [
        {"LEADLINE_ALERT_WEBHOOKS": "ops=http://hooks.example.com/"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://other.example.com/"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://user:secret@hooks.example.com/"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://hooks.example.com/#x"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://hooks.example.com:99999/"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://hooks.example.com\\@other/"},
        {"LEADLINE_ALERT_WEBHOOKS": "https://hooks.example.com/"},
        {"LEADLINE_ALERT_WEBHOOKS": "a b=https://hooks.example.com/"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://hooks.example.com/,ops=https://hooks.example.com/2"},
        {"LEADLINE_ALERT_WEBHOOKS": "ops=https://127.0.0.1/", "LEADLINE_ALERT_WEBHOOK_HOSTS": "127.0.0.1"},
        {"LEADLINE_ALERT_WEBHOOKS": ",".join(f"n{n}=https://hooks.example.com/" for n in range(21))},
        {"LEADLINE_ALERT_WEBHOOK_SECRET": "short"},
        {"LEADLINE_ALERT_WEBHOOK_LOOPBACK": "perhaps"},
        {"LEADLINE_ALERT_WEBHOOK_LOOPBACK": "true", "LEADLINE_MODE": "production"},
    ],
)
def test_wrong_settings_are_refused_without_telling_what_they_hold(change):
    with pytest.raises(InvalidInput) as refused:
        read_webhooks(GOOD | change)
    text = str(refused.value)
    assert all(violation.field in GOOD | change for violation in refused.value.violations)
    assert "example.com" not in text
    assert "secret@" not in text
