"""Counts that are hard to judge: of a treatment x1 of n1 and of a control x0 of n0 converted. Inputs only."""

from __future__ import annotations

from typing import NamedTuple

BILLION = 10**9


class Counts(NamedTuple):
    x1: int
    n1: int
    x0: int
    n0: int

    @property
    def swapped(self) -> Counts:
        return Counts(self.x0, self.n0, self.x1, self.n1)

    @property
    def complement(self) -> Counts:
        """Of those who did not convert."""
        return Counts(self.n1 - self.x1, self.n1, self.n0 - self.x0, self.n0)


HARD_CASES = {
    # Newcombe 1998, table II.
    "newcombe a": Counts(56, 70, 48, 80),
    "newcombe b": Counts(9, 10, 3, 10),
    "newcombe c": Counts(6, 7, 2, 7),
    "newcombe d": Counts(5, 56, 0, 29),
    "newcombe e": Counts(0, 10, 0, 20),
    "newcombe f": Counts(0, 10, 0, 10),
    "newcombe g": Counts(10, 10, 0, 20),
    "newcombe h": Counts(10, 10, 0, 10),
    # Everyday ones.
    "even arms": Counts(100, 1_000, 120, 1_000),
    "no difference": Counts(5, 10, 5, 10),
    "equal shares of unequal arms": Counts(50, 500, 5, 50),
    "nearly significant": Counts(100, 1_000, 128, 1_000),
    "barely significant": Counts(130, 1_000, 100, 1_000),
    "prime numbers": Counts(97, 1_009, 131, 1_013),
    "half": Counts(500, 1_000, 501, 1_001),
    "thirds": Counts(1, 3, 2, 3),
    # None and all.
    "none of many": Counts(0, 100, 0, 100),
    "all of many": Counts(100, 100, 100, 100),
    "all against none": Counts(100, 100, 0, 100),
    "none against one": Counts(0, 100, 1, 100),
    "all against all but one": Counts(100, 100, 99, 100),
    "none against three": Counts(0, 100, 3, 100),
    "none against all of unequal arms": Counts(0, 7, 300, 300),
    "none against half": Counts(0, 1_000, 500, 1_000),
    # Hardly any units.
    "one unit each, both converted": Counts(1, 1, 1, 1),
    "one unit each, neither converted": Counts(0, 1, 0, 1),
    "one unit each, one converted": Counts(1, 1, 0, 1),
    "one unit against many": Counts(1, 1, 50, 100),
    "one unit against a billion": Counts(0, 1, BILLION // 2, BILLION),
    "two against one": Counts(1, 2, 0, 1),
    "three against two": Counts(3, 3, 1, 2),
    # Unequal splits.
    "99 to 1": Counts(990, 9_900, 12, 100),
    "1 to 99": Counts(1, 100, 990, 9_900),
    "99 to 1, none in the small arm": Counts(990, 9_900, 0, 100),
    "99 to 1, all in the small arm": Counts(9_000, 9_900, 100, 100),
    "999 to 1": Counts(30_000, 999_000, 41, 1_000),
    "a million to ten": Counts(100_000, 1_000_000, 3, 10),
    "a billion to ten": Counts(BILLION // 3, BILLION, 5, 10),
    # Rare and frequent.
    "one in a million": Counts(1, 1_000_000, 3, 1_000_000),
    "ten in ten million": Counts(10, 10_000_000, 31, 10_000_000),
    "all but one in a million": Counts(999_999, 1_000_000, 999_995, 1_000_000),
    "rare, unequal": Counts(7, 100_000, 1, 90_000),
    "frequent, unequal": Counts(9_999, 10_000, 499, 501),
    # A billion.
    "all of a billion": Counts(BILLION, BILLION, BILLION, BILLION),
    "none of a billion": Counts(0, BILLION, 0, BILLION),
    "one of a billion": Counts(1, BILLION, 0, BILLION),
    "all but one of a billion": Counts(BILLION - 1, BILLION, BILLION, BILLION),
    "all against none of a billion": Counts(BILLION, BILLION, 0, BILLION),
    "half of a billion": Counts(BILLION // 2, BILLION, BILLION // 2 + 70_000, BILLION),
    "one apart in a billion": Counts(BILLION // 2, BILLION, BILLION // 2 + 1, BILLION),
    "two of a billion and one": Counts(2, BILLION + 1, 11, BILLION),
    # Far out in the tail.
    "z of 10": Counts(1_000, 10_000, 1_470, 10_000),
    "z of 30": Counts(2_500, 10_000, 4_600, 10_000),
    "z of 36": Counts(4_000, 20_000, 7_200, 20_000),
    "beyond the smallest number": Counts(1_000, 100_000, 99_000, 100_000),
}
