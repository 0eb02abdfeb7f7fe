"""An analyzer for tests: heads that read tags, a lead for every name but one, and a clock that stands still."""

from __future__ import annotations

from random import Random

from core.caller import LOCAL_CALLER
from core.conversation.analysing import Analyzer
from core.conversation.analysis import Wanted
from core.conversation.insights.finding import InsightFinder
from core.conversation.lead_picture import LeadPicture
from core.errors import NotFound
from core.scoring.token import TokenSigner
from tests.parts.clock import SetClock
from tests.parts.spoken import TaggedHeads, agent, at, lead

MESSAGES = [
    lead("Hello there", at(0)),
    agent("How can I help you?", at(0.1)),
    lead("[urgency.yes=0.9] I need it now", at(0.2)),
    agent("Which one?", at(0.3)),
    lead("[objection.price=0.8] too dear", at(0.4)),
    lead("[buying_intent.yes=0.9] I take it", at(5)),
]


class Sent:
    def __init__(self, messages):
        self.messages, self.count, self.since_calls = messages, len(messages), []
        self.content = b"".join(map(self._bytes, messages))
        self.opening = self._bytes(messages[0]) if messages else b""

    def since(self, index):
        self.since_calls.append(index)
        return self.messages[index:]

    @staticmethod
    def _bytes(message):
        text = f"{message.role}{message.send_time}{message.text}".encode()
        return len(text).to_bytes(4, "big") + text


class Leads:
    def picture(self, _caller, lead_id, _moment):
        if lead_id == "unknown":
            raise NotFound("lead", lead_id)
        return LeadPicture(score=70.0, event_count=3)


class NoFacts:
    def facts(self, _caller, _lead_id):
        return {}


class Keeping:
    def __init__(self, *tenants):
        self.tenants, self.kept = tenants, []

    def stores(self, tenant):
        return tenant in self.tenants

    def keep(self, *kept):
        self.kept.append(kept)


class Desk:
    def __init__(self, heads=None, keeping=None):
        self.clock, self.heads, self.facts = SetClock(at(6)), heads or TaggedHeads(), []
        self.written = []
        self.signer = TokenSigner(b"s" * 32)
        self.analyzer = Analyzer(
            heads=self.heads,
            write=self._write,
            leads=Leads(),
            insights=InsightFinder(lambda _: (), NoFacts()),
            tokens=self.signer,
            keep_facts=self.facts.append,
            keep_messages=keeping,
            clock=self.clock,
            chance=Random(0),
        )

    def _write(self, read):
        self.written.append(read.message_index)
        return f"<{read.message_index}>".encode()

    def analyze(self, messages, chosen=None, **fields):
        return self.analyzer.analyze(LOCAL_CALLER, Wanted(messages=Sent(messages), **fields), chosen)
