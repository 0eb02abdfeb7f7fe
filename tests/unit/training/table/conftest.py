from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from training.table import LeadMapping, OutcomeRule


@pytest.fixture
def lead_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes, name: str = "leads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def mapping() -> LeadMapping:
    return LeadMapping(
        outcome=OutcomeRule(column="won"),
        fields={"lead_id": ("id",), "title": ("title",), "price": ("price",)},
    )


@pytest.fixture
def rows() -> Callable[..., str]:
    """Lines of a file that is fine: ``id,title,price,source,won``, every fourth lead converted."""

    def make(count: int = 100) -> str:
        lines = [f"L{i},title {i},{10 * i}.5,{'web' if i % 3 else 'fair'},{int(i % 4 == 0)}" for i in range(count)]
        return "\n".join(["id,title,price,source,won", *lines, ""])

    return make
