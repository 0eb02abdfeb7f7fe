from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.privacy.numbers import is_luhn
from core.privacy.redacted import PrivateKind
from core.privacy.redaction import redact


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ann.lee+home@mail.example.co.uk please", "Write to [EMAIL] please"),
        ("call 555 0100 or +44 (0)20 7946 0958 x12", "call [PHONE] or [PHONE]"),
        ("my card is 4111 1111 1111 1111 ok", "my card is [CARD] ok"),
        ("IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [ACCOUNT]."),
        ("SSN 123-45-6789", "SSN [PERSONAL_NUMBER]"),
        ("from 192.168.10.4 and 2001:db8::8a2e:370:7334", "from [NETWORK_ADDRESS] and [NETWORK_ADDRESS]"),
        ("see https://example.org/a?b=c or www.example.org", "see [LINK] or [LINK]"),
        ("I live at 12 Old Mill Road, come by", "I live at [ADDRESS], come by"),
        ("send it to PO Box 77", "send it to [ADDRESS]"),
        ("Hauptstraße 5 is fine", "[ADDRESS] is fine"),
        ("the post code is SW1A 1AA", "the post code is [ADDRESS]"),
        ("Hi Marta, this is Jonas Weller", "Hi [NAME], this is [NAME]"),
        ("my name is sam okoro", "my name is [NAME]"),
        ("ask Dr. Farrow", "ask Dr. [NAME]"),
        ("Regards,\nJoão", "Regards,\n[NAME]"),
    ],
)
def test_what_is_private_is_masked(text, masked):
    assert redact(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "Is the two-bedroom flat still available on Friday?",
        "Our budget is 450000, at most $1,250,000",
        "We can pay 1250000 dollars by 2026-03-01 or 01.04.2026",
        "I'm Interested in Boston and New York",
        "Between 2019 - 2024 we rented",
        "Hello There, Good Morning",
        "3br/2ba, 1200 sq ft, 12 months",
        "🙂🙂 שלום مرحبا 你好",
        "",
    ],
)
def test_what_a_lead_needs_stays_readable(text):
    found = redact(text)
    assert (found.text, found.spans) == (text, ())


def test_spans_say_what_and_where_in_the_original():
    text = "🙂 ann@example.org and Dr Farrow"
    spans = redact(text).spans
    assert [(one.kind, text[one.start : one.end]) for one in spans] == [
        (PrivateKind.EMAIL, "ann@example.org"),
        (PrivateKind.NAME, "Farrow"),
    ]


PIECES = st.sampled_from(
    [
        "Ann Lee",
        "Hi ",
        "my name is ",
        "12 Elm Road",
        " ",
        "\n",
        ", ",
        "a@b.io",
        "+1 555 010 0199",
        "x",
        "Suite 4",
        "🙂",
        ":",
    ]
)


@given(st.lists(PIECES | st.text(max_size=6), max_size=12).map("".join))
def test_spans_are_in_order_apart_and_inside_and_only_they_are_replaced(text):
    found = redact(text)
    position, rest, shown = 0, [], []
    for span in found.spans:
        assert position <= span.start < span.end <= len(text)
        rest += [text[position : span.start]]
        shown += [text[position : span.start], f"[{span.kind.upper()}]"]
        position = span.end
    assert found.text == "".join([*shown, text[position:]])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_masks_are_not_masked_again(text):
    once = redact(text).text
    assert [
        redact(once).text[span.start : span.end] for span in redact(once).spans if "[" in once[span.start : span.end]
    ] == []


@pytest.mark.parametrize(("digits", "is_right"), [("79927398713", True), ("79927398710", False), ("0", True)])
def test_the_check_digit_of_cards(digits, is_right):
    assert is_luhn(digits) is is_right


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "a@", "A ", "Aa ", ":", "1:", "1-", "Suite 1 ", "rue a ", "www.", "A\n", "Dr. "]
)
def test_long_texts_of_one_unit_are_read_to_the_end(unit):
    """Nothing here may take time that grows faster than the text; the speed itself is a benchmark's."""
    text = (unit * 10_000)[:10_000]
    spans = redact(text).spans
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
