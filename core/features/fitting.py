"""Learns the families from training leads, and makes training rows as of each lead's moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from core.features.attributes import Attributes
from core.features.behavior import Behavior, BehaviorValues, learn_behavior
from core.features.categorical import learn_levels, level_text
from core.features.category import Category
from core.features.families import Families
from core.features.feature_set import FeatureSet, Matrix
from core.features.history import History, OutcomeTable
from core.features.keywords import KeywordFamilies
from core.features.location import MIN_LEADS_PER_MARKET, Location
from core.features.places import category_levels, location_key
from core.features.streams.declaration import StreamPlan
from core.features.temporal import PostingTime
from core.features.tfidf import TermWeights, learn_idf
from core.lead import Lead

HISTORY_FOLDS = 10
_FOLD_SEED = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOptions:
    """What can be chosen about the features."""

    keywords: Mapping[str, Sequence[str]]
    title_terms: int = 100
    description_terms: int = 200
    time_zone: str = "UTC"
    numeric_attributes: Sequence[str] = ()
    categorical_attributes: Sequence[str] = ()
    behavior: StreamPlan | None = None
    """The plan that the behaviour of training leads was computed by; None: behaviour is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledLeads:
    """Training leads in order of time: of their moments, or of when their labels became known."""

    leads: Sequence[Lead]
    outcomes: Sequence[bool]
    moments: Sequence[datetime | None]
    """When each lead was to be judged; None where the data has no clock: then the order of the rows counts."""
    outcome_times: Sequence[datetime | None]
    """When each outcome became known; None: right after the lead was judged."""
    in_time_order: bool = True
    """Whether the order of the rows is the order of time. If it is not, "before" means nothing."""
    targets: Sequence[float] | None = None
    """What the trees learn, each in [0, 1]; None: the outcomes."""
    weights: Sequence[float] | None = None
    """How much each row counts, >= 0; None: all the same."""
    judged: Sequence[bool] | None = None
    """Whose outcome is known for sure. Success rates, calibration and every figure rest on these; None: all."""
    behavior: Sequence[BehaviorValues | None] | None = None
    """Features of what each lead did, as of its moment: from events recorded before it. None of a lead: not known; None
    for all: the data holds no events."""

    def first(self, count: int) -> LabelledLeads:
        """Return the oldest ``count`` leads."""
        return LabelledLeads(
            leads=self.leads[:count],
            outcomes=self.outcomes[:count],
            moments=self.moments[:count],
            outcome_times=self.outcome_times[:count],
            in_time_order=self.in_time_order,
            targets=None if self.targets is None else self.targets[:count],
            weights=None if self.weights is None else self.weights[:count],
            judged=None if self.judged is None else self.judged[:count],
            behavior=None if self.behavior is None else self.behavior[:count],
        )

    def is_judged(self, position: int) -> bool:
        """Return whether the outcome of the lead at a position is known for sure."""
        return self.judged is None or self.judged[position]


def learn_families(training: LabelledLeads, options: FeatureOptions) -> Families:
    """Fit every family on ``training``; the outcome table holds all outcomes that are known for sure."""
    leads = training.leads
    categories = [category_levels(lead.category) for lead in leads]
    markets = Counter(location_key(lead.location_name) for lead in leads if lead.location_name)
    table = _outcome_table(training)
    return Families(
        keywords=KeywordFamilies(options.keywords),
        title_terms=TermWeights("title", learn_idf((lead.title for lead in leads), max_terms=options.title_terms)),
        description_terms=TermWeights(
            "description", learn_idf((lead.description for lead in leads), max_terms=options.description_terms)
        ),
        posting_time=PostingTime(options.time_zone),
        location=Location({k: n for k, n in sorted(markets.items()) if n >= MIN_LEADS_PER_MARKET}, len(leads)),
        category=Category(
            learn_levels(group for group, _ in categories), learn_levels(whole for _, whole in categories)
        ),
        history=History(OutcomeTable(table.cells())),
        attributes=Attributes(
            options.numeric_attributes,
            {
                name: learn_levels(level_text(lead.attributes.get(name)) for lead in leads)
                for name in options.categorical_attributes
            },
        ),
        behavior=_learned_behavior(training, options),
    )


