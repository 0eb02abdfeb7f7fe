"""What the server itself counted, over all of its processes, those that are gone included."""

from __future__ import annotations

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

_CALLS = "leadline_server_calls_total"


def answered_calls(metrics_port: int, method: str) -> int:
    """Return how many calls of a method, for example ``ScoringService/Score``, ended with an answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as page:
        text = page.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    wanted = {"method": method, "code": "OK"}
    return round(
        sum(
            sample.value
            for sample in samples
            if sample.name == _CALLS and all(sample.labels.get(key) == value for key, value in wanted.items())
        )
    )
