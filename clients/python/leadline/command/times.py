"""Moments as people type them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

import click


class _Moment(click.ParamType[datetime]):
    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            parsed = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("must be ISO 8601, for example 2026-03-01T12:00:00Z", param, ctx)
        return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


MOMENT: Final = _Moment()
"""ISO 8601; without an offset it is UTC."""


class _Seconds(click.FloatRange):
    name = "SECONDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail("must be a number", param, ctx)
        return number


SECONDS: Final = _Seconds(0, 366.0 * 24 * 3600)
"""A length of time. The server knows the limit of each field."""


class _Days(_Seconds):
    name = "DAYS"


DAYS: Final = _Days(0, 3650.0, min_open=True)
"""A length of time in days, above 0."""
