"""Makes the answer from what a scorer said: the parts of it, the log line and the token."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from core import deadline
from core.caller import Caller
from core.features.declaration import Row
from core.identifiers import LeadId, VersionName
from core.lead import Lead
from core.ports import Prediction
from core.scoring.arm import Arm
from core.scoring.estimate import FallbackScorer, named_reasons
from core.scoring.lead_behavior import BEHAVIOR_UNKNOWN
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRun
from core.scoring.online.correction import Correction, as_said
from core.scoring.result import LeadScore, ScoreSource, ScoreWarning
from core.scoring.served_answer import ServedAnswer, Watcher
from core.scoring.stored_leads import KnownLead
from core.scoring.token import Attribution, TokenSigner, new_token_id

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the answers of one call have in common."""

    caller: Caller
    limit: int
    """How many reasons to name."""
    moment: datetime
    arm: Arm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What one answer says, as log and token keep it."""

    lead_id: LeadId
    version: VersionName
    source: ScoreSource
    probability: float
    """What is shown."""
    said: float
    """What the version said; the online learner may have moved it."""
    row: Row | None = None


class Answering:
    """Makes answers, logs and signs them.

    Args:
        tokens: Signs what was shown.
        log: Takes every answer; must return at once.
        random: Makes the ids of answers; None: one seeded by the system.
        watchers: Told of every answer of a model.
    """

    def __init__(
        self,
        tokens: TokenSigner,
        log: Callable[[Prediction], None],
        random: Random | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self._tokens = tokens
        self._log = log
        self._random = random or Random(secrets.token_bytes(_SEED_BYTES))
        self._watchers = tuple(watchers)

    def by_model(
        self, asked: Asked, model: ScoringModel, known: KnownLead, run: ModelRun, correction: Correction | None
    ) -> LeadScore:
        """Return the answer of a model."""
        lead, version = known.lead, model.version.manifest.version
        shown = as_said(run) if correction is None else correction.applied(run, asked.limit)
        probability, interval = shown.probability, shown.interval
        _decided(asked, probability, ScoreSource.MODEL)
        token_id = new_token_id(self._random)
        self._tell(asked, model, lead, run, token_id)
        said = _Shown(
            lead_id=lead.lead_id,
            version=version,
            source=ScoreSource.MODEL,
            probability=probability,
            said=run.scored.probability,
            row=run.row,
        )
        return LeadScore(
            lead_id=lead.lead_id,
            score=100.0 * probability,
            probability=probability,
            interval=interval,
            confidence=1.0 - (interval.upper - interval.lower),
            model_version=version,
            source=ScoreSource.MODEL,
            base_points=run.base_points,
            contributions=shown.contributions,
            other_points=shown.other_points,
            feature_importance=shown.importance,
            score_time=asked.moment,
            experiment="" if asked.arm is None else asked.arm.experiment,
            variant="" if asked.arm is None else asked.arm.variant,
            attribution_token=self._keep(asked, said, token_id),
            online_snapshot="" if correction is None else correction.snapshot,
            warnings=(*known.warnings, *_unknown_behavior(run), *_unknown_attributes(model, lead)),
        )

    def by_fallback(self, asked: Asked, scorer: FallbackScorer, known: KnownLead, why: ScoreWarning) -> LeadScore:
        """Return the answer of what stands in for a model, and say why it does."""
        deadline.check()
        lead = known.lead
        estimate = scorer.estimate(lead, asked.moment)
        contributions, other, importance = named_reasons(estimate, asked.limit)
        probability, interval = estimate.probability, estimate.interval
        _decided(asked, probability, scorer.source)
        said = _Shown(
            lead_id=lead.lead_id,
            version=VersionName(scorer.version),
            source=scorer.source,
            probability=probability,
            said=probability,
        )
        return LeadScore(
            lead_id=lead.lead_id,
            score=100.0 * probability,
            probability=probability,
            interval=interval,
            confidence=1.0 - (interval.upper - interval.lower),
            model_version=scorer.version,
            source=scorer.source,
            base_points=estimate.base_points,
            contributions=contributions,
            other_points=other,
            feature_importance=importance,
            score_time=asked.moment,
            experiment="" if asked.arm is None else asked.arm.experiment,
            variant="" if asked.arm is None else asked.arm.variant,
            attribution_token=self._keep(asked, said, new_token_id(self._random)),
            warnings=(why, *known.warnings),
        )

    def _tell(self, asked: Asked, model: ScoringModel, lead: Lead, run: ModelRun, token_id: str) -> None:
        if not self._watchers:
            return
        answer = ServedAnswer(
            tenant=asked.caller.tenant,
            model=model,
            lead=lead,
            row=run.row,
            probability=run.scored.probability,
            token_id=token_id,
            score_time=asked.moment,
            seconds=run.seconds,
            told=run.told,
        )
        for watch in self._watchers:
            watch(answer)

    def _keep(self, asked: Asked, shown: _Shown, token_id: str) -> str:
        """Log what was shown and sign it. The log keeps the version's own probability beside the score."""
        score, tenant = 100.0 * shown.probability, asked.caller.tenant
        self._log(
            Prediction(
                tenant=tenant,
                lead_id=shown.lead_id,
                version=shown.version,
                source=shown.source.value,
                score=score,
                probability=shown.said,
                score_time=asked.moment,
                token_id=token_id,
                features=b"" if shown.row is None else shown.row.tobytes(),
            )
        )
        signed = Attribution(
            token_id=token_id,
            tenant=tenant,
            lead_id=shown.lead_id,
            model_version=shown.version,
            source=shown.source.value,
            score=score,
            score_time=asked.moment,
            experiment="" if asked.arm is None else asked.arm.experiment,
            variant="" if asked.arm is None else asked.arm.variant,
        )
        return self._tokens.sign(signed)


def _decided(asked: Asked, probability: float, source: ScoreSource) -> None:
    if asked.arm is not None:
        asked.arm.before_shown(100.0 * probability, source)


def _unknown_behavior(run: ModelRun) -> tuple[ScoreWarning, ...]:
    return (BEHAVIOR_UNKNOWN,) if run.told is not None and run.told.is_unknown else ()


def _unknown_attributes(model: ScoringModel, lead: Lead) -> tuple[ScoreWarning, ...]:
    if not lead.attributes:
        return ()
    unknown = lead.attributes.keys() - model.feature_set.families.attributes.names
    if not unknown:
        return ()
    message = f"{len(unknown)} attributes were not known in training and had no effect."
    return (ScoreWarning(code="UNKNOWN_ATTRIBUTES", message=message),)
