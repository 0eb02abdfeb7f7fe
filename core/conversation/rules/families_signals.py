"""Phrases of urgency and of readiness to buy."""

from __future__ import annotations

URGENCY = """
2.6: please .. today/tonight/tomorrow; today .. please; tonight .. please;
  can you/someone/anyone/somebody/we/i .. today/tonight/tomorrow; could you/someone/we .. today/tonight;
  me today/tonight; me this afternoon/evening/morning; send .. today/tonight; call .. today/tonight;
  sign .. today/tonight/tomorrow; answer .. today/tonight; need .. this afternoon/evening/morning;
  needs .. this afternoon/evening; decide* .. today/tonight/this; today or; tonight or; by today;
  ends/expires/closes/due .. today/tonight/this; or we lose; or i lose; or we'll; or they'll; wedding's tomorrow;
  is at .. tomorrow; tomorrow and .. no/not/nobody/still; waiting .. now; as we; someone .. tonight/today
3.2: asap; a.s.a.p; urgent*; =can't wait any longer; emergency; immediately; =immediate; straight away; right away;
  at once; this minute
3.2: =before .. too late; time is running out; running out of time; right this second; drop everything;
  as soon as possible; pronto
2.8: within the/an/two/next hour/hours; in the next hour/hours/few/ten/twenty/thirty/fifteen; in an hour;
  in half an hour; within .. hours/minutes; in .. minutes
2.6: by tonight/tomorrow/noon/midnight/today/lunchtime/close/eod; before noon/midnight/lunch/tonight/tomorrow;
  by the end of today; by end of day; by close of business
2.4: need .. today/tonight/tomorrow/now/immediately/straight; needs .. today/tonight/tomorrow/now;
  has to be .. today/tonight/tomorrow; have to .. today/tonight/tomorrow/friday
2.4: must .. today/tonight/tomorrow/friday/monday; deadline is .. today/tomorrow/friday/monday; locked out;
  is due today/tomorrow/tonight/friday; expires today/tomorrow/tonight
2.4: =can't wait until; =can't wait till; as fast as; as quickly as; quick as you can; soon as you can;
  first thing tomorrow; first thing in the morning; every minute counts; hurry
2.3: today please; tonight please; now please; right now; this very
2.2: call me now/back/today/immediately; ring me now/today; someone .. now; somebody .. now; anyone .. now;
  answer .. now; stuck .. now; waiting .. outside
2.0: by friday/monday/tuesday/wednesday/thursday;
  before friday/monday/tuesday/wednesday/thursday/saturday/sunday/the/we; deadline; last chance; =no time to;
  tight on time
1.8: in two/three/2/3 days; within two/three/the/24/48 days/day/week/hours; this week; tomorrow; before we lose;
  before someone; before it goes; only .. left; starts tomorrow/today/monday; runs out
1.4: quickly; quick; soon as; hours; is down; are down; goes out; closing; closes at; today; tonight;
  end of this week; end of the week; can you .. now; stranded; =won't wait
0.8: please; i need; we need; need; must; have to; noon; midnight; hour
-4: =no rush; =no hurry; =not in a/any hurry/rush; =not urgent; =nothing urgent; =isn't urgent; =no urgency;
  =take your time; =whenever; =in no hurry; =at your leisure; =no pressure
-4: =next year; =sometime; =some day; =someday; =one day; =in the long run; =can wait; =isn't pressing;
  =not pressing; =when you get a chance/moment; =eventually; =urgent care; =urgently not
-2.5: =last week; =last month; =yesterday; =ago; =next month; =in a few months;
  =in the spring/summer/autumn/winter/fall; =used to; =was urgent; =this time last
-2: =thanks for; =thank you for; =how long; =what time; =are you open; =do you open; =usually; =normally; =every day;
  =every morning; =earlier today; =nice day; =good day; =today's special
-2: =that's all; =that is all; =all for today; =all i need; =all for now; =enough for today; =weather;
  =have a good/nice/great/lovely; =speak/talk/see to/you tomorrow/later/soon
2.8: can't wait; cannot wait; it can't wait; as we speak; any minute; this instant; short notice; same day;
  on hold .. minutes; going dark; went dark; we lose .. every; smell of gas; gas smell; leaking; flood*; on fire
2.4: this morning please; this morning or; before noon; before lunch; before 3pm/4pm/5pm/6pm; before you close;
  before they decide; by 5pm/4pm/3pm/noon; by then; end of today; end of play; end of day; end of the day;
  closes/finishes/shuts/lapses/runs .. tonight/midnight/today/tomorrow
2.4: in 5/10/15/20/30/five/ten/fifteen/twenty/thirty min/mins/minutes; in an/two/three/half hour/hours; hours away;
  running late; min late; mins late; i'm outside; waiting outside
2.0: quickly .. please; please .. quickly; tell me quickly; answer quickly; quick one; by monday/sunday/saturday;
  this evening or; before tonight; before tomorrow; last one; don't lose; don't want to lose; don't let; outbid
-3.4: =emergency exit; =emergency room; =emergency nurse; =emergency service*; =emergency line; =emergency generator;
  =emergency plumber on; =do you have .. emergency; =does .. emergency; =immediate neighbo*; =immediate start;
  =immediate care; =was urgent*; =marked urgent; =the urgent; =urgent tag; =everything asap; =in the middle
-3: =today bye; =for today; =see you; =all the best; =talk soon; =great call; =your patience; =signing off;
  =last winter; =last year; =in practice; =what does; =what counts; =is that; =two years ago; =remind me;
  =at weekends
1.6: today $; tonight $; this afternoon; this evening; tomorrow morning; is tonight; is tomorrow
-1.5: =for tonight; =later today; =what .. today; =which .. tonight; =our year; =i'll be; =will it; =does .. today
"""
BUYING = """
3.2: i'll take; we'll take; ill take; where do i/we sign; draw up the; send .. contract; send .. agreement;
  send .. paperwork; send .. invoice; send .. lease; ready to sign; ready to buy; ready to order
3.2: go ahead; like to go ahead; like to proceed; want to proceed; happy to proceed; ready to proceed; ready to go;
  ready to move; we accept; i accept; accept your/the; sign me up; sign us up; count us/me in
3.2: like to reserve; want to reserve; reserve the/it/one/plot/unit/two/a; put .. deposit; pay the deposit;
  pay .. deposit; place an/the/my/our order; make an offer; put in an offer; submit an offer; it's a deal;
  we have a deal
2.8: i'll sign; we'll sign; sign the; signed the; signed contract; signed and; ready when; put me/us down;
  book it/me/us/the; book me/us in; confirm the order/booking; close the deal; shake on; lock it in; lock in
2.8: what do you need from; what .. need from me/us; how do i/we pay; how do i/we proceed; how do i/we apply;
  next step*; where do i/we send/pay/upload/apply; take my money; here's my card; card number; po number;
  purchase order
2.6: want to buy; like to buy; like to order; want to order; like to purchase; want to purchase; like to apply;
  want to apply; apply for; like to book; want to book; want to sign; like to sign; like to rent; want to rent it
2.6: i want it; we want it; i'll have; we'll have; we'll go with; i'll go with; go with the; let's do it; lets do it;
  let's go with; let's get/sign/start/make; lets go; we're going with; i'm in; we're in; sold $; it's ours;
  consider it
2.4: want to get this done; like to get started; get started; when can i/we start/move/sign/pick/collect;
  start the contract; i'll pay; we'll pay; pay now; pay today; pay .. full; transfer the deposit; we've decided;
  i've decided; we have decided
2.4: upgrade us/me/to/our; renew us/the/my/our/for; add another; adding another; enrol me/us; register me/us;
  activate the; issue the/an; prepare the; raise the; ship it/them; order it; order for; place .. order
1.6: po; contract; agreement; proceed; i'd like to; we'd like to; i want to; we want to; yes please; move forward;
  commit; paperwork; deposit; reserve*; sign; order; purchase; approved .. budget; budget is approved
1.0: please; let's; offer; ready; start; take it; happy with; i want; schedule .. visit; book; yes
-3.5: =just looking; =just browsing; =just curious; =not ready; =not looking to; =not ready to; =not going to;
  =not yet; =not now; =not today; =not buying; =not interested; =don't want; =won't be; =no longer; =no plans
-3.5: =before i/we; =until; =if you can/could; =unless; =too expensive; =can't afford; =need to think;
  =think about it; =thinking about; =let me think; =cancel*; =refund; =return it; =changed my mind; =second thoughts
-2.5: =already signed; =already bought; =signed with; =last year; =in the future; =some day; =next year; =wondering;
  =curious; =used to; =what is; =what are; =is there; =how long; =how many; =do you have; =does it; =have you got
-2.5: =they want; =he wants; =she wants; =complain*; =my last order; =where is my order; =track*; =status of;
  =haven't received; =never arrived; =password; =log in; =balance
3.0: i'll buy; we'll buy; i will take; we will take; it's mine; it's a yes; a yes from; yes to your; sold $;
  i'm going for it; going for it; we're renewing; i'm renewing; renewing for; we're upgrading; upgrading to;
  signing up; start the/my/our subscription; start us; put us/me in; put my/our name; put .. basket; hold it for;
  switch us; switch me; where do i transfer; who gets the; fill it in; at checkout; close the sale
2.6: we sign; and we sign; countersign*; pro forma; please invoice; invoice us; invoice me; forward the/.. agreement;
  send over the; send me the link; send the link; link to pay; purchase agreement; sale agreement; order form;
  please process; process it; confirmed from; move ahead; moving ahead; our offer; my offer; we offer .. and;
  i'm offering; i offer; offer the full; asking price; raise us to; add .. to our offer; my counter; our counter*;
  if we exchange; can we exchange; deal ?; with the deposit; secure the; grab it; snap it up; quote and contract;
  charge the card; card on file; transfer .. today
1.6: works for me; that's fine; correct; we do; wants to start; po is; po attached; po by; paperwork; enrol*;
  subscribe; licence; get it
-3: =i'm in the; =i'm in a; =i'm in no; =i'm in trouble; =i'm in front; =we're in the; =we're in a; =we're in no;
  =we're in talks; =do people; =is it normal; =we aren't; =we are not; =where do i sign in; =sign in;
  =in instalments; =book .. tour; =book .. viewing; =book .. demo; =calendar invite; =has errors; =changed the;
  =was ready; =lets us; =not a priority; =at some point; =i'll have to; =i'd apply; =in a few months; =stay put;
  =call off; =bigger deposit; =my wife would; =deal lower; =good deal
"""
