"""The use case behind Score and BatchScore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from core import deadline
from core.access.ownership import check_inline
from core.caller import Caller
from core.errors import DeadlineSpent, DependencyDown, InvalidInput, LeadlineError
from core.identifiers import TenantId
from core.lead import Lead
from core.ports import Clock, LeadLookup, Prediction
from core.scoring.answering import Answering, Asked
from core.scoring.arm import Arm
from core.scoring.estimate import FallbackScorer
from core.scoring.lead_behavior import UNKNOWN, LeadBehaviors
from core.scoring.model import ScoringModel
from core.scoring.model_runs import ModelRunner, Told
from core.scoring.online.correction import Correction
from core.scoring.online.served import Corrections
from core.scoring.result import LeadScore, ScoreWarning
from core.scoring.served import ServedModels
from core.scoring.served_answer import Watcher
from core.scoring.stored_leads import KnownLead, LeadCopies, LeadReader, NoCopies
from core.scoring.token import TokenSigner

DEFAULT_CONTRIBUTIONS = 5
MAX_CONTRIBUTIONS = 100
MAX_BATCH = 1000
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
        behaviors: What leads did, for versions that look at it; None: nobody knows.
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
        behaviors: LeadBehaviors | None = None,
    ) -> None:
        self._served = served
        self._leads = leads
        self._clock = clock
        self._answering = Answering(tokens, log, random, watchers)
        self._runner = runner or ModelRunner()
        self._copies = copies or NoCopies()
        self._corrections = corrections
        self._behaviors = behaviors

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
        check_limit(limit)
        scorer = self._scorer(caller, version)
        known = self.known(caller, lead)
        return self._one(self._asked(caller, limit), scorer, known, is_pinned=bool(version))

    def known(self, caller: Caller, lead: Lead) -> KnownLead:
        """Return the lead to score, read from the store if it carries only its id.

        Raises:
            InvalidInput: If a seller names another owner.
            NotFound: If a bare id is not stored or another seller's.
        """
        return self._known(caller, self._reader(caller), lead, "lead")

    def score_known(self, caller: Caller, known: KnownLead, *, limit: int = DEFAULT_CONTRIBUTIONS) -> LeadScore:
        """Score a lead that was looked up, with what serves.

        Raises:
            InvalidInput: If ``limit`` is out of range.
        """
        check_limit(limit)
        return self._one(self._asked(caller, limit), self._served.current(caller.tenant), known, is_pinned=False)

    def score_arm(self, caller: Caller, known: KnownLead, arm: Arm, *, limit: int = DEFAULT_CONTRIBUTIONS) -> LeadScore:
        """Score a lead that was looked up with the version an experiment chose, as the version says it.

        A fallback answers where the version cannot be loaded or fails, and says so: the lead stays in its variant.

        Raises:
            InvalidInput: If ``limit`` is out of range.
            DeadlineSpent: If the deadline of the call passed in between.
        """
        check_limit(limit)
        asked = self._asked(caller, limit, arm)
        model = self._loaded(caller.tenant, arm.version)
        if model is None:
            return self._answering.by_fallback(asked, self._served.fallback(caller.tenant), known, _MODEL_FAILED)
        return self._one(asked, model, known, is_pinned=True)

    def opinion(self, tenant: TenantId, known: KnownLead, version: str) -> float | None:
        """Return what a version says of a lead, 0 to 100, without showing, logging or telling it to anybody.

        Returns:
            The score; None where the version cannot be loaded or fails.

        Raises:
            DeadlineSpent: If the deadline of the call passed in between.
        """
        model = self._loaded(tenant, version)
        if model is None:
            return None
        try:
            moment = self._clock()
            told = self._told_aside(tenant, model, known.lead, moment)
            (run,) = self._runner.run(tenant, model, [known.lead], 0, moment, told)
        except DependencyDown:
            return None
        return 100.0 * run.scored.probability

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
        check_limit(limit)
        if not 1 <= len(items) <= MAX_BATCH:
            raise InvalidInput.of("leads", f"must be 1 to {MAX_BATCH:,} leads, not {len(items):,}")
        scorer = self._scorer(caller, version)
        reader = self._reader(caller)
        resolved = [self._resolve(caller, reader, item, position) for position, item in enumerate(items)]
        known = [item for item in resolved if isinstance(item, KnownLead)]
        answers = iter(self._answers(self._asked(caller, limit), scorer, known, is_pinned=bool(version)))
        return [next(answers) if isinstance(item, KnownLead) else item for item in resolved]

    def _asked(self, caller: Caller, limit: int, arm: Arm | None = None) -> Asked:
        return Asked(caller=caller, limit=limit, moment=self._clock(), arm=arm)

    def _scorer(self, caller: Caller, version: str) -> ScoringModel | FallbackScorer:
        if not version:
            return self._served.current(caller.tenant)
        return self._served.pinned(caller.tenant, version)

    def _loaded(self, tenant: TenantId, version: str) -> ScoringModel | None:
        """Return a version, None if it cannot be loaded."""
        try:
            return self._served.pinned(tenant, version)
        except DeadlineSpent:
            raise
        except LeadlineError:
            return None

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

    def _one(
        self, asked: Asked, scorer: ScoringModel | FallbackScorer, known: KnownLead, *, is_pinned: bool
    ) -> LeadScore:
        return self._answers(asked, scorer, [known], is_pinned=is_pinned)[0]

    def _answers(
        self, asked: Asked, scorer: ScoringModel | FallbackScorer, known: Sequence[KnownLead], *, is_pinned: bool
    ) -> list[LeadScore]:
        tenant, answering = asked.caller.tenant, self._answering
        if not isinstance(scorer, ScoringModel):
            why = _MODEL_UNKNOWN if self._served.is_unknown(tenant) else _NO_MODEL
            return [answering.by_fallback(asked, scorer, one, why) for one in known]
        try:
            told = self._told(asked, scorer, known) if scorer.feature_set.uses_behavior else None
            runs = self._runner.run(tenant, scorer, [one.lead for one in known], asked.limit, asked.moment, told)
        except DependencyDown:
            fallback = self._served.fallback(tenant)
            return [answering.by_fallback(asked, fallback, one, _MODEL_FAILED) for one in known]
        # One for the whole batch, also if another snapshot becomes active meanwhile.
        correction = None if is_pinned else self._correction(tenant, scorer)
        return [answering.by_model(asked, scorer, one, run, correction) for one, run in zip(known, runs, strict=True)]

    def _told(self, asked: Asked, model: ScoringModel, known: Sequence[KnownLead]) -> list[Told]:
        if self._behaviors is None:
            return [UNKNOWN] * len(known)
        return self._behaviors.of(asked.caller, model, known, asked.moment)

    def _told_aside(self, tenant: TenantId, model: ScoringModel, lead: Lead, moment: datetime) -> list[Told] | None:
        if self._behaviors is None or not model.feature_set.uses_behavior:
            return None
        return [self._behaviors.aside(tenant, lead.lead_id, moment)]

    def _correction(self, tenant: TenantId, model: ScoringModel) -> Correction | None:
        if self._corrections is None:
            return None
        return self._corrections.of(tenant, model.version.manifest.version)


_NO_MODEL = ScoreWarning(code="NO_MODEL", message="No model serves yet; the answer is a fallback.")
_MODEL_FAILED = ScoreWarning(code="MODEL_FAILED", message="The model does not work now; the answer is a fallback.")
_MODEL_UNKNOWN = ScoreWarning(
    code="MODEL_UNKNOWN", message="Which model serves cannot be looked up now; the answer is a fallback."
)


def check_limit(limit: int) -> None:
    """Do nothing if so many reasons may be asked for.

    Raises:
        InvalidInput: If ``limit`` is out of range.
    """
    if not 0 <= limit <= MAX_CONTRIBUTIONS:
        raise InvalidInput.of("max_contributions", f"must be 0 to {MAX_CONTRIBUTIONS}")
