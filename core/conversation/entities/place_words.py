"""Words that stand where places stand and are none."""

from __future__ import annotations

from core.conversation.entities.calendar_words import MONTHS, WEEKDAYS
from core.conversation.word_set import word_set

NO_PLACE = frozenset((*MONTHS, *WEEKDAYS)) | word_set(
    """
    i i'm i'd i'll i've it its he she we they you a an the this that these those my our your his her their no yes
    ok okay english spanish french german italian dutch portuguese chinese japanese excel word pdf powerpoint
    slack teams zoom usd gbp eur cad ai api crm hr sso saas gdpr sla poc demo christmas easter thanksgiving diwali
    ramadan hi hello hey thanks thank dear please sorry mr mrs ms dr what where when who why how is are do does
    can could would that's thats there there's yup yeah yep nope search fully it's apartment apartments house flat
    home any some all one now everything anything something nothing we're you're let let's so as if by on of per
    find show send give tell make keep get wifi tv id pin pos csv json sql google microsoft apple amazon gmail
    outlook whatsapp facebook instagram salesforce hubspot docusign stripe shopify zapier
    """
)
"""Words that are written with a capital and name no place."""
NO_PLACE_IN_LOWER_CASE = frozenset((*MONTHS, *WEEKDAYS)) | word_set(
    """
    spring summer autumn winter fall paid free pro premium basic annual yearly plan tier version system platform
    software
    a an the this that these those my our your his her their its any some all both another one two three four five
    six seven eight nine ten and or but so for with without to of on at by from please thanks thank that's which
    who what where when will would can could is are was were be been being has have had do does did not no yes
    just only also about around near next last there here good great nice better best cheap cheaper affordable
    quiet safe same different similar new old budget price range mind general particular total cash advance time
    times case order person question fact future past morning afternoon evening week weeks month months day days
    year years town city area areas region country county neighborhood neighbourhood suburb suburbs district
    location locations place places building buildings complex street house home work school schools shops station
    downtown centre center middle terms need needs love hurry touch contact charge condition writing full half
    detail details mine me you us them it him if as because since then than maybe perhaps instead right now soon
    today tomorrow tonight asap under over below above between within less more most least pets furnished
    unfurnished having i we he she they want looking moving using per via public private local nearby walking
    transit transport bus train metro park parks beach lake river university college campus office offices
    hospital airport it's very really quite too
    """
)
"""Words that follow "a flat in" and name no place."""
