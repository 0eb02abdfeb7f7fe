"""Features: ways to reach the lead, given as fields or found in its text."""

from __future__ import annotations

import re

from core.features.declaration import Feature, FeatureGroup, Row
from core.features.view import LeadView

_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}\.\w")
_PHONE = re.compile(r"\+?\d[\d ().\-]{6,18}\d")
_MIN_PHONE_DIGITS = 7
FREE_MAIL_DOMAINS = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "hotmail.com",
        "outlook.com",
        "live.com",
        "icloud.com",
        "me.com",
        "aol.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "mail.com",
        "proton.me",
        "protonmail.com",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
    ]
)


class Contacts:
    """Flags 0/1: an e-mail, telephone or web address in the text; e-mail and telephone fields; a business e-mail."""

    features = (
        Feature(name="text.has_email", group=FeatureGroup.TEXT, reason="E-mail in the text", unit="flag", default=0.0),
        Feature(
            name="text.has_phone", group=FeatureGroup.TEXT, reason="Telephone in the text", unit="flag", default=0.0
        ),
        Feature(
            name="text.has_url", group=FeatureGroup.TEXT, reason="Web address in the text", unit="flag", default=0.0
        ),
        Feature(name="email.given", group=FeatureGroup.TEXT, reason="E-mail given", unit="flag", default=0.0),
        Feature(name="email.business", group=FeatureGroup.TEXT, reason="Business e-mail", unit="flag", default=0.0),
        Feature(name="phone.given", group=FeatureGroup.TEXT, reason="Telephone given", unit="flag", default=0.0),
    )

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        for facts in (view.title, view.description):
            lowered = facts.lowered
            if "@" in lowered and _EMAIL.search(lowered):
                row[start] = 1.0
            if facts.digit_count >= _MIN_PHONE_DIGITS and _PHONE.search(lowered):
                row[start + 1] = 1.0
            if "://" in lowered or "www." in lowered:
                row[start + 2] = 1.0
        lead = view.lead
        if lead.email:
            row[start + 3] = 1.0
            row[start + 4] = is_business_email(lead.email)
        if lead.phone:
            row[start + 5] = 1.0


def is_business_email(email: str) -> bool:
    """Return whether an address is well formed and not at one of the free mail services."""
    name, at, domain = email.rpartition("@")
    return bool(name and at and "." in domain) and domain.lower() not in FREE_MAIL_DOMAINS
