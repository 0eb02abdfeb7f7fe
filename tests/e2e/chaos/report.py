"""What a scenario found: figures, and whether they are what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

HEADER = ("check", "bar", "figure", "verdict")
MET, MISSED = "met", "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise and what became of it."""

    what: str
    bar: str
    figure: str
    held: bool
    timing: bool = False
    """Depends on how busy the machine is: the short form tells it, and does not fail for it."""

    @property
    def cells(self) -> list[str]:
        return [self.what, self.bar, self.figure, MET if self.held else MISSED]


@dataclass(slots=True)
class Report:
    """Everything one scenario has to say."""

    name: str
    title: str
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def check(self, what: str, *, bar: str, figure: str, held: bool, timing: bool = False) -> None:
        """Add a check."""
        self.checks.append(Check(what=what, bar=bar, figure=figure, held=held, timing=timing))

    def none(self, what: str, count: int, *, of: str = "") -> None:
        """Add a check that something never happened."""
        self.check(what, bar="0", figure=f"{count:,}{f' of {of}' if of else ''}", held=count == 0)

    def note(self, sentence: str) -> None:
        """Add what a reader must know to read the figures."""
        self.notes.append(sentence)

    def missed(self, *, timing: bool = True) -> Sequence[Check]:
        """Return the checks that did not hold, without those that depend on the machine unless they are asked for."""
        return [check for check in self.checks if not check.held and (timing or not check.timing)]
