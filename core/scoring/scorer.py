"""The use case behind Score and BatchScore."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

import numpy as np

from core.caller import Caller
from core.errors import InvalidInput, LeadlineError
from core.features.declaration import Row
from core.identifiers import LeadId, VersionName
from core.lead import Lead
from core.ports import Clock, LeadLookup, Prediction
from core.scoring.estimate import FallbackScorer, named_reasons
from core.scoring.model import ScoredRow, ScoringModel
from core.scoring.result import LeadScore, ScoreSource, ScoreWarning
from core.scoring.served import ServedModels
from core.scoring.token import Attribution, TokenSigner, new_token_id

DEFAULT_CONTRIBUTIONS = 5
MAX_CONTRIBUTIONS = 100
MAX_BATCH = 1000
_SEED_BYTES = 32
BatchItem = Lead | LeadlineError
"""A lead, or why it could not be read."""


class Scorer:
    """Scores leads with what serves for the caller's tenant.

    Args:
        served: Models and fallbacks.
        leads: For leads that carry only their id.
        tokens: Signs what was shown.
        log: Takes every answer; must return at once.
        clock: The present moment.
        random: Makes the ids of answers; None: one seeded by the system.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        served: ServedModels,
        leads: LeadLookup,
        tokens: TokenSigner,
        log: Callable[[Prediction], None],
        clock: Clock,
        random: Random | None = None,
    ) -> None:
        self._served = served
        self._leads = leads
        self._tokens = tokens
        self._log = log
        self._clock = clock
        self._random = random or Random(secrets.token_bytes(_SEED_BYTES))

    def score(self, caller: Caller, lead: Lead, *, limit: int = DEFAULT_CONTRIBUTIONS, version: str = "") -> LeadScore:
        """Score one lead.

        Args:
            caller: Who asks.
            lead: The lead; one that carries only its id is read from the store.
            limit: How many reasons to name, 0 to 100.
            version: Version to use, "" for the active one.

        Raises:
            InvalidInput: If ``limit`` is out of range.
            NotFound: If the version is unknown, or a bare id is not stored.
        """
        _check_limit(limit)
        scorer = self._scorer(caller, version)
        if lead.is_reference():
            lead = self._leads.get(caller.tenant, lead.lead_id).lead
        now = self._clock()
        if not isinstance(scorer, ScoringModel):
            return self._by_fallback(caller, scorer, lead, limit, now)
        rows = scorer.rows([lead], now)
        return self._by_model(caller, scorer, lead, rows[0], scorer.score(rows)[0], limit, now)

    def score_batch(
        self, caller: Caller, items: Sequence[BatchItem], *, limit: int = 0, version: str = ""
    ) -> list[LeadScore | LeadlineError]:
        """Score many leads with one version; what cannot be scored keeps its error, in its place.

        Args:
            caller: Who asks.
            items: 1 to 1,000 leads, or errors to pass through.
            limit: How many reasons to name for each, 0 to 100.
            version: Version to use, "" for the active one.

        Raises:
            InvalidInput: If there are no leads or too many, or ``limit`` is out of range.
            NotFound: If the version is unknown.
        """
        _check_limit(limit)
        if not 1 <= len(items) <= MAX_BATCH:
            raise InvalidInput.of("leads", f"must be 1 to {MAX_BATCH:,} leads, not {len(items):,}")
        scorer = self._scorer(caller, version)
        resolved = [self._resolve(caller, item) for item in items]
        leads = [item for item in resolved if isinstance(item, Lead)]
        now = self._clock()
        if isinstance(scorer, ScoringModel):
            rows = scorer.rows(leads, now) if leads else np.empty((0, 0), dtype=np.float32)
            scored = scorer.score(rows) if leads else []
            answers = iter(
                [
                    self._by_model(caller, scorer, lead, row, result, limit, now)
                    for lead, row, result in zip(leads, rows, scored, strict=True)
                ]
            )
        else:
            answers = iter([self._by_fallback(caller, scorer, lead, limit, now) for lead in leads])
        return [next(answers) if isinstance(item, Lead) else item for item in resolved]

    def _scorer(self, caller: Caller, version: str) -> ScoringModel | FallbackScorer:
        if not version:
            return self._served.current(caller.tenant)
        return self._served.pinned(caller.tenant, version)

    def _resolve(self, caller: Caller, item: BatchItem) -> BatchItem:
        if not isinstance(item, Lead) or not item.is_reference():
            return item
        try:
            return self._leads.get(caller.tenant, item.lead_id).lead
        except LeadlineError as problem:
            return problem

    def _by_model(  # noqa: PLR0917  one answer, all of its parts
        self, caller: Caller, model: ScoringModel, lead: Lead, row: Row, scored: ScoredRow, limit: int, now: datetime
    ) -> LeadScore:
        score = 100.0 * scored.probability
        base = 100.0 * model.base.probability
        version = model.version.manifest.version
        if limit:
            explanation, contributions = model.explain(lead, row, scored, limit)
            base, other, importance = explanation.base_points, explanation.other_points, explanation.importance
        else:
            contributions, other, importance = (), score - base, {}
        interval = scored.interval
        return LeadScore(
            lead_id=lead.lead_id,
            score=score,
            probability=scored.probability,
            interval=interval,
            confidence=1.0 - (interval.upper - interval.lower),
            model_version=version,
            source=ScoreSource.MODEL,
            base_points=base,
            contributions=contributions,
            other_points=other,
            feature_importance=importance,
            score_time=now,
            attribution_token=self._shown(
                caller, lead.lead_id, version, ScoreSource.MODEL, scored.probability, now, row
            ),
            warnings=_unknown_attributes(model, lead),
        )

    def _by_fallback(self, caller: Caller, scorer: FallbackScorer, lead: Lead, limit: int, now: datetime) -> LeadScore:
        estimate = scorer.estimate(lead, now)
        contributions, other, importance = named_reasons(estimate, limit)
        interval = estimate.interval
        return LeadScore(
            lead_id=lead.lead_id,
            score=100.0 * estimate.probability,
            probability=estimate.probability,
            interval=interval,
            confidence=1.0 - (interval.upper - interval.lower),
            model_version=scorer.version,
            source=scorer.source,
            base_points=estimate.base_points,
            contributions=contributions,
            other_points=other,
            feature_importance=importance,
            score_time=now,
            attribution_token=self._shown(
                caller, lead.lead_id, VersionName(scorer.version), scorer.source, estimate.probability, now, None
            ),
            warnings=(_NO_MODEL,),
        )

    def _shown(  # noqa: PLR0917  one log line, all of its parts
        self,
        caller: Caller,
        lead_id: LeadId,
        version: VersionName,
        source: ScoreSource,
        probability: float,
        now: datetime,
        row: Row | None,
    ) -> str:
        token_id = new_token_id(self._random)
        score = 100.0 * probability
        self._log(
            Prediction(
                tenant=caller.tenant,
                lead_id=lead_id,
                version=version,
                source=source.value,
                score=score,
                probability=probability,
                score_time=now,
                token_id=token_id,
                features=b"" if row is None else row.tobytes(),
            )
        )
        shown = Attribution(
            token_id=token_id,
            tenant=caller.tenant,
            lead_id=lead_id,
            model_version=version,
            source=source.value,
            score=score,
            score_time=now,
        )
        return self._tokens.sign(shown)


_NO_MODEL = ScoreWarning(code="NO_MODEL", message="No model serves yet; the answer is a fallback.")


def _check_limit(limit: int) -> None:
    if not 0 <= limit <= MAX_CONTRIBUTIONS:
        raise InvalidInput.of("max_contributions", f"must be 0 to {MAX_CONTRIBUTIONS}")


def _unknown_attributes(model: ScoringModel, lead: Lead) -> tuple[ScoreWarning, ...]:
    if not lead.attributes:
        return ()
    unknown = lead.attributes.keys() - model.feature_set.families.attributes.names
    if not unknown:
        return ()
    message = f"{len(unknown)} attributes were not known in training and had no effect."
    return (ScoreWarning(code="UNKNOWN_ATTRIBUTES", message=message),)
