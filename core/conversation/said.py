"""What leads say about themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.conversation.rules.cues import Hit, Phrases
from core.conversation.rules.words import Words, words_of
from core.conversation.span import Span, joined
from core.conversation.word_set import word_set

_APPROVED, _UNAPPROVED, _DECIDES, _ASKS_OTHERS, _COMPARES, _NEEDS_NOW = range(6)
_FAMILIES: Mapping[int, str] = {
    _APPROVED: """
1: been pre approved/preapproved; been approved; i'm/we're/am/are/already/got/fully pre approved;
  i'm/we're/already/got/fully preapproved; i'm approved; we're approved; ^ pre approved; ^ preapproved;
  pre approved for/up/with/by; preapproved for/up/with/by
1: have/got/have .. pre approval/preapproval; have/got .. preapproval; have/got .. pre approval;
  pre approval letter .. attached/here/ready; mortgage in principle; agreement in principle; decision in principle;
  have/got .. approval in principle; mortgage offer; mortgage .. approved; mortgage .. agreed; mortgage is sorted;
  mortgage sorted; financing .. approved; financing .. sorted; financing is in place; finance is in place;
  finance .. agreed; loan .. approved; loan .. agreed; bank .. approved us/me/our/my/the/it; bank said yes;
  lender .. approved us/me/our/my
1: cash buyer*; paying cash; pay cash; pay in cash; cash in hand; proof of funds; funds are in place/ready/available;
  funds in place; funds available; money is in the bank; money is ready; deposit is ready; deposit saved
1: budget .. approved; budget is signed; budget .. signed off; funding .. approved; funding is in place;
  funding .. secured; spend .. approved; spend .. signed off; po .. approved; purchase order .. approved;
  finance .. signed off; cfo .. signed off; cfo .. approved; board .. approved .. budget; credit .. approved;
  passed .. credit check
""",
    _UNAPPROVED: """
1: not pre approved yet; waiting for/on .. mortgage/loan/pre/approval/bank/lender/financing; need .. pre approval;
  need to get .. pre approved/preapproved; need to get .. mortgage/financing/loan;
  mortgage .. rejected/declined/refused; loan .. rejected/declined/refused/denied;
  application .. declined/refused/denied; bank .. refused/declined/rejected/turned; turned down for;
  denied .. mortgage/loan/financing; budget isn't approved; budget .. not approved; no budget yet; no pre approval;
  haven't spoken .. bank/lender; still talking .. bank/lender; pending .. approval
""",
    _DECIDES: """
1: i decide; i make the decision*; i make the call; i make the final; it's my decision; it is my decision;
  my decision to make; my call; it's up to me; up to me; i'm the decision maker; i am the decision maker;
  decision is mine; i'm the one who decides/signs/signing; i'm the one signing; i have the final; i sign off;
  i sign the; i'm the owner; i own the; i am the owner; i'm the founder; i'm the ceo; i'm the director;
  i'm the managing; i run the; sole owner; sole buyer; i don't need anyone's/anybody's; i hold the budget;
  i control the budget; it's just me; buying .. alone; buying on my own; authorised to sign; authorized to sign;
  authority to sign; i'm authorised; i'm authorized; budget holder
""",
    _ASKS_OTHERS: """
1: ask/check/talk/discuss/speak/consult/confirm .. my/our/the wife/husband/partner;
  ask/check/talk/discuss/speak/consult/confirm .. my/our/the boss/manager/director/board;
  ask/check/talk .. my/our/the team/parents/mum/dad/mother/father/lawyer;
  discuss/speak/consult/confirm .. my/our/the team/parents/mum/dad/mother/father/lawyer;
  ask/check/talk/discuss/speak/consult/confirm .. my/our/the solicitor/accountant/committee;
  ask/check/talk/discuss/speak/consult/confirm .. my/our/the cfo/ceo/cto/landlord;
  ask/check/talk/discuss/speak/consult/confirm .. my/our/the co/spouse/fiance/family;
  ask/check/talk .. my/our/the colleagues/brother/sister/trustees;
  discuss/speak/consult/confirm .. my/our/the colleagues/brother/sister/trustees
