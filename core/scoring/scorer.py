"""The use case behind Score and BatchScore."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from core import deadline
from core.access.ownership import check_inline
from core.caller import Caller
from core.errors import DependencyDown, InvalidInput, LeadlineError
from core.features.declaration import Row
from core.identifiers import LeadId, VersionName
from core.lead import Lead
from core.ports import Clock, LeadLookup, Prediction
from core.scoring.estimate import FallbackScorer, named_reasons
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRun, ModelRunner
from core.scoring.online.correction import Correction, as_said
from core.scoring.online.served import Corrections
from core.scoring.result import LeadScore, ScoreSource, ScoreWarning
from core.scoring.served import ServedModels
from core.scoring.served_answer import ServedAnswer, Watcher
from core.scoring.stored_leads import KnownLead, LeadCopies, LeadReader, NoCopies
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
        runner: Runs models; None for one with the usual limits.
        copies: Stand in for stored leads while the store is down; None: there are none.
        watchers: Told of every answer of a model.
        corrections: What the online learner makes of answers of the serving version; None: nothing.
    """

    def __init__(  # noqa: PLR0917  built once, in the composition root
        self,
        served: ServedModels,
        leads: LeadLookup,
        tokens: TokenSigner,
        log: Callable[[Prediction], None],
        clock: Clock,
        random: Random | None = None,
        *,
        runner: ModelRunner | None = None,
        copies: LeadCopies | None = None,
        watchers: Sequence[Watcher] = (),
        corrections: Corrections | None = None,
    ) -> None:
        self._served = served
        self._leads = leads
        self._tokens = tokens
        self._log = log
        self._clock = clock
        self._random = random or Random(secrets.token_bytes(_SEED_BYTES))
        self._runner = runner or ModelRunner()
        self._copies = copies or NoCopies()
        self._watchers = tuple(watchers)
        self._corrections = corrections

    def score(self, caller: Caller, lead: Lead, *, limit: int = DEFAULT_CONTRIBUTIONS, version: str = "") -> LeadScore:
        """Score one lead.

        Args:
            caller: Who asks.
            lead: The lead; one that carries only its id is read from the store.
            limit: How many reasons to name, 0 to 100.
            version: Version to use, "" for the active one.

        Raises:
            InvalidInput: If ``limit`` is out of range, or a seller names another owner.
            NotFound: If the version is unknown, or a bare id is not stored or another seller's.
        """
        _check_limit(limit)
        scorer = self._scorer(caller, version)
        known = self._known(caller, self._reader(caller), lead, "lead")
        return self._answers(caller, scorer, [known], limit, is_pinned=bool(version))[0]

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
            DeadlineSpent: If the deadline of the call passed in between.
        """
        _check_limit(limit)
        if not 1 <= len(items) <= MAX_BATCH:
            raise InvalidInput.of("leads", f"must be 1 to {MAX_BATCH:,} leads, not {len(items):,}")
        scorer = self._scorer(caller, version)
        reader = self._reader(caller)
        resolved = [self._resolve(caller, reader, item, position) for position, item in enumerate(items)]
        known = [item for item in resolved if isinstance(item, KnownLead)]
        answers = iter(self._answers(caller, scorer, known, limit, is_pinned=bool(version)))
        return [next(answers) if isinstance(item, KnownLead) else item for item in resolved]

    def _scorer(self, caller: Caller, version: str) -> ScoringModel | FallbackScorer:
        if not version:
            return self._served.current(caller.tenant)
        return self._served.pinned(caller.tenant, version)

    def _reader(self, caller: Caller) -> LeadReader:
        return LeadReader(caller, self._leads, self._copies, self._clock)

    def _resolve(self, caller: Caller, reader: LeadReader, item: BatchItem, position: int) -> KnownLead | LeadlineError:
        if not isinstance(item, Lead):
            return item
        deadline.check()
        try:
            return self._known(caller, reader, item, f"leads[{position}]")
        except LeadlineError as problem:
            return problem

    def _known(self, caller: Caller, reader: LeadReader, lead: Lead, path: str) -> KnownLead:
        """Return the lead to score, read from the store if only its id came; never one the caller may not see."""
        if lead.is_reference():
            return reader.find(lead.lead_id)
        check_inline(caller, lead, path)
        return KnownLead(lead=lead)

    def _answers(
        self,
        caller: Caller,
        scorer: ScoringModel | FallbackScorer,
        known: Sequence[KnownLead],
        limit: int,
        *,
        is_pinned: bool,
    ) -> list[LeadScore]:
        now = self._clock()
        if not isinstance(scorer, ScoringModel):
            why = _MODEL_UNKNOWN if self._served.is_unknown(caller.tenant) else _NO_MODEL
            return [self._by_fallback(caller, scorer, one, limit, now, why) for one in known]
        try:
            runs = self._runner.run(caller.tenant, scorer, [one.lead for one in known], limit, now)
        except DependencyDown:
            fallback = self._served.fallback(caller.tenant)
            return [self._by_fallback(caller, fallback, one, limit, now, _MODEL_FAILED) for one in known]
        # One for the whole batch, also if another snapshot becomes active meanwhile.
        correction = None if is_pinned else self._correction(caller, scorer)
        return [
            self._by_model(caller, scorer, one, run, now, limit, correction)
            for one, run in zip(known, runs, strict=True)
        ]

    def _correction(self, caller: Caller, model: ScoringModel) -> Correction | None:
        if self._corrections is None:
            return None
        return self._corrections.of(caller.tenant, model.version.manifest.version)

    def _by_model(  # noqa: PLR0917  one answer, all of its parts
        self,
        caller: Caller,
        model: ScoringModel,
        known: KnownLead,
        run: ModelRun,
        now: datetime,
        limit: int,
        correction: Correction | None,
    ) -> LeadScore:
        lead, said = known.lead, run.scored.probability
        version = model.version.manifest.version
        token_id = new_token_id(self._random)
        self._tell(caller, model, lead, run, token_id, now)
        shown = as_said(run) if correction is None else correction.applied(run, limit)
        probability, interval = shown.probability, shown.interval
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
            score_time=now,
            attribution_token=self._shown(
                caller, lead.lead_id, version, ScoreSource.MODEL, probability, now, run.row, token_id, said
            ),
            online_snapshot="" if correction is None else correction.snapshot,
            warnings=(*known.warnings, *_unknown_attributes(model, lead)),
        )

    def _tell(  # noqa: PLR0917  one answer, all of its parts
        self, caller: Caller, model: ScoringModel, lead: Lead, run: ModelRun, token_id: str, now: datetime
    ) -> None:
        if not self._watchers:
            return
        answer = ServedAnswer(
            tenant=caller.tenant,
            model=model,
            lead=lead,
            row=run.row,
            probability=run.scored.probability,
            token_id=token_id,
            score_time=now,
            seconds=run.seconds,
        )
        for watch in self._watchers:
            watch(answer)

    def _by_fallback(  # noqa: PLR0917  one answer, all of its parts
        self,
        caller: Caller,
        scorer: FallbackScorer,
        known: KnownLead,
        limit: int,
        now: datetime,
        why: ScoreWarning,
    ) -> LeadScore:
        deadline.check()
        lead = known.lead
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
                caller,
                lead.lead_id,
                VersionName(scorer.version),
                scorer.source,
                estimate.probability,
                now,
                None,
                new_token_id(self._random),
            ),
            warnings=(why, *known.warnings),
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
        token_id: str,
        said: float | None = None,
    ) -> str:
        """Log and sign what was shown. The log keeps the version's own probability, ``said``, beside the score."""
        score = 100.0 * probability
        self._log(
            Prediction(
                tenant=caller.tenant,
                lead_id=lead_id,
                version=version,
                source=source.value,
                score=score,
                probability=probability if said is None else said,
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
_MODEL_FAILED = ScoreWarning(code="MODEL_FAILED", message="The model does not work now; the answer is a fallback.")
_MODEL_UNKNOWN = ScoreWarning(
    code="MODEL_UNKNOWN", message="Which model serves cannot be looked up now; the answer is a fallback."
)


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
