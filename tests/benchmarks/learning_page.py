"""Writes the measured sections of docs/learning.md, and of other pages that have such sections."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "learning.md"


def write_section(name: str, markdown: str, page: Path = PAGE) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->``.

    Raises:
        ValueError: If the page has no such section.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        message = f"{page.name} has no section {name!r}"
        raise ValueError(message)
    page.write_text(f"{before}{begin}\n{markdown.strip()}\n{end}{after}", encoding="utf-8")