1: =not my decision; =not my call; =not up to me; =not the decision maker; =isn't my decision; =isn't up to me;
  =not mine to make; =can't decide .. alone; =can't decide on my; =can't decide without; =can't sign .. without;
  =can't agree .. without; =not .. alone
1: board/boss/manager/director has to/the agree/approve/sign/decide/clear/final;
  wife/husband/partner/committee has to/the agree/approve/sign/decide/clear/final;
  cfo/ceo/legal/procurement has to/the agree/approve/sign/decide/clear/final;
  trustees/council/she/he has to/the agree/approve/sign/decide/clear/final; has to agree; has to approve;
  has to sign off; has to decide; has the final; needs to approve; needs to agree; needs to sign; must approve;
  must agree; will decide; decides on; makes the decision*; makes the final; makes the call; run it/this past/by;
  the board decides; board votes; board meets; sign off from; approval from; blessing; permission from; final say is;
  reports to; on behalf of my/our/a
""",
    _COMPARES: """
1: comparing; compare .. with/to/against; compare you/your/prices/offers/quotes; shopping around; shop around;
  looking around; other quotes; another quote; other offers; other agents/agencies/companies/firms/providers;
  other suppliers/vendors/dealers/places/houses/properties;
  another agent/agency/company/firm/provider/supplier/vendor/dealer; competitor*;
  talking to .. others/other/two/three/several; looking at .. others/other/two/three/several/competing/options;
  seeing .. others/other/two/three; between you and; you and two/three/one/another/your; shortlist*; short list;
  a few quotes; two quotes; three quotes; several quotes; get quotes; getting quotes; got a quote from; quoted me;
  quoted us; elsewhere; rival*; weigh* .. options; down to two/three/you; versus your; alternatives to; trialling;
  evaluating .. tools/vendors/options/two/three/several/other; better offer; better deal from; best offer wins
""",
    _NEEDS_NOW: """
1: need .. today/tonight/tomorrow/asap/immediately/now/urgently/straight/right;
  needs .. today/tonight/tomorrow/asap/immediately/now; need .. this week;
  need .. by friday/monday/tomorrow/tonight/noon; asap; as soon as possible; immediately; straight away;
  urgently need*; move in today/tomorrow/now/immediately; ready to move in; homeless; nowhere to live;
  nowhere to stay; evicted; eviction; have to be out; must be out; got to be out;
  lease/notice is/ends/runs up/this/next; =can't wait; deadline is; running out of time; in .. days time;
  within the week; start tomorrow/today/immediately/monday; starts on/next/this monday/week; out of stock;
  we've run out; has broken down; died on us/me; we're stuck; stranded
""",
}
_PHRASES = Phrases(_FAMILIES)
_OPPOSITE: Mapping[int, int] = {_APPROVED: _UNAPPROVED, _DECIDES: _ASKS_OTHERS}
_SUPPOSING = word_set(
    """
    if once unless until when whether assuming suppose would should can could does do how need get getting
    """
)
_SUPPOSING_REACH = 4
_PAST = word_set("promised wanted was were had used thanks ago earlier")
"""Words before an immediate need that tell of another time."""
_QUESTIONS: Mapping[int, str] = {
    _APPROVED: """
1: pre approved; preapproved; pre approval; preapproval; mortgage; financing; finance in place; proof of funds;
  budget .. approved; budget .. signed; funding; cash buyer; approved
""",
    _DECIDES: """
1: decision maker; decide; your decision; sign off; final say; authority; authorised; authorized; sole; your call
""",
    _ASKS_OTHERS: """
1: anyone else; anybody else; someone else; somebody else; other people; others involved; partner involved;
  need approval
""",
    _COMPARES: """
1: comparing; other quotes; other agents; other options; looking at others; other providers; competitors;
  shopping around; talking to anyone; talking to other; looking elsewhere
