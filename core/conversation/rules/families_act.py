"""Phrases of what leads do with the agent's turn before."""

from __future__ import annotations

STATE_INTENT = """
2.8: i want to; i'd like to; i would like to; we want to; we'd like to; we would like to; i wish to; i'm looking for;
  i am looking for; we're looking for; looking for a/an; looking to; i'm interested in; i need to find; i need to;
  help me find; i want a/an; i'd love to; i plan to; we plan to; i'm hoping to; i am trying to; i'm trying to;
  ready to; put me/us down; sign me up; can you find; could you find; can you help; could you help; please find;
  find me a/an; find an; search for; i'd like a/an; book a; schedule a; i was hoping to
1.2: i need a; we need a; reserve; please; want; sell my; sign
2.4: i'm going to; we're going to; we intend; i intend; my plan is; help me with; help me to; get me a; get us a;
  find us; put my; i'll sign; we'll take; draw up; send me the contract; looking to; i'm after; we're after;
  need to book; need to rent; need to buy; want .. to; like .. to; let's; i'd rather; i'm hoping; thinking of;
  make an offer; apply for; book me; enrol; hire; cancel my; order .. for; sign up; trade in
"""
INFORM = """
1.6: my budget; the budget; around; about; at least; up to; bedroom*; bath*; in the; it should; it must; it has to;
  must have; prefer*; i prefer; near; for two/three/four; mostly; we're a; we have; i have; there are; it's for;
  my name; my number; my email; located; two; three; one $; four; furnished; unfurnished; pets; somewhere; anything;
  something in; something with; i need it; i'd prefer; thousand; a month; i'm in; we're in
"""
ASK = """
3.0: ^ what; ^ what's; ^ whats; ^ how; ^ when; ^ where; ^ which; ^ who; ^ does; ^ do; ^ is; ^ are; ^ has; ^ will;
  can you tell; could you tell; tell me; let me know; i'd like to know; want to know; wondering; what is; what's the;
  how much; how many; is it; does it; are there; is there; do they; phone number; the address; do you know; whether
2.0: ^ can; ^ could; ^ would; ^ and the; give me the; send me the; details
"""
ASK_ALTERNATIVES = """
4.2: anywhere else; somewhere else; anything else $; any more; more apartments/houses/places/flats/homes/properties;
  more of them; find me anywhere; other apartment; other house; other place; find me something;
  another property/apartment/house/place/flat/unit
4.2: something else; anything else .. available/like/in/for; what else; who else; any other; any others;
  other options; other option; another option; other places; other ones; other apartments; other houses; others;
  another one; find another; find me another; show me another; is there another; are there other*;
  are there any other*; do you have other; do you have another; do you have any other; have you got another;
  have you any other; have any other; different one; a different; something different; alternatives; alternative;
  what about .. instead; instead; else is there; else do you; else have you; anything cheaper; something cheaper;
  anything bigger; something bigger; anything closer; find something; show me more; other than that one;
  keep looking; how about something; some other; one more option
2.4: how about; what about; another; other; else; cheaper; more options
"""
AFFIRM = """
4.4: ^ yes; ^ yeah; ^ yep; ^ yup; ^ yea; ^ ya; ^ sure; ^ correct; ^ right $; ^ exactly; ^ indeed; ^ absolutely;
  ^ definitely; ^ of course; ^ certainly; ^ please do; ^ ok $; ^ okay $; ^ confirmed; ^ affirmative; ^ that's right;
  that's correct; that is correct; that is right; that's right; yes please; go ahead $; please go ahead; uh huh;
  ^ aye; ^ totally; by all means; why not; ^ y $; looks correct; is correct; is right
2.0: ^ ok; ^ okay; please; sounds good; sounds great; that works; works for me; fine; it is $; i do $; i am $;
  we do $; we are $; i would $; perfect; great; alright; good
"""
NEGATE = """
4.4: ^ no; ^ nope; ^ nah; ^ not; ^ never; =no thanks; =no thank you; not really; not right now; not now; not at this;
  not at the moment; not yet; i don't; we don't; i do not; don't want; =don't need; isn't right; is wrong;
  that's wrong; that's not; that is not; incorrect; =not what; =rather not; neither; none; i changed my mind;
  change .. to; make it .. instead; actually; i meant; not interested; =won't be needed; =no need; i'm good;
  no that's; negative
1.2: =not; =don't; =nothing; too
"""
SELECT = """
4.2: that one; this one; the first; the second; the third; the last one; the latter; the former; the one with;
  the one i; the one for me; that's the one; i'll take; we'll take; i'll go with; we'll go with; let's go with;
  go with the; i like that; i like it; i like this; i love it; i love that; we like; that sounds; sounds good;
  sounds great; sounds nice; sounds perfect; sounds like; sounds lovely; sounds interesting; sounds fine; seems good;
  seems nice; seems perfect; looks good; looks great; looks nice; works for me; that works; that'll work;
  that will work; that'll do; that will do; that's perfect; that is perfect; that's good; that's great; that's fine;
  that would be perfect/great/good/fine/nice; it's perfect; is perfect; is fine; is good; is great; i'd pick;
  i choose; i'll have; just what; exactly what; that suits; i prefer the
2.0: perfect; great; good; nice; awesome; option; lovely; the larger; the smaller; the cheaper; one please
"""
THANK = """
4.0: thanks; thank you; thank u; thx; cheers; ta $; much appreciated; appreciate it; appreciate; grateful; thanks a;
  many thanks; you've been; helpful; so kind; kind of you
"""
GOODBYE = """
5: bye; goodbye; good bye
4.4: good bye; see you; see ya; take care; good night; goodnight; have a good/nice/great/lovely; have a wonderful;
  that's all; that is all; that'll be all; that will be all; that would be all; that's everything;
  that is everything; all i need*; all i wanted; all for now; all for today; nothing else; nothing more; no more;
  talk soon; speak soon; speak later; talk later; catch you; until next; signing off; ttyl; kind regards;
  best regards; regards; i'm all set; all set; i'm done; we're done; have fun; everything i need*; it for now
"""
