"""Who wrote when, and how that changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.conversation.kinds import Role
from core.conversation.levels import Trend

BREAK = timedelta(days=3)
"""A lead that writes again after so long, and after an answer, came back."""
IMPATIENT = timedelta(hours=1)
"""A lead that writes again unanswered after so long repeats itself; sooner it goes on talking."""
LEAST_WAIT = timedelta(hours=48)
MOST_WAIT = timedelta(days=14)
"""Bounds of the time after which a lead that does not answer counts as gone quiet."""
USUAL_REPLIES = 4
"""So many times as long as it usually takes."""
_LEAST_DELAY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Times of a conversation so far. Messages of software count only as messages."""

    message_count: int = 0
    lead_count: int = 0
    agent_count: int = 0
    character_count: int = 0
    """Code points of all messages."""
    last_role: Role | None = None
    """Who wrote last, the lead or the agent."""
    last_time: datetime | None = None
    """Of the newest message. None where no message had one."""
    lead_time: datetime | None = None
    """Of the lead's newest message."""
    agent_time: datetime | None = None
    """Of the agent's newest message."""
    waiting_since: datetime | None = None
    """When the agent first wrote after the lead's newest message; None while the lead wrote last."""
    unanswered_count: int = 0
    """Messages of the lead since the agent's newest."""
    repeat_count: int = 0
    """How often the lead wrote again unanswered, or came back after a break."""
    last_repeat: int = 0
    """Which of the lead's messages did so last, from 1; 0: none."""
    delay: Trend = field(default_factory=Trend)
    """Logarithm of the seconds the lead takes to answer."""
    length: Trend = field(default_factory=Trend)
    """Logarithm of the characters of its messages."""

    def after(self, role: Role, length: int, send_time: datetime | None) -> Tempo:
        """Return the tempo after one more message. A time that falls is taken as that of the message before."""
        moment = self.moment_of(send_time)
        counted = replace(
            self,
            message_count=self.message_count + 1,
            character_count=self.character_count + length,
            last_time=moment,
        )
        if role is Role.AGENT:
            return _with_agent(counted, moment)
        return _with_lead(counted, length, moment) if role is Role.LEAD else counted

    def moment_of(self, send_time: datetime | None) -> datetime | None:
        """Return the time that the next message counts as sent at."""
        if send_time is None or self.last_time is None:
            return send_time or self.last_time
        return max(send_time, self.last_time)

    def gap(self, moment: datetime | None) -> timedelta | None:
        """Return the time since the lead's newest message; None where that is not known."""
        return None if moment is None or self.lead_time is None else moment - self.lead_time

    @property
    def is_unanswered(self) -> bool:
        """Whether the lead waits for an answer."""
        return self.last_role is Role.LEAD

    @property
    def patience(self) -> timedelta:
        """How long the lead may take to answer before it counts as gone quiet."""
        if not self.delay.count:
            return LEAST_WAIT
        usual = timedelta(seconds=min(math.exp(self.delay.slow), MOST_WAIT.total_seconds()))
        return min(MOST_WAIT, max(LEAST_WAIT, USUAL_REPLIES * usual))

    @property
    def quiet_from(self) -> datetime | None:
        """From when on the lead counts as gone quiet; None while it wrote last, or where no time is known."""
        return self.waiting_since + self.patience if self.waiting_since is not None and self.lead_count else None


def _with_agent(tempo: Tempo, moment: datetime | None) -> Tempo:
    goes_on = tempo.last_role is Role.AGENT
    return replace(
        tempo,
        agent_count=tempo.agent_count + 1,
        last_role=Role.AGENT,
        agent_time=moment,
        waiting_since=(tempo.waiting_since or moment) if goes_on else moment,
        unanswered_count=0,
    )


def _with_lead(tempo: Tempo, length: int, moment: datetime | None) -> Tempo:
    delay, number = tempo.delay, tempo.lead_count + 1
    if tempo.last_role is Role.AGENT and moment is not None and tempo.agent_time is not None:
        seconds = max(_LEAST_DELAY_SECONDS, (moment - tempo.agent_time).total_seconds())
        delay = delay.after(math.log(seconds))
    repeats = _repeats(tempo, moment)
    return replace(
        tempo,
        lead_count=number,
        last_role=Role.LEAD,
        lead_time=moment,
        waiting_since=None,
        unanswered_count=tempo.unanswered_count + 1,
        repeat_count=tempo.repeat_count + repeats,
        last_repeat=number if repeats else tempo.last_repeat,
        delay=delay,
        length=tempo.length.after(math.log1p(length)),
    )


def _repeats(tempo: Tempo, moment: datetime | None) -> bool:
    gap = tempo.gap(moment)
    if gap is None:
        return False
    return gap >= (IMPATIENT if tempo.last_role is Role.LEAD else BREAK)
