"""Phrases of objections."""

from __future__ import annotations

PRICE = """
3.4: too expensive; too pricey; too dear; too costly; too high; too steep; =can't afford; =cannot afford;
  =couldn't afford; =don't have the budget; =not in the budget; out of .. budget; over .. budget; above .. budget;
  beyond .. budget; exceeds .. budget
3.4: out of .. price range; out of .. league; rip off; ripoff; daylight robbery; =not worth the/that/it;
  more than i/we can; more than i/we want*; more than we'd/i'd; above what we/i; over what we/i; beyond what we/i;
  more than what; costs too much
3.0: too much for; too much money; that's too much; that's a lot; a lot of money; a lot more than; way over;
  way above; steep; pricey; expensive; overpriced; =can't justify; hard to justify; =can't stretch; too rich;
  =can't spare; break the bank; eats into
2.4: budget .. won't/doesn't/can't; higher than; how much $; price is .. high; rates are; fees are; for that money;
  for that price; at that price; at that rate; hidden fees/costs; costs a fortune; arm and a leg; who pays that;
  =couldn't pay; =won't pay; =not paying
1.4: more than; cheaper; price is; fees; budget; only have
-4: =price is not the; =price isn't the; =price is fine; =price is ok; =money is not; =money isn't;
  =not about the price; =not the price; =happy with the price; =fair price; =good price; =great price; =reasonable;
  =how much is; =how much does; =what does it cost
-2: =what is the price; =what's the price; =how much for; =is there a fee; =under budget; =within budget
3.2: robbery; you must be joking; are you kidding; you're kidding; is mad; out of reach; overstretch*; won't stretch;
  doesn't stretch; that won't stretch; bears no relation; sticking point; the blocker; dearer; had set aside;
  add up too; lose money; budget stops; budget is .. and this; isn't something we can; makes no sense; not paying;
  bad deal; margin doesn't; margin does not; below what; lower than what; double what; twice what; you want how much;
  how much for a
"""
TIMING = """
3.4: too soon; too early; too late; bad time; =not a good time; =not the right time; wrong time; =not right now;
  =not now; =not ready yet; =not at the moment; =not this year/month/quarter/week/season; not for another;
  =not until; =not before
3.2: maybe next year; not .. next year; try .. next year; in the new year; after .. new year; maybe later;
  come back to; ask me again; try me again; try again in; get back to you in; revisit .. in; park it; park this;
  put .. on hold; on hold; on ice; hold off; hold fire; push .. back; pushing .. back; leave it until/till/for
2.8: too busy; too much on; snowed under; swamped; up to my/our; =no time; =haven't got time; =don't have time;
  timing is/isn't/doesn't; =can't think about; =can't commit until; have to wait; need to wait; rather wait;
  we'll wait; i'll wait; like to wait; wait until; wait till
2.4: after the summer/holidays/season/new/audit/harvest/baby/move/exams/wedding; after christmas/easter; until after;
  when the .. ends/over/sells/finishes/settles; still tied; lease runs; lease isn't; contract runs; notice period;
  =can't move until; mid project
1.6: later; busy; for now; months; until the; till; wait; another time; some other time; at the moment; yet;
  next spring/summer/autumn/fall/winter; next quarter; not for
-3: =how long; =when is; =when can; =what time; =asap; =as soon as; =no rush; =sooner the better; =thanks; =see you;
  =talk later; =speak later; =that's all
3.0: not yet; perhaps in; maybe in; maybe during; when it calms; when things calm; try us in; ring me in; call me in;
  only just renewed; just renewed; only just; nothing gets decided; i'm away; we're away; away then; let me finish;
  finish .. first; runs till; runs until; runs to; pick this up; pick it up in; wait a while; not while;
  don't need .. yet; no point in; little point; can't make any; clash* with; in eleven months; in a few months;
  our own place sells; in the middle of; ask me again; in spring; in autumn; in the autumn
-3.6: =happy new year; =not at the moment no; =not at the moment $; =book .. next year; =open between;
  =is it too early; =end of october; =what would you say; =can wait till; =sale can wait
"""
LOCATION = """
3.4: too far; =far too far; far away; miles away; miles from; wrong side; wrong area; wrong part; wrong end;
  other side of; bad area; rough area; =don't like the area; =not in .. area; =nowhere near; middle of nowhere;
  =don't deliver; =don't ship; =doesn't ship; =not available in
3.0: commute .. long/hour/two/kill*; long commute; long drive; hours each way; hour each way; each way; =don't cover;
  =doesn't cover; outside your/the/our/eu; out of .. area; other end of; out of town; out of the way;
  side of town/the; =not local; too remote; data .. country/eu/here; leave the country; stay in the country;
  hosted outside
2.4: nearer; closer to; closer in; further out; =no branch; =no office; =no parking near; noisy street/road;
  busy road; main road; neighbo* .. bad/noisy/dodgy/unsafe; =not safe at; area is .. rough/bad/noisy/dodgy/unsafe;
  location isn't; location doesn't; rather be near*; =don't have .. here; abroad; overseas
1.2: far; miles; country; county; region; travel
-3: =where is; =where are; =how far; =love the area; =love the location; =great location; =good area;
  =perfect location; =far as; =so far; =is there parking; =thanks
3.0: stops at; nearest .. hours/hour/miles/county; hours from; an hour away; hour from; hours away; hour to the;
  served our; not that area; west/east/north/south side only; away from the; out in the sticks; the sticks;
  walking distance; want something closer; anything closer; nothing closer; quieter; how far it is; awful to get to;
  another county; in our region; our postcode; isn't available in; not available in; valid in; won't take my country;
  my country; closer than; other side; don't serve; keep showing me
-3: =near my; =is lovely; =good for families; =a different; =not answering
"""
TRUST = """
3.4: scam; scammers; fraud; =don't trust; =not trust; can i trust; how do i know; how can i be sure;
  too good to be true; =don't believe; =can't believe .. word; my doubts; have .. doubts; sceptical; skeptical;
  =not convinced; wary; dodgy; sketchy; fishy; shady
3.2: bad reviews; terrible reviews; your reviews; read .. reviews; heard .. stories; heard .. bad;
  heard .. about you; bad things; burned before; burnt before; bitten before; been burned; let down before;
  ask for references; any references; see .. references; speak to references; prove it; =never heard of;
  are you legit; is this legit; legitimate; genuine
2.6: =not sure about you; =not sure i/we/the/your; =don't feel; worried about; worry about; concerned about;
  nervous about; what happens to; go bust; going bust; you go under; how safe; is it safe; is .. secure; data breach;
  hack*; sell my data; who sees .. data; where does our data; rely on; reliable; =can't rely; small print; hidden;
  catch; what's the catch
1.4: reviews; trust; doubt*; honest*; promise*; risk*; risky; security; suspicious; real; believe; feels off; uneasy;
  track record
-3: =trust you; =i trust; =trusted; =great reviews; =good reviews; =no doubt; =without a doubt; =catch up;
  =catch you; =thanks; =not worried
3.2: people i've never; never met; stock library; from a stock; from another site; bad experience; last time i;
  unresolved complaints; misled; regulated by; licensed; you licensed; actually licensed; cautious; hesitate;
  hesitant; reservations about; make me nervous; makes me nervous; nervous; who knows; so called; any papers;
  knock off; sell .. data; sold my; had a breach; a breach; even a real; are you real; made up; code of; obviously;
  if you go bust; change the rules; lock in; afraid of; before we order we; not wiring; sure you are; sure you're;
  doubt your; we doubt; always small print
-3.4: =what voids; =proof of id; =proof of address; =catch my; =catch the; =under contract; =will our data;
  =what happens to the finance; =an option
"""
COMPETITOR = """
3.4: better offer; better deal; better price from; better quote; cheaper elsewhere; another quote; other quotes;
  another offer; other offers; gone with; going with another/someone/somebody; went with; already have a/an/someone;
  already use; already using; already with; we already work; happy with our; happy with my; happy with who;
  happy where
3.2: another agent/agency/company/firm/provider/supplier/shop/dealer/vendor/bank/lender/broker;
  other agent/agency/company/firm/provider/supplier/shop/dealer/vendor/bank/lender; competitor*; rival*;
  current supplier/provider/vendor/agent/bank; present supplier/provider/bank; existing supplier/provider;
  your rival*; down the road; round the corner; next door .. cheaper
2.8: leaning towards; stay with; staying with; sticking with; stick with; =no reason to switch; =no reason to change;
  why would i/we switch/change/move; beat it; beat that; beat their; match it; match that; match their;
  offered me/us; quoted me/us; cheaper elsewhere; found .. elsewhere; going elsewhere; gone elsewhere;
  rented elsewhere; look* elsewhere; same thing for; the same for less; for less; they're offering; they offered;
  they include; switching from
1.6: yours is; than yours; compare* .. with; compared to; compared with; the other one; the others; with another;
  shopping around; comparing; switching
-3: =any other; =do you have another; =another one; =show me; =something else; =other colours; =other colors;
  =other than that; =left our; =what else; =thanks
3.2: chosen another; chose another; picked another;
  a different landlord/agent/agency/firm/company/provider/supplier/photographer; the rival one; somewhere else;
  list it ourselves; do it ourselves; my mate; a mate's; swears by; my bank gives; gives me; gives us;
  they've got our; got our business; wouldn't swap; delighted with my; happy with the one; going for that;
  does .. better; do .. better; tick more; can you get near; can you get anywhere; out of the box;
  why we'd go with you; less for the same; ticks more; won the vote; than with you; than in .. with you;
  we do this with; i can learn that; we use a; in talks with; further along; moving to one; all sorted with
-3.4: =already have an account; =main competitors; =typically; =years ago
"""
APPROVAL = """
3.4: ask my/the/our/her/him; check with my/the/our; run it/this past/by; talk to my; talk it over; speak to my;
  speak with my; discuss .. with my/the/our; need to consult; =not my decision; =not my call; =not up to me;
  =not mine to; =can't decide; =can't sign .. without; =can't agree .. without; =can't .. without
3.2: board .. approve/approves/has/meets/vote*/decide*/sign*; board has; board must; board votes; needs .. approval;
  need .. approval; awaiting approval; waiting for .. approval; get approval; sign off; signs off; signed off by;
  has to approve; has to agree; has to sign; has to say; has to clear; must approve; must agree; to vote; vote on;
  say yes first; says yes; blessing; consent
3.0: ask/check/convince/persuade/consult .. wife/husband/partner/boss/manager;
  ask/check/convince/persuade/consult .. director/dad/mum/parents/lawyer/solicitor;
  need .. wife/husband/partner/boss/manager/director/lawyer/solicitor/board;
  wife/husband has/needs/wants/must/would/is to/first/not/against/before;
  partner/boss/manager has/needs/wants/must/would/is to/first/not/against/before;
  director/lawyer has/needs/wants/must/would/is to/first/not/against/before;
  solicitor/cfo/board has/needs/wants/must/would/is to/first/not/against/before;
  before .. boss/wife/husband/partner/board/lawyer/director; legal team; legal department; legal has; legal needs;
  procurement; finance .. approve*; cfo; committee; trustees; head office; council must; works council; compliance
1.6: approve*; approval; decide*; permission; get .. clearance; first $; until .. agrees; wants to see it;
  wants to look; has the final say; final say; co signer; underwrit*; the bank has
-3: =pre approved; =preapproved; =already approved; =has approved; =have approved; =approved the budget; =i decide;
  =my decision; =signed off already; =ask you; =for my wife; =for my husband; =my wife and i; =my husband and i;
  =thanks; =bring my
3.2: last word; the final word; has to see; have to ask; must ask; must consult; countersign*; without asking;
  without my; without the; weigh in; must weigh; the directors .. meet*; directors only; my limit; approval limit;
  one level up; pass it up; cleared it; haven't cleared; hasn't cleared; the okay from; ok from; okay from;
  gets the last; lawyer's okay; in favour yet; show the other half; other half has; the missus; nod first;
  hasn't decided; haven't decided; only the .. may; ask at home; build a business case; put in the request;
  they decide; lets us; before i may; before we say; bank has to; before saying yes
-3: =agrees $; =said yes; =it's for me; =me and my; =for my; =with my; =raves; =is a; =agreed; =attached; =at once;
  =rude; =near my
"""
FEATURE = """
3.4: lacks; lacking; too small; too big; too heavy; too slow; too short; too narrow; too dark; too noisy; too basic;
  too complicated; too complex; too limited; too old; =no integration; =doesn't integrate; =doesn't support;
  =doesn't work with; =doesn't have; =doesn't fit; =doesn't come; =won't fit; =hasn't got; has no
3.0: there's no; there is no; missing; =not enough; =not big enough; =not compatible; =isn't compatible;
  incompatible; =not what i/we; =doesn't do; =can't do; =can't export; =can't handle; =can't use; =didn't like the;
  =don't like the; =not keen on; =not a fan; =not fond; wrong colour/color/size/shape; outdated; looks dated;
  feels dated; out of date; ugly; clunky; worn; damp; cramped; tiny; flimsy
2.4: was/were hoping for; i'd/we'd need a; we need .. but; needs work; needs too much; condition; no lift; no garden;
  no parking; no garage; no balcony; no app; no api; no export; no sso; no bulk; only one; only has; it only;
  only comes; only does; without a; =isn't enough; =aren't enough; wish it had; shame it; pity it; shame about;
  deal breaker; dealbreaker
1.4: version; feature*; design; plastic; kitchen; size; doesn't; too .. for our/us/my; =isn't
-3: =does it; =is there; =do you have; =has it got; =can it; =how big; =no problem; =no worries; =there's no rush;
  =there's no hurry; =there is no rush; =thanks; =not enough time; =too expensive; =no reply; =login
3.0: hideous; laughable; too wide; too low; too tall; too deep; too tight; too thin; nothing was .. enough;
  no go with; a no go; isn't right for; doesn't suit; don't care for; don't fancy; less appealing; only do; you only;
  bears no relation to what; faces north; not up to code; not deep enough; not wide enough; i'd want .. instead;
  can't even do; squeezed; dented; doesn't speak; we'd order .. if; should have; expected .. more; i'd want furniture
-3.6: =there's no deadline; =there's no date; =there is no deadline; =doesn't have to; =arrived with; =missing it;
  =as we speak; =very disappointing
"""
