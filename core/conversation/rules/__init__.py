"""Rules that stand in for the heads: families of words with negation, hedging and stress."""

from __future__ import annotations

from core.conversation.rules.heads import RULE_HEADS
from core.conversation.rules.reading import RuleHead, RuleReading

__all__ = ["RULE_HEADS", "RuleHead", "RuleReading"]
