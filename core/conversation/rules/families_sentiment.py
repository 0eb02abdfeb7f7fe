"""Phrases of feeling."""

from __future__ import annotations

NEGATIVE = """
3.2: terrible; horrible; awful; appalling; disgusting; disgrace*; worst; useless; hopeless; dreadful; pathetic;
  rubbish; garbage; trash; crap; ridiculous; unacceptable; shambles; joke of; is a joke; rip off; ripoff; scam;
  scammers; liars; lied; lying; rude; hate; hated; i hate; nightmare; furious; angry; livid; gutted
3.0: disappoint*; frustrat*; annoy*; fed up; sick of; tired of; had enough; let down; waste of; wasted; fuming;
  upset; unhappy; =not happy; =not good; =not impressed; =not worth; unreliable; unprofessional; careless; poor; bad;
  worse; sucks; sucked; sad; ugh; boring; bland; dull; mess; lousy; cheap plastic; shoddy; flimsy; misleading;
  mediocre; tedious; stupid; dumb; lame; crashed; failed; fails; fail; disaster
2.6: broken; broke; faulty; damaged; stopped working; =doesn't work; =didn't work; =never works; =won't work;
  crashes; crash; cracked; ignored; nobody cares; nobody called; no reply; nothing works; for nothing;
  thanks for nothing; overpriced; charged twice; twice and; third time; still waiting; you keep; you people; avoid;
  regret; never again; =wouldn't recommend; =don't recommend; =don't bother; forget it; whatever; promised; too slow;
  too loud; unfortunately; ruined; lacks; uncomfortable; cold food; stale; dirty; filthy; noisy; smells; smelled;
  stinks; painful; hurt; wrong
1.4: problem*; issue*; lost; nobody; never; wrong; late; delayed; too expensive; expensive; waste; dead; worried;
  worry; afraid; doubt; difficult; hard to; slow; weak; missing; cancelled; why is; can't even; even the; fix; miss;
  cry; tired; ill; sorry; too; overly; barely; lost my
2.6: robbery; you must be joking; are you kidding; laughable; hideous; ugly; grim; dire; atrocious; abysmal; dismal;
  unhelpful; condescending; pushy; sloppy; incompetent; clueless; untrustworthy; cheated; conned; misled; ripped off;
  gave up; give up; walked out; sagging; sags; torn; leaks; leaking; leaked; stuck; not a single; not one; too long;
  too short; too thin; falls apart; fell apart; fell off; died; dies; wouldn't; insult*; shame; shameful; embarrass*;
  worthless; pointless; predictable; unfunny; pretentious; forgettable; bored; clumsy; confus*; weird; disgust*;
  creepy; scared; depress*; lonely; hurts; stressed; mad; crying; unfair; wish i hadn't; money down; never arrived;
  bland; soggy; burnt; undercooked; overcooked; bitter; watery; greasy; tasteless; inedible; no taste; ignored me;
  stood me up; no idea; at best; drags; mess of; excuse for; instead of
"""
POSITIVE = """
3.2: great; excellent; amazing; awesome; fantastic; wonderful; brilliant; perfect; perfectly; superb; outstanding;
  lovely; love; loved; loves; loving; delight*; thrilled; gorgeous; beautiful*; adore; best; fab; fabulous;
  incredible; terrific; impress*; recommend; highly recommend; exceed*; a star; a pleasure; made my day; well done;
  five stars; charming; masterpiece; stunning; heartwarming; yay; woohoo; congrats; congratulations; happy birthday
2.6: happy; glad; pleased; pleasure; grateful; appreciate*; thrilled; excited; looking forward; =can't wait;
  sounds great; sounds good; sounds perfect; sounds lovely; helpful; friendly; delicious; tasty; enjoy*; fun; funny;
  entertaining; impressed; works well; works great; work great; worked great; worth every; exactly what; just what;
  thank you so much; thanks so much; thanks a million; many thanks; much appreciated; kind of you; you've been; nice;
  good; cool; superb; smooth; satisfied; comfortable; fresh; fast delivery; super; wow; better than; no complaints;
  smart; powerful; moving; touching; proud; winner; blessed; hilarious; clever; refreshing; compelling; warm
1.6: thanks; thank you; cheers; sweet; fine; well; easy; easily; reliable; clear; like it; i like; we like; works;
  star; win; won; finally; recommend*; quick; polite; patient; clean; solid; crisp; favorite; favourite; smile;
  best of; hope
0.6: yes please; sure; ok great; welcome; really; very
-2.5: =would be nice; =would be great; =it would be great; =would be good; =is it good; =thanks but; =great if;
  =good if; =nice if; =best price; =best way; =best time; =best time to; =the best way; =good morning;
  =good afternoon; =good evening; =good day; =what's the best; =like to know; =would love to know
2.6: can't complain; couldn't be happier; couldn't be better; can't fault; cannot fault; couldn't fault; no regrets;
  never disappoints; never let me down; never looked back; no trouble; without a hitch; like a dream; life saver;
  lifesaver; game changer; spot on; top notch; first class; first rate; well worth; worth the; worth it;
  made with care; won me over; blown away; over the moon; chuffed; made up with; pleasantly; treat; gem; dream;
  magic; magical; joy; joyful; bliss; hooked; laughed; gripping; riveting; witty; vivid; elegant; stylish; cosy;
  generous; gentle; caring; thoughtful; courteous; attentive; welcoming; prompt; speedy; effortless; handy; neat;
  sturdy; durable; crystal clear; good value; great value; bargain; come back; will be back; be back; again soon;
  keep it up; good job; great job; nice one; fair play; good luck; congratulations; excited; cute; yum; yummy;
  refreshing; heavenly; sublime; superior; better than i; exceeded; honest; fair; fast; efficient
"""