""",
    _NEEDS_NOW: "1: right away; immediately; asap; today; urgent; as soon as possible; straight away; this week",
}
_ASKED = Phrases(_QUESTIONS)
_YES = word_set(
    """
    yes yeah yep yup yea sure absolutely definitely correct indeed certainly exactly
    """
)
_NO = word_set("no nope nah not never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one message says about the lead, with the words that say it."""

    pre_approved: bool | None = None
    """Whether its means are approved: a mortgage agreed, proof of funds, a budget signed off. None: not said."""
    pre_approved_spans: tuple[Span, ...] = ()
    decision_maker: bool | None = None
    """Whether it decides itself (True) or somebody else has to agree (False). None: not said."""
    decision_maker_spans: tuple[Span, ...] = ()
    comparing: bool = False
    """Whether it weighs other offers."""
    comparing_spans: tuple[Span, ...] = ()
    immediate_need: bool = False
    """Whether it needs it now."""
    immediate_need_spans: tuple[Span, ...] = ()


def find_said(text: str, agent_text: str) -> Said:
    """Return what a message says about the lead.

    What is negated counts as its opposite ("not pre-approved"), what is only supposed ("if I were pre-approved", "do I
    need to be pre-approved?") is not said. Where a message says both, the doubt wins: not approved, others decide.

    Args:
        text: The lead's message.
        agent_text: The agent's turn before it, which a bare "yes" answers; may be empty.
    """
    words = words_of(text)
    found: dict[int, list[Span]] = {}
    for hit in _PHRASES.hits(words):
        column = _column(words, hit)
        if column is not None:
            found.setdefault(column, []).append(words.span(hit.first, hit.end))
    for column, span in _answered(words, agent_text):
        found.setdefault(column, [span])
    pre_approved, approved_spans = _side(found, _APPROVED, _UNAPPROVED)
    decides, decides_spans = _side(found, _DECIDES, _ASKS_OTHERS)
    return Said(
        pre_approved=pre_approved,
        pre_approved_spans=approved_spans,
        decision_maker=decides,
        decision_maker_spans=decides_spans,
        comparing=_COMPARES in found,
        comparing_spans=joined(found.get(_COMPARES, ())),
        immediate_need=_NEEDS_NOW in found,
        immediate_need_spans=joined(found.get(_NEEDS_NOW, ())),
    )


def _column(words: Words, hit: Hit) -> int | None:
    column = hit.cue.column
    if hit.cue.is_fixed:
        return column
    if column == _NEEDS_NOW and not _PAST.isdisjoint(words.words[: hit.first]):
        return None
    if column in _OPPOSITE and _is_supposed(words, hit):
        return None
    is_negated = words.is_negated(hit.first) or any(
        word.endswith("n't") for word in words.words[hit.first + 1 : hit.end]
    )
    return _OPPOSITE.get(column) if is_negated else column


def _is_supposed(words: Words, hit: Hit) -> bool:
    """Look for "if", "once", "do" in the four words before, in the same clause, and within the phrase."""
    if any(word in {"if", "until", "whether"} for word in words.words[hit.first : hit.end]):
        return True
    for before in range(hit.first - 1, max(-1, hit.first - 1 - _SUPPOSING_REACH), -1):
        if words.starts_clause[before + 1]:
            return False
        if words.words[before] in _SUPPOSING:
            return True
    return False


def _answered(words: Words, agent_text: str) -> Sequence[tuple[int, Span]]:
    """Return what a yes or no at the start says, by what the agent's last question asked."""
    is_yes = bool(words.words) and words.words[0] in _YES
    if not is_yes and not (words.words and words.words[0] in _NO):
        return ()
    asked = words_of(agent_text[max(0, agent_text.rfind("?") - 200) :])
    if not asked.question_marks:
        return ()
    columns = {hit.cue.column for hit in _ASKED.hits(asked)}
    if _ASKS_OTHERS in columns:
        columns -= {_DECIDES, _ASKS_OTHERS}
        columns.add(_ASKS_OTHERS if is_yes else _DECIDES)
    elif not is_yes:
        columns = {_OPPOSITE[column] for column in columns if column in _OPPOSITE}
    return [(column, words.span(0, 1)) for column in sorted(columns)]


def _side(found: Mapping[int, Sequence[Span]], yes: int, no: int) -> tuple[bool | None, tuple[Span, ...]]:
    if no in found:
        return False, joined(found[no])
    return (True, joined(found[yes])) if yes in found else (None, ())
