"""A conversation as people see it: what was said, the words that show something, and what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.analysis import Analysis, ConversationSource, MessageAnalysis, Momentum, Needs, SignalReading
from leadline.command.screen import console, moment, safe, score_style, table
from leadline.conversation import ConversationMessage, EvidenceSpan, MessageRole

_STYLES: Final[Mapping[str, str]] = {
    "objection": "bold red",
    "urgency": "bold yellow",
    "buying": "bold green",
    "intent": "cyan",
    "fact": "magenta",
}
"""What shows something; what comes first here wins where words show several."""
_ROLE_STYLES: Final = {MessageRole.LEAD: "bold", MessageRole.AGENT: "blue", MessageRole.SYSTEM: "dim"}
_CONTEXT_LINES: Final = 200
"""Messages shown at most: the newest."""


def show_analysis(messages: Sequence[ConversationMessage], found: Analysis) -> None:
    """Print a conversation and its analysis.

    Args:
        messages: All of them.
        found: Their analysis, with answers of all of them.
    """
    screen = console()
    _show_messages(screen, messages, found)
    screen.print()
    screen.print(table(("", ""), list(_summary(found))))
    _show_insights(screen, found)
    screen.print(safe(_told_by(found), "dim"))
    for warning in found.warnings:
        screen.print(safe(f"Note: {warning.message}", "yellow"))


def highlighted(text: str, spans: Sequence[tuple[str, EvidenceSpan]]) -> Text:
    """Return a text with the words coloured that show something.

    Args:
        text: The message.
        spans: What each shows (``objection``, ``urgency``, ``buying``, ``intent``, ``fact``), and where.
    """
    shown = safe(text)
    order = list(_STYLES)
    # What is styled last wins.
    for kind, span in sorted(spans, key=lambda pair: order.index(pair[0]), reverse=True):
        if 0 <= span.start < span.end <= len(text):
            shown.stylize(_STYLES[kind], span.start, span.end)
    return shown


def _show_messages(screen: Console, messages: Sequence[ConversationMessage], found: Analysis) -> None:
    skipped = max(0, len(messages) - _CONTEXT_LINES)
    shows_colour = screen.color_system is not None and not screen.no_color
    if skipped:
        screen.print(safe(f"… {skipped:,} earlier messages", "dim"))
    answers = {one.message_index: one for one in found.messages}
    spans = defaultdict(list)
    for kind, span in chain.from_iterable(map(_evidence, found.messages)):
        spans[span.message_index].append((kind, span))
    for index in range(skipped, len(messages)):
        message = messages[index]
        head = Text(f"{message.role.value:>6}  ", style=_ROLE_STYLES.get(message.role, ""))
        _show_line(screen, head, highlighted(message.text, spans[index]))
        note = _note(answers.get(index), with_words=not shows_colour)
        if note:
            _show_line(screen, Text(" " * 8), note)


def _show_line(screen: Console, head: Text, body: Text) -> None:
    """Print a line, broken below its own beginning on a terminal, and not at all where a program reads it."""
    if not screen.is_terminal:
        screen.print(head + body, soft_wrap=True)
        return
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, body)
    screen.print(grid)


def _evidence(answer: MessageAnalysis) -> Iterator[tuple[str, EvidenceSpan]]:
    for kind, _, evidence in _findings(answer):
        yield from ((kind, span) for span in evidence)
    yield from (("fact", entity.span) for entity in answer.entities)


def _note(answer: MessageAnalysis | None, *, with_words: bool) -> Text | None:
    """Return what a message shows, and which words show it where no colour does."""
    if answer is None or answer.sentiment is None:
        return None
    parts = [Text(answer.sentiment.sentiment.value, style="dim")]
    for kind, told, evidence in _findings(answer):
        parts.append(Text(told, style=_STYLES[kind]))
        if with_words and evidence:
            parts[-1] += safe(" (" + ", ".join(f'"{span.text}"' for span in evidence) + ")")
    return Text("  ").join(parts)


def _findings(answer: MessageAnalysis) -> Iterator[tuple[str, str, Sequence[EvidenceSpan]]]:
    for intent in answer.intents:
        if intent.is_present:
            yield "intent", f"{intent.intent.value} {intent.probability:.0%}", intent.evidence
    for kind, name, signal in (
        ("urgency", "urgent", answer.urgency),
        ("buying", "ready to buy", answer.buying_intent),
    ):
        if signal is not None and signal.is_present:
            yield kind, f"{name} {signal.probability:.0%}", signal.evidence
    for objection in answer.objections:
        yield "objection", f"objects: {objection.kind.value} {objection.probability:.0%}", objection.evidence


def _summary(found: Analysis) -> Iterator[tuple[str, str | Text]]:
    yield "Priority", Text(f"{found.priority_score:.0f} of 100", style=score_style(found.priority_score))
    if found.sentiment is not None:
        yield "Sentiment", f"{found.sentiment.sentiment.value} ({found.sentiment.score:+.2f})"
    yield from _signal("Urgency", found.urgency)
    yield from _signal("Ready to buy", found.buying_intent)
    if found.intents:
        yield "Wants", ", ".join(f"{one.intent.value} {one.probability:.0%}" for one in found.intents)
    if found.objections:
        yield "Objects", ", ".join(f"{one.kind.value}{' (overcome)' * one.is_overcome}" for one in found.objections)
    needs = ", ".join(_needs(found.needs))
    if needs:
        yield "Needs", needs
    if found.behavioral_signals:
        yield "Signs", ", ".join(f"{_words(one.kind.value)} {one.strength:.0%}" for one in found.behavioral_signals)
    if found.momentum is not Momentum.UNKNOWN:
        yield "Momentum", found.momentum.value
    if found.lead_score is not None:
        yield "Lead score", f"{found.lead_score:.1f}, {found.lead_event_count:,} events"
    yield "Confidence", f"{found.confidence:.0%}"


def _signal(name: str, reading: SignalReading | None) -> Iterator[tuple[str, str | Text]]:
    if reading is not None:
        yield name, f"{reading.probability:.0%}{'' if reading.is_present else ' (below its threshold)'}"


def _needs(needs: Needs) -> Iterator[str]:
    amounts = [f"{amount:,.0f}" for amount in (needs.budget_lower, needs.budget_upper) if amount is not None]
    if amounts:
        yield f"budget {' to '.join(dict.fromkeys(amounts))} {needs.budget_currency}".rstrip()
    rooms = [f"{count:g}" for count in (needs.bedrooms_lower, needs.bedrooms_upper) if count is not None]
    if rooms:
        yield f"{' to '.join(dict.fromkeys(rooms))} bedrooms"
    yield from needs.places
    if needs.deadline is not None:
        yield f"by {moment(needs.deadline)}"
    if needs.is_pre_approved is not None:
        yield "means approved" if needs.is_pre_approved else "means not approved"
    if needs.is_decision_maker is not None:
        yield "decides itself" if needs.is_decision_maker else "others decide"


def _show_insights(screen: Console, found: Analysis) -> None:
    if not found.insights:
        return
    rows = [
        (f"{one.priority_score:.0f}", one.title, _words(one.urgency_level.value), "; ".join(one.recommended_actions))
        for one in found.insights
    ]
    screen.print()
    screen.print(table(("Priority", "Insight", "When", "What to do"), rows, right=("Priority",)))
    screen.print()


def _words(value: str) -> str:
    return value.replace("_", " ")


def _told_by(found: Analysis) -> str:
    names: dict[ConversationSource, list[str]] = defaultdict(list)
    for head in found.heads:
        names[head.source].append(head.model_kind)
    told = "; ".join(f"{_words(source.value)}: {_words(', '.join(kinds))}" for source, kinds in names.items())
    judged = f", as of {moment(found.as_of_time)}" if found.as_of_time else ""
    return f"By {told or 'nothing'}{judged}"
