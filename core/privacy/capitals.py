"""Words that are often capitalised and name no person."""

from __future__ import annotations

_MONTHS_AND_DAYS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
    "christmas easter thanksgiving halloween ramadan"
)
_SENTENCE = (
    "interested ready happy available waiting busy free glad afraid keen curious serious married single moving buying "
    "i i'm i'd i'll i've im a an the and but or so if then than that this these those there here what when where "
    "who whom whose why how which is are was were be been being am do does did done have has had having will would "
    "shall should can could may might must not no yes yeah yep nope ok okay please thanks thank you your yours he "
    "she it we they my his her its our their me him us them to of in on at by for from with about into over under "
    "after before between during without within through up down out off again also just only very too now today "
    "tomorrow yesterday tonight soon later never always maybe perhaps hi hello hey dear good morning afternoon "
    "evening night great nice sorry regards sincerely cheers best sure fine well let lets let's get got go going "
    "come coming see look looking need want like love hate think know tell ask call send sent give take make made "
    "buy sell rent pay ask any some all both each every more most other another first last next new old big small "
    "one two three four five six seven eight nine ten because while since until although however actually honestly "
    "basically really still even once as per via don't can't won't isn't aren't doesn't didn't couldn't wouldn't "
    "shouldn't haven't hasn't it's that's there's what's who's he's she's we're they're you're we'll you'll i've "
    "we've you've team sir madam support everyone all folks guys there mum mom dad"
)
_TRADE = (
    "agent agents lead leads customer client buyer seller user assistant bot system budget price offer house home "
    "flat apartment condo villa studio loft garden kitchen bedroom bedrooms bathroom bath garage pool balcony open "
    "viewing visit tour demo trial contract deposit mortgage loan bank finance insurance lease tenant landlord "
    "property estate real listing listings name address website e-mail fax desk info personal tel telephone cell "
    "labor day street office company manager sales support service product plan basic pro premium enterprise "
    "business software app job role position salary interview resume cv internet google apple microsoft facebook "
    "whatsapp instagram zillow email phone mobile zip street st road rd avenue ave lane drive boulevard court place "
    "square park bridge station airport school university hospital hotel mall center centre city town county state "
    "north south east west northern southern eastern western central upper lower downtown uptown suite apt unit box "
    "english french german spanish italian dutch russian chinese japanese korean arabic portuguese swedish polish "
    "american british european african asian indian canadian australian mexican irish scottish greek turkish"
)
_PLACES = (
    "america usa uk england scotland wales ireland france germany spain italy portugal netherlands belgium austria "
    "switzerland sweden norway denmark finland poland greece turkey russia ukraine china japan korea india pakistan "
    "australia canada mexico brazil argentina chile egypt morocco nigeria kenya israel dubai qatar singapore "
    "thailand vietnam indonesia malaysia philippines europe asia africa london manchester birmingham leeds glasgow "
    "edinburgh dublin paris lyon berlin munich hamburg frankfurt madrid barcelona lisbon rome milan amsterdam "
    "brussels vienna zurich geneva stockholm oslo copenhagen helsinki warsaw prague budapest athens istanbul moscow "
    "york angeles francisco diego chicago houston phoenix philadelphia dallas austin boston seattle denver miami "
    "atlanta detroit vegas portland orlando tampa nashville toronto vancouver montreal sydney melbourne brisbane "
    "perth auckland california texas florida nevada arizona oregon washington colorado georgia ohio michigan "
    "illinois virginia carolina jersey hampshire brooklyn manhattan queens bronx soho harlem"
)
SPOKEN = frozenset(f"{_MONTHS_AND_DAYS} {_SENTENCE}".split())
"""Of these, those that are part of no address."""
COMMON = frozenset(f"{_MONTHS_AND_DAYS} {_SENTENCE} {_TRADE}".split())
"""In lower case."""
PLACES = frozenset(_PLACES.split())
"""Countries, states and cities that are talked of most, in lower case: what a lead looks for should stay readable."""
