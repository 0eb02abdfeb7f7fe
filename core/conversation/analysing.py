"""The use case behind Analyze."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Protocol

from core import deadline
from core.caller import Caller
from core.conversation.analysis import Analysis, ChosenHead, SentMessages, Wanted
from core.conversation.facts_store import NewFacts, StoredFacts
from core.conversation.heads.readings import HeadReadings
from core.conversation.heads.turn import Turn
from core.conversation.insights.finding import InsightFinder
from core.conversation.judged import Judged, judge
from core.conversation.kept import ConversationKey, KeptConversation, KeptConversations, Written
from core.conversation.known import TIMELY, facts_of
from core.conversation.lead_picture import LeadPicture, LooksAtLeads
from core.conversation.message import MOST_CHARACTERS, MOST_MESSAGES
from core.conversation.message_reading import continued, turns_of
from core.conversation.reading import MessageReading
from core.conversation.state import ConversationState
from core.criteria.facts import Facts
from core.errors import DeadlineSpent, InvalidInput, LeadlineError
from core.feedback.recording import ANALYSIS
from core.identifiers import LeadId, TenantId
from core.ports import Clock
from core.scoring.result import ScoreWarning
from core.scoring.token import Attribution, TokenSigner, new_token_id

VERSION_FAILED = ScoreWarning(
    code="MODEL_FAILED", message="The version of the experiment does not work now; the active one answered."
)


class ReadsTurns(Protocol):
    """Reads turns. :class:`core.conversation.heads.reader.HeadReader` is one."""

    def read(self, tenant: TenantId, turns: Sequence[Turn], pinned: Mapping[str, str] | None = None) -> HeadReadings:
        """Return what the heads say of turns; of none too, to learn what would answer."""


class KeepsMessages(Protocol):
    """Keeps what was said, for the tenants who want that."""

    def stores(self, tenant: TenantId) -> bool:
        """Return whether a tenant does."""

    def keep(self, tenant: TenantId, lead_id: LeadId, conversation_id: str, sent: SentMessages) -> None:
        """Have a conversation stored; returns at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownConversation:
    """A conversation, read to its end."""

    state: ConversationState
    readings: HeadReadings
    """What answered."""
    written: Written
    new_count: int
    """Messages that were read in this call."""
    warnings: tuple[ScoreWarning, ...] = ()


