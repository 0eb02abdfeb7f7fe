"""The trade of software sales: companies that ask for a product, a demonstration or an offer."""

from __future__ import annotations

from training.sample.trade import Trade

SOFTWARE = Trade(
    group="Software",
    kinds={
        "CRM": ("customer database", "sales pipeline tool", "quotation software"),
        "Analytics": ("reporting dashboard", "forecasting tool", "data warehouse"),
        "Security": ("password manager", "device management", "backup service"),
        "HR": ("time tracking", "leave planner", "applicant tracking"),
    },
    titles=(
        "{subject} for {size} users",
        "Replacing {old} with a {subject}",
        "Demo of your {subject}",
        "{subject}: question about {topic}",
        "Offer for a {subject} ({plan} plan)",
    ),
    openings=(
        "We use {old} today and are comparing products for {subject}.",
        "Our {department} department needs a {subject} for about {size} users.",
        "I found your {subject} through a comparison and have a question about {topic}.",
        "As a {company} we have to replace {old} before the contract ends.",
    ),
    details=(
        "An integration with {system} is a must, {system} would be a bonus.",
        "Our data must stay in the region, and single sign-on is required.",
        "Could you tell us more about {topic} in the {plan} plan?",
        "We expect to grow to {size} users within the year.",
        "The {department} department decides together with the management.",
        "At the moment everybody keeps their own spreadsheet, which costs us hours every week.",
        "Migration of about {records} records would have to be part of the offer.",
        "A test account for {weeks} weeks would help us to convince the others.",
        "We pay around ${rate} per month today and would like to stay near that.",
        "Support in our language matters to us, as does {topic}.",
    ),
    closings=(
        "Could we arrange a demonstration?",
        "Please send a quotation with yearly billing.",
        "Who is the right person to talk to?",
        "A short answer by mail is enough for now.",
    ),
    slots={
        "old": ("spreadsheets", "a home-grown tool", "an old server product", "a competitor's product", "paper forms"),
        "size": ("10", "25", "60", "120", "300"),
        "topic": ("data protection", "user rights", "the interface", "reporting", "mobile use", "pricing", "uptime"),
        "plan": ("starter", "team", "business", "enterprise"),
        "department": ("sales", "finance", "support", "personnel", "marketing"),
        "company": ("wholesaler", "law firm", "logistics company", "software house", "school group"),
        "system": ("our mail system", "our accounting", "Slack", "SAP", "our web shop", "Active Directory"),
        "records": ("5,000", "20,000", "80,000", "half a million"),
        "weeks": ("two", "three", "four"),
        "rate": ("200", "450", "900", "2,400"),
    },
    price_range=(600.0, 60_000.0),
    has_companies=True,
)
