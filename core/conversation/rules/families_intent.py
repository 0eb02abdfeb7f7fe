"""Phrases of what leads want. Buying has its own table in :mod:`~core.conversation.rules.families_signals`."""

from __future__ import annotations

BUYING_INTEREST = """
2.6: looking for; looking to buy; looking to rent; looking to hire; i'm after; we're after; in the market;
  interested in buying; interested in renting; want to buy; want to rent; want to find; like to find; like to buy;
  like to rent; need to find; help me find
2.2: i need a; we need a; i want a; we want a; i'd like a; find me a; searching for; order; reserve; subscribe;
  apply; hire; buy; rent a
"""
SELLING = """
3.4: sell my/our/it/the; want to sell; like to sell; looking to sell; thinking of selling; selling my/our/the;
  list my/our; listing my/our; put .. on the market; trade in; trade my; part exchange; trade it; my house valued;
  valuation; do you buy; would you buy; you buy .. used; take .. part exchange; get rid of
2.6: offer our/my services; we offer; we supply; we provide; we sell; i sell; become a reseller; reseller;
  partner with you; freelance*; for sale; rent out my/our/the; let out my/our; consign*; second hand; my listing;
  your commission; marketplace
1.6: sell; selling; commission; listing; sale; clients
-3: =do you sell; =you sell; =selling point; =are you selling; =sell data; =sell me; =upsell
2.8: buy my; buy our; offload; part with; up for sale; put .. up for; my place on; our place on;
  interested in buying my/our; open to parting; take them off; take it off my; lease to you; offer you our;
  offer you my; available as a; happy to tutor; my rate; hire me; represent us; become a stockist; stockist;
  wholesale to you; your shelves; sublet; let my flat; landlord here; what would you give; what's it worth;
  what would it fetch; how much would you give; list with you; selling agent; estate sale; my old .. for; swap my;
  donate my; sell off
"""
INFORMATION = """
2.4: can/could you tell me; can/could you send .. details/brochure/info*; more info*; more details;
  information about; information on; tell me about; tell me more; i'd like to know; want to know; wondering if;
  wondering whether; is it available; still available; is .. available; do you have; have you got; is there a/an/any;
  are there any; what are your hours
2.2: what is the; what's the; what are the; which of; how many; how long; how big; how old; how does; how far;
  does it; does the; does your; is the; is it; are the; are you; do you; where is; where are; when is; when does;
  what time; who is; can i get .. copy; send me the; brochure; spec sheet; floor plan; documents; what does;
  whats the; do they
1.2: what; when; where; which; how; who; does; whether; details; info; address; number
-2: =how are you; =how much; =how do i pay; =why is nobody; =why has; =what a
"""
PRICE = """
3.4: how much; what .. cost*; what's the price; what is the price; price of; price for; the price; your price*;
  your rates; pricing; price list; quote for; a quote; ballpark; what do you charge; how expensive; monthly fee;
  service charge; what's the rent; rent per; per month; cost per; price per; fees
2.8: budget; too expensive; expensive; pricey; afford; cost; costs; price; prices; priced; cheaper; cheap; fee;
  charge; charges; rate; rates; total
1.6: pay; worth; a month; a year; per; money; spend
-3: =priceless; =at all costs; =no cost; =free of charge; =in charge; =charger; =charge my phone
"""
FINANCING = """
3.4: mortgage*; financ*; instal*; lease purchase; leasing; lease option; loan*; pre approv*; preapprov*;
  credit check; credit score; down payment; downpayment; interest rate; apr; payment plan; payment terms;
  pay monthly; pay in .. parts/months/stages; spread the/it; spread .. cost; net 30; net 60; proof of funds;
  cash buyer; deposit scheme; guarantor; lender; agreement in principle
2.0: monthly payments; deposit; invoice terms; bank; credit; quarterly; annually or monthly; pay later;
  stage payments; split the
-2: =credit card; =credit to; =blood bank; =bank holiday; =bank account
"""
VIEWING = """
3.4: viewing*; view it; view the; view this; visit; schedule .. visit; book .. visit; see it in person; see it;
  see the place/flat/house/apartment/unit/car/property; come and see; come by; come see; come round; come over;
  pop in; pop by; have a look round; look around; look round; show me around; show us around; open house; open day
3.2: demo; a tour; virtual tour; tour of; walkthrough; walk through; test drive; test ride; try it; try it out;
  trial; free trial; pilot; sandbox; interview; try .. on; book .. slot; book a call; set up a call; appointment;
  site visit; in person; in the flesh; walk us through; show us
1.6: see; look at; meet; tomorrow at; saturday; available .. times; slot; tour; schedule
-3: =in my view; =point of view; =a trial and error; =see you; =i see; =see attached; =from what i can see;
  =let's see; =website visit
2.6: in the flesh; come along; drop by; swing by; nip over; inspect*; inspection; drive it; hear it; sample*;
  sit in on; taster; trial lesson; look inside; see inside; see how it works; see it working; seen it; see both;
  see them; see one; meet the; meet up; bring my; walk around; floor walk; video call; live session;
  proof of concept; webinar; hands on; trial run; second look; come for; round to see
"""
NEGOTIATION = """
3.4: discount*; knock .. off; take .. off; come down; meet me/us half*; meet in the middle; best price; best offer;
  final offer; counter*; would you take; would you accept; will you take; would they accept; would they take;
  lower .. price; do better; better price; better deal; better rate; better terms; match .. price; match their;
  match that; match it; negotia*; wiggle room; room to move; flexible on; sharpen
3.0: if you can/could do/drop/throw/include/lower/bring/waive/match; throw in; waive .. fee; waive; drop the;
  bring .. down; split the difference; i'll give you; we'd go to; we can go to; call it; make it .. and; percent off;
  % off; off the price; off the list; reduce*; cheaper if; price if; volume price*; bulk; free delivery if;
  include .. and we'll/i'll; i can offer; we can offer; we'd offer; i'd offer; my offer
1.6: offer; deal; off; lower; if we; extra; terms; concession; match
-3: =job offer; =do you offer; =you offer; =not negotiable; =special offer; =what offers; =a great deal; =big deal;
  =good deal; =no deal; =better offer
2.6: any discount; cheaper deal; lower it; bring it down; shave; trim the; less than that; what's your best;
  your best; can you get near; get anywhere near; care to improve; could it be waived; be waived; reduced if;
  would the rent be; if we did; if i pay; if we pay; cash and; we give you; you give us; deal ?; is that negotiable;
  open to offers; make me an offer; revised offer; our offer is; my offer is; offer of; instead of; two for; minus;
  knock; sweeten; in return; in exchange; accept and; firm; drop it to; down to; bump it; go as low; as low as;
  lowest; will you do; could you do; would you do .. for; do it for; settle on; meet us; get closer; improve on;
  beat that
"""
COMPLAINT = """
3.4: complaint; complain*; unacceptable; disgrace*; ridiculous; appalling; rude; refund; money back; want my money;
  still waiting; still not; still hasn't; still haven't; =nobody has; =no one has;
  nobody called/calls/rang/replied/answers/came; never called/arrived/turned/came/replied/got; let down; fed up;
  disappointed; waste of; wrong order; wrong item; wrong size; charged twice; charged me twice; double charged;
  overcharged; billed twice
3.0: broken; faulty; damaged; =doesn't work; =not working; =isn't working; stopped working; keeps crashing; crashed;
  is down; was down; leaking; cracked; missing from; third time; second time .. call*; how many times;
  again and again; you promised; promised me/us; was promised; no reply; no answer; no response; ignored;
  =didn't show; =didn't turn; lied; misled; terrible; awful; worst; horrible; useless; poor service; bad service;
  shocking; cancel my; sick of; had enough
1.8: wrong; late; delayed; weeks; problem; issue; error; fix; again; lost; why has/hasn't/is/do/did; =not happy;
  unhappy; supposed to; =still; angry; annoyed
-3: =no complaints; =no problem; =not a problem; =no issue; =no worries; =can't complain; =nothing wrong; =never let;
  =if .. breaks
2.6: fix it; fix this; sort this; sort it out; not what i; not what we; never again; joke; cut off; charged; ghosted;
  chasing; third call; been on hold; on hold for; nobody told; nobody picked; no one picked; keeps timing;
  timing out; keeps .. out; smashed; sags; torn; scratched; stained; mouldy; dead on; went missing; goes unanswered;
  unanswered; for weeks; for months; weeks ago and; months and; supposed to; condescending; dismissive; pushy;
  sloppy; fobbed off; runaround; run around; bait and switch; not happy with; let us down;
  want to speak to .. manager; your manager; escalate; report you; ombudsman; one star; bad review; stop calling;
  stop texting; stop sending; spam; without asking; without telling; false; lie; mistake; wrongly; double booked;
  stood us up; stood me up
"""
GREETING = """
3.6: ^ hi; ^ hello; ^ hey; ^ hiya; ^ good morning/afternoon/evening; ^ greetings; ^ dear; ^ howdy; ^ morning $;
  ^ evening $; ^ hi there; ^ yo; ^ afternoon $; anyone there; anybody there; nice to meet; pleased to meet;
  how are you; is anyone; ^ heya; ^ hullo; ^ evening; ^ morning; ^ afternoon
"""
CLOSING = """
3.6: bye; goodbye; good bye; see you; see ya; take care; that's all; that is all; that'll be all; that will be all;
  that would be all; all i need*; all i wanted; all for now; all for today; all set; good night; goodnight;
  have a good/nice/great/lovely; talk soon; speak soon; speak later; talk later; kind regards; best regards; regards;
  sincerely; cheers $; until next; catch you; signing off; ttyl; we're done; i'm done; nothing else;
  no more questions
2.6: thanks $; thank you $; thanks for your/the/all; thank you for; many thanks; thanks a; thanks so; thank you so;
  thank you very; ta $; much appreciated; that helps; that answers; i'll be in touch; be in touch; will be in touch;
  enjoy your
-3: =thanks in advance; =thank you in advance; =see you have; =see your
"""
OTHER = """
2.6: wrong number; wrong chat; wrong person; meant for; ignore that; ignore this; ignore my; hang on; one sec;
  one moment; hold on; brb; lol; haha; hmm; sorry ignore; my cat; weather; last night; the match; congrats;
  congratulations; happy birthday; merry christmas; how was your; are you a bot; are you human; are you real;
  tell me a joke; test $; testing; unsubscribe; stop texting
1.4: let me; back in; phone; train; door; on my way; autocorrect; typo
2.4: school run; someone's at; just walked; kids; happy new year; good luck; bless you; dinner; lunch; football;
  song; recipe; tv; movie; joke; remind me; play; it's raining; raining; foggy; snow; sunny; thirsty; my back;
  holiday was; how is your; did you watch; emoji; ok $; okay $; noted; i see $; got it $; right then;
  what's your name; who is this; who am i; robot; never mind; nevermind
"""
