"""Masking of public synthetic texts: what the page says must go on to hold."""

from __future__ import annotations

import pytest

from core.privacy.redaction import redact
from tests.benchmarks.conversation.pii import FILE, PRIVATE, measure, read

ALWAYS = ("PHONE_NUMBER", "CREDIT_CARD", "EMAIL_ADDRESS", "DOMAIN_NAME", "IP_ADDRESS", "US_SSN")


@pytest.mark.data
def test_what_can_be_told_by_its_form_is_always_masked_and_most_of_the_rest():
    if not FILE.is_file():
        pytest.skip(f"no public data set {FILE.parent.name}")
    counts = measure(read(FILE), lambda text: [(one.start, one.end) for one in redact(text).spans])
    assert {kind: counts.found[kind] for kind in ALWAYS} == {kind: counts.total[kind] for kind in ALWAYS}
    assert counts.recall > 0.7
    assert counts.other_masked / counts.other < 0.02
    assert set(PRIVATE) <= set(counts.total)