class Analyzer:
    """Reads conversations.

    Args:
        heads: Reads turns.
        write: Returns what is said of a message as it is sent.
        leads: Looks up whom a conversation is with.
        insights: Finds what is worth knowing.
        tokens: Signs what was shown.
        keep_facts: Takes what was said of a lead; must return at once.
        keep_messages: Keeps what was said; None: nobody does.
        clock: The present moment.
        kept: Conversations as they were; None: as many as usual.
        chance: Where the ids of answers come from; None: seeded by the system.
    """

    def __init__(
        self,
        *,
        heads: ReadsTurns,
        write: Callable[[MessageReading], bytes],
        leads: LooksAtLeads,
        insights: InsightFinder,
        tokens: TokenSigner,
        keep_facts: Callable[[NewFacts], object],
        clock: Clock,
        keep_messages: KeepsMessages | None = None,
        kept: KeptConversations | None = None,
        chance: Random | None = None,
    ) -> None:
        self._heads = heads
        self._write = write
        self._leads = leads
        self._insights = insights
        self._tokens = tokens
        self._keep_facts = keep_facts
        self._keep_messages = keep_messages
        self._clock = clock
        self.kept = kept or KeptConversations()
        self._chance = chance or Random()

    def analyze(self, caller: Caller, wanted: Wanted, chosen: ChosenHead | None = None) -> Analysis:
        """Analyse a conversation.

        Args:
            caller: Who asks.
            wanted: What is asked for.
            chosen: A version that an experiment chose; None: outside of an experiment.

        Raises:
            InvalidInput: Names what is wrong with the messages.
            NotFound: If the lead is neither stored nor has events, or is another seller's; if a version is not known.
            WrongState: If a version that the caller named is retired or damaged.
            DependencyDown: If the lead, or a version that the caller named, cannot be looked up.
            DeadlineSpent: If the deadline of the call passed; what was read until then is remembered.
        """
        now = self._clock()
        moment = _moment(wanted, now)
        _check_count(wanted.messages)
        lead = None if wanted.lead_id is None else self._leads.picture(caller, wanted.lead_id, moment)
        known = self._known(caller, wanted, chosen)
        uses = known.readings.uses
        judged = judge(known.state, uses, lead, moment)
        facts = facts_of(judged, list(uses.values()))
        insights, more = self._insights.find(caller, wanted.lead_id, judged, facts)
        facts = {**facts, "analysis.insights": tuple(dict.fromkeys(one.type for one in insights))}
        token = self._token(caller, wanted, chosen, known, judged)
        if chosen is not None:
            chosen.before_shown()
        self._keep(caller, wanted, known, facts, now)
        return Analysis(
            judged=judged,
            uses=uses,
            insights=insights,
            facts=facts,
            written=known.written.since(wanted.results_from),
            as_of_time=moment,
            attribution_token=token,
            new_count=known.new_count,
            experiment="" if chosen is None else chosen.experiment,
            variant="" if chosen is None else chosen.variant,
            warnings=(*known.readings.warnings, *known.warnings, *_warnings(lead), *more),
        )

    def _known(self, caller: Caller, wanted: Wanted, chosen: ChosenHead | None) -> KnownConversation:
        if chosen is None:
            return self._read(caller, wanted, wanted.model_versions)
        try:
            return self._read(caller, wanted, {chosen.kind: chosen.version})
        except (DeadlineSpent, InvalidInput):
            raise
        except LeadlineError:
            # Whatever is wrong with a version under test: the unit gets an answer, and that says so.
            known = self._read(caller, wanted, {})
            return replace(known, warnings=(VERSION_FAILED,))

    def _read(self, caller: Caller, wanted: Wanted, pinned: Mapping[str, str]) -> KnownConversation:
        sent, tenant = wanted.messages, caller.tenant
        key = ConversationKey(
            tenant=tenant,
            lead_id=wanted.lead_id or "",
            conversation_id=wanted.conversation_id,
            pinned=tuple(sorted(pinned.items())),
            opening=self.kept.digest(sent.opening),
        )
        found = self.kept.longest(key, sent.content)
        before = found.conversation
        if before is not None:
            known = self._continued(tenant, sent, pinned, before)
            if known.readings.plan == before.plan:
                return known if before.digest == found.digest else self._kept(key, sent, found.digest, known)
        return self._kept(key, sent, found.digest, self._continued(tenant, sent, pinned, None))

    def _continued(
        self, tenant: TenantId, sent: SentMessages, pinned: Mapping[str, str], before: KeptConversation | None
    ) -> KnownConversation:
        """Return a conversation to its end; only half of it is right where other versions answer than before."""
        state = ConversationState() if before is None else before.state
        messages = sent.since(state.tempo.message_count)
        characters = state.tempo.character_count + sum(len(message.text) for message in messages)
        if characters > MOST_CHARACTERS:
            raise InvalidInput.of("messages", f"must be at most {MOST_CHARACTERS:,} characters in all")
        deadline.check()
        readings = self._heads.read(tenant, turns_of(messages, state.agent_text), pinned)
        written = Written.nothing() if before is None else before.written
        if before is not None and readings.plan != before.plan:
            return KnownConversation(state=state, readings=readings, written=written, new_count=0)
        after = continued(state, messages, readings)
        answers = [self._write(read) for read in after.readings]
        return KnownConversation(
            state=after.state, readings=readings, written=written.after(answers), new_count=len(messages)
        )

    def _kept(
        self, key: ConversationKey, sent: SentMessages, digest: bytes, known: KnownConversation
    ) -> KnownConversation:
        kept = KeptConversation(
            digest=digest,
            byte_count=len(sent.content),
            plan=known.readings.plan,
            state=known.state,
            written=known.written,
        )
        self.kept.keep(key, kept)
        return known

    def _token(
        self, caller: Caller, wanted: Wanted, chosen: ChosenHead | None, known: KnownConversation, judged: Judged
    ) -> str:
        version = _versions(known, chosen)
        return self._tokens.sign(
            Attribution(
                token_id=new_token_id(self._chance),
                tenant=caller.tenant,
                lead_id=wanted.lead_id or "",
                model_version=version,
                source=ANALYSIS,
                score=judged.priority_score,
                score_time=judged.moment,
                experiment="" if chosen is None else chosen.experiment,
                variant="" if chosen is None else chosen.variant,
            )
        )

    def _keep(self, caller: Caller, wanted: Wanted, known: KnownConversation, facts: Facts, now: datetime) -> None:
        """Keep what was said of a lead: only of the present, and only by the versions that serve."""
        if wanted.lead_id is None or not wanted.conversation_id:
            return
        if wanted.as_of_time is None and not wanted.model_versions:
            stored = _stored(wanted.lead_id, wanted.conversation_id, known, facts, now)
            self._keep_facts(NewFacts(tenant=caller.tenant, stored=stored))
        keep = self._keep_messages
        if keep is not None and keep.stores(caller.tenant):
            keep.keep(caller.tenant, wanted.lead_id, wanted.conversation_id, wanted.messages)


def _moment(wanted: Wanted, now: datetime) -> datetime:
    if wanted.as_of_time is None:
        return now
    if wanted.as_of_time > now:
        raise InvalidInput.of("as_of_time", "must not be after now")
    return wanted.as_of_time


def _check_count(sent: SentMessages) -> None:
    if not 1 <= sent.count <= MOST_MESSAGES:
        raise InvalidInput.of("messages", f"must be 1 to {MOST_MESSAGES:,} messages, not {sent.count:,}")


def _warnings(lead: LeadPicture | None) -> tuple[ScoreWarning, ...]:
    return () if lead is None else lead.warnings


def _versions(known: KnownConversation, chosen: ChosenHead | None) -> str:
    """Return what answered: the version of an experiment, else each head's, ``kind=version`` with commas between."""
    if chosen is not None:
        return known.readings.uses[chosen.kind].version
    return ",".join(f"{kind}={use.version}" for kind, use in sorted(known.readings.uses.items()) if use.version)


def _stored(
    lead_id: LeadId, conversation_id: str, known: KnownConversation, facts: Facts, now: datetime
) -> StoredFacts:
    """Return what is kept: the facts as they were at the lead's newest message, from which on they fade."""
    state, uses = known.state, known.readings.uses
    tempo = state.tempo
    then = facts_of(judge(state, uses, None, tempo.lead_time or now), list(uses.values()))
    own = {**then, "analysis.priority": facts["analysis.priority"], "analysis.insights": facts["analysis.insights"]}
    return StoredFacts(
        lead_id=lead_id,
        conversation_id=conversation_id,
        message_count=tempo.message_count,
        last_message_time=tempo.last_time,
        facts={name: value for name, value in own.items() if name not in TIMELY},
        update_time=now,
        lead_message_time=tempo.lead_time,
        deadline=state.needs.deadline,
        quiet_from=tempo.quiet_from,
    )