def _learned_behavior(training: LabelledLeads, options: FeatureOptions) -> Behavior:
    if training.behavior is None or options.behavior is None:
        return Behavior()
    return Behavior(learn_behavior(options.behavior, training.behavior))


def training_rows(training: LabelledLeads, families: Families) -> tuple[FeatureSet, Matrix]:
    """Return the version's feature set and the training matrix, each row as of its lead's moment.

    A row sees the outcomes that were known strictly before its moment, never its own. Where the data has no time, a row
    sees the outcomes of the nine tenths of the leads it does not belong to. Features that do not vary in training are
    left out of the set: nothing can be learned from them, and a later change in them (the age of leads that were all
    judged the moment they came, say) must not move a score.
    """
    rows_of = _rows_as_of if training.in_time_order else _rows_across_folds
    everything, rows = rows_of(training, families)
    chosen = everything.without_constants(rows)
    columns = [everything.names.index(name) for name in chosen.names]
    return FeatureSet(families, frozenset(chosen.names)), rows[:, columns]


def _rows_as_of(training: LabelledLeads, families: Families) -> tuple[FeatureSet, Matrix]:
    growing = OutcomeTable()
    everything = FeatureSet(replace(families, history=History(growing)))
    order = _by_moment(training.moments)
    advance = _known_before(training, growing)
    found = everything.matrix(
        [training.leads[position] for position in order],
        [training.moments[position] for position in order],
        lambda place: advance(order[place]),
        _behavior_of(training, order),
    )
    rows = np.empty_like(found)
    rows[order] = found
    return everything, rows


def _behavior_of(training: LabelledLeads, positions: Iterable[int]) -> list[BehaviorValues | None] | None:
    behavior = training.behavior
    return None if behavior is None else [behavior[position] for position in positions]


def _by_moment(moments: Sequence[datetime | None]) -> list[int]:
    """Return the positions from the earliest moment to the latest: what is known only grows. As they are, without."""
    known = [moment for moment in moments if moment is not None]
    positions = range(len(moments))
    return list(positions) if len(known) < len(moments) else sorted(positions, key=known.__getitem__)


def _outcome_table(training: LabelledLeads) -> OutcomeTable:
    table = OutcomeTable()
    for position, (lead, converted) in enumerate(zip(training.leads, training.outcomes, strict=True)):
        if training.is_judged(position):
            table.record(lead, converted=converted)
    return table


def _rows_across_folds(training: LabelledLeads, families: Families) -> tuple[FeatureSet, Matrix]:
    table = _outcome_table(training)
    everything = FeatureSet(replace(families, history=History(table)))
    rows = np.empty((len(training.leads), len(everything)), dtype=np.float32)
    order = np.random.default_rng(_FOLD_SEED).permutation(len(training.leads))
    for fold in np.array_split(order, HISTORY_FOLDS):
        judged = [position for position in fold if training.is_judged(position)]
        for position in judged:
            table.record(training.leads[position], converted=training.outcomes[position], sign=-1)
        rows[fold] = everything.matrix(
            [training.leads[position] for position in fold],
            [training.moments[position] for position in fold],
            behavior=_behavior_of(training, fold),
        )
        for position in judged:
            table.record(training.leads[position], converted=training.outcomes[position])
    return everything, rows


def _known_before(training: LabelledLeads, table: OutcomeTable) -> Callable[[int], None]:
    """Return a function that brings ``table`` up to the moment of the lead at a position, called by rising moment."""
    # An outcome dated before its own lead (a day without a time of day, say) is known from the lead's moment on.
    known_at = [
        moment if outcome_time is None or moment is None else max(outcome_time, moment)
        for outcome_time, moment in zip(training.outcome_times, training.moments, strict=True)
    ]
    has_clock = all(moment is not None for moment in training.moments)
    waiting = [position for position in range(len(training.leads)) if training.is_judged(position)]
    if has_clock:
        waiting.sort(key=lambda position: (known_at[position], position))
    cursor = 0

    def advance(position: int) -> None:
        nonlocal cursor
        moment = training.moments[position]
        while cursor < len(waiting):
            candidate = waiting[cursor]
            known = known_at[candidate]
            if has_clock and known is not None and moment is not None:
                if known >= moment:
                    return
            elif candidate >= position:
                return
            table.record(training.leads[candidate], converted=training.outcomes[candidate])
            cursor += 1

    return advance
