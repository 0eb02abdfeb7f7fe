"""ScoringService."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from leadline.calls.split import Placed, cut, place
from leadline.calls.stream import ScoreStream
from leadline.convert.lead import lead_to_wire
from leadline.convert.score import score_from_wire
from leadline.details import error_from_status
from leadline.errors import LeadlineError
from leadline.lead import Lead
from leadline.positions import moved
from leadline.score import LeadError, Score, ScoreSource
from leadline.transport import Transport
from leadline.v1 import lead_pb2, scoring_service_pb2

STREAM_TIMEOUT: Final = timedelta(hours=1)
"""Deadline of a whole stream that names none."""

PlacedLead = Placed[Lead, lead_pb2.Lead]


class ScoringCalls:
    """Says how good leads are, and why."""

    _transport: Transport

    def score(
        self,
        lead: Lead,
        *,
        max_contributions: int | None = None,
        model_version: str = "",
        experiment: str = "",
        unit_id: str = "",
        timeout: timedelta | None = None,
    ) -> Score:
        """Score one lead.

        Args:
            lead: One that carries only its id is scored as the server stores it.
            max_contributions: How many reasons to return, 0 to 100; None means 5.
            model_version: Empty means the active one. Goes with no experiment.
            experiment: Score with the version of the variant that the unit gets, and record that the unit was exposed.
                The answer names the variant; it has none if the unit takes no part, or if ``warnings`` says why.
            unit_id: Unit of the experiment, for example a user or a company. Empty: the lead itself.
            timeout: Deadline of this call.

        Raises:
            LeadlineError: See the tree in :mod:`leadline.errors`.
        """
        request = scoring_service_pb2.ScoreRequest(
            lead=lead_to_wire(lead),
            max_contributions=max_contributions,
            model_version=model_version,
            experiment=experiment,
            unit_id=unit_id,
        )
        response = self._transport.call(self._transport.scoring.Score, request, timeout=timeout)
        return score_from_wire(response.result)

    def batch_score(
        self,
        leads: Iterable[Lead],
        *,
        max_contributions: int | None = None,
        model_version: str = "",
        timeout: timedelta | None = None,
    ) -> list[Score | LeadError]:
        """Score any number of leads, in calls of at most 500.

        Args:
            leads: As for :meth:`score`.
            max_contributions: How many reasons to return for each lead, 0 to 100; None means none.
            model_version: Empty means the active one. All leads are scored with the version that answered first.
            timeout: Deadline of each call.

        Returns:
            One result for each lead, in the order of ``leads``. A bad lead gets an error; the others are scored.

        Raises:
            LeadlineError: If a whole call failed.
        """
        results = self.iterate_scores(
            leads, max_contributions=max_contributions, model_version=model_version, timeout=timeout
        )
        return list(results)

    def iterate_scores(
        self,
        leads: Iterable[Lead],
        *,
        max_contributions: int | None = None,
        model_version: str = "",
        timeout: timedelta | None = None,
    ) -> Iterator[Score | LeadError]:
        """Do the same as :meth:`batch_score`, but yield results as calls are answered, and take leads as needed."""
        for run in cut(place(leads, lead_to_wire, lead_pb2.Lead.ByteSize)):
            results = self._score_run(run, max_contributions, model_version, timeout)
            model_version = model_version or _answering_version(results)
            yield from results

    def _score_run(
        self, run: Sequence[PlacedLead], max_contributions: int | None, model_version: str, timeout: timedelta | None
    ) -> list[Score | LeadError]:
        positions = [one.position for one in run if one.wire is not None]
        if not positions:
            return [_result(one, None, positions) for one in run]
        request = scoring_service_pb2.BatchScoreRequest(
            leads=[one.wire for one in run if one.wire is not None],
            max_contributions=max_contributions,
            model_version=model_version,
        )
        try:
            response = self._transport.call(self._transport.scoring.BatchScore, request, timeout=timeout)
        except LeadlineError as problem:
            raise moved(problem, positions) from problem.__cause__
        if len(response.results) != len(positions):
            raise LeadlineError(f"the server answered {len(response.results)} of {len(positions)} leads")
        answers = iter(response.results)
        return [_result(one, next(answers) if one.wire is not None else None, positions) for one in run]

    def stream_score(
        self,
        leads: Iterable[Lead],
        *,
        max_contributions: int | None = None,
        model_version: str = "",
        experiment: str = "",
        unit_of: Callable[[Lead], str] | None = None,
        timeout: timedelta = STREAM_TIMEOUT,
    ) -> Iterator[Score | LeadError]:
        """Score leads over one stream while they are being produced.

        Args:
            leads: Taken one by one in another thread. An exception it raises is raised again here, after the
                results of the leads before it.
            max_contributions: How many reasons to return for each lead, 0 to 100; None means 5.
            model_version: Empty means the active one. Goes with no experiment.
            experiment: As for :meth:`score`.
            unit_of: Returns the unit of a lead. None: each lead is a unit of its own.
            timeout: Deadline of the whole stream.

        Yields:
            One result for each lead, in order. Leaving the loop early ends the stream.

        Raises:
            LeadlineError: If the stream broke. What was not yet yielded is lost: ask again.
        """
        stream = ScoreStream(
            leads,
            max_contributions=max_contributions,
            model_version=model_version,
            experiment=experiment,
            unit_of=unit_of,
        )
        return stream.run(self._transport, timeout)


def _result(
    one: PlacedLead, answer: scoring_service_pb2.BatchScoreResult | None, positions: Sequence[int]
) -> Score | LeadError:
    if answer is not None and answer.HasField("result"):
        return score_from_wire(answer.result)
    error = moved(error_from_status(answer.error), positions) if answer is not None else one.error
    return LeadError(position=one.position, lead_id=str(one.item.lead_id), error=error or LeadlineError())


def _answering_version(results: Sequence[Score | LeadError]) -> str:
    """Return the model version that answered, so that the next call is not answered by a newer one."""
    for result in results:
        if isinstance(result, Score) and result.source is ScoreSource.MODEL:
            return result.model_version
    return ""
