"""How leads are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from leadline.analysis import Momentum
from leadline.score import Interval, ScoreWarning


class LeadLevel(Enum):
    """How far a lead has come, lowest first."""

    COLD_LEAD = "cold_lead"
    """First contact, little done."""
    WARMING_UP = "warming_up"
    """Shows interest, gathers facts."""
    ENGAGED = "engaged"
    """Talks and asks."""
    HIGHLY_QUALIFIED = "highly_qualified"
    """Wants to buy and meets what it takes."""
    READY_TO_CLOSE = "ready_to_close"
    """Wants to buy now."""
    HOT_OPPORTUNITY = "hot_opportunity"
    """Everything fits at this moment."""
    UNKNOWN = "unknown"
    """Something newer than this client."""


class QualificationCriterion(Enum):
    """The four questions of qualification."""

    BUDGET = "budget"
    """Can it pay?"""
    AUTHORITY = "authority"
    """Does it decide?"""
    NEED = "need"
    """Does it want this?"""
    TIMELINE = "timeline"
    """When?"""
    UNKNOWN = "unknown"
    """Something newer than this client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationPart:
    """What is known of one question."""

    criterion: QualificationCriterion
    score: float | None
    """0 (against it) to 1 (met); 0.5 speaks neither way. None where nothing is known."""
    text: str
    """In words, for example: Budget up to 450,000 USD, means approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """How qualified a lead is."""

    score: float
    """0 to 1 over the four questions; what is missing counts 0."""
    parts: tuple[QualificationPart, ...]
    missing: tuple[QualificationCriterion, ...]
    """What to ask for, the most useful first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReason:
    """What adds to or takes from the health."""

    text: str
    """In words."""
    points: float
    """Signed points of the 0-100 health."""
    component: str
    """Part of the health: conversion, engagement, qualification, momentum, sentiment or objections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A change of level."""

    from_level: LeadLevel
    to_level: LeadLevel
    change_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHealth:
    """How a lead is, and why: ``base_points + sum of points = health_score``."""

    lead_id: str
    health_score: float
    """0 to 100."""
    base_points: float
    """What a lead has of which nothing is known."""
    reasons: tuple[HealthReason, ...]
    """Largest absolute points first."""
    level: LeadLevel
    """Changes only when the health is clearly beyond a bound."""
    level_time: datetime | None
    """Since when."""
    level_changes: tuple[LevelChange, ...]
    """Newest first, at most 10."""
    momentum: Momentum
    engagement_score: float
    """How much the lead does, 0 to 100."""
    qualification: Qualification
    conversion_probability: float | None
    """From what scores leads now; None where the lead has no record."""
    conversion_interval: Interval | None
    model_version: str
    """Version that said so; empty where no model did."""
    cold_risk: float
    """Probability that it goes cold, 0 to 1."""
    trend_points_per_week: float | None
    """By how much the health moved over the last 14 days; None with less than two days of readings."""
    confidence: float
    """How much there is to go by, 0 to 1."""
    conversation_count: int
    """Conversations that were taken in."""
    assess_time: datetime | None
    warnings: tuple[ScoreWarning, ...]
