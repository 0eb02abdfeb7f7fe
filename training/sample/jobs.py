"""The trade of job posts: companies that want people found for them."""

from __future__ import annotations

from training.sample.trade import Trade

JOBS = Trade(
    group="Jobs",
    kinds={
        "Engineering": ("backend engineer", "data engineer", "platform engineer", "mobile developer", "QA engineer"),
        "Design": ("product designer", "UX researcher", "brand designer"),
        "Sales": ("account executive", "sales development lead", "customer success manager"),
        "Operations": ("warehouse supervisor", "office manager", "payroll specialist", "logistics planner"),
    },
    titles=(
        "{level} {subject}",
        "{level} {subject} for our {team} team",
        "Hiring: {subject} ({contract})",
        "{subject}, {contract}, {team} team",
        "Looking for a {level} {subject}",
    ),
    openings=(
        "We are a {company} and want to hire a {level} {subject} for our {team} team.",
        "Our {team} team has grown quickly and now needs a {level} {subject}.",
        "After a colleague left us we have to fill the position of {subject} again.",
        "We would like support in finding a {subject} on a {contract} basis.",
    ),
    details=(
        "The person will work closely with {colleagues} and report to the head of {team}.",
        "We ask for {years}+ years of experience and a good command of {skill} and {skill}.",
        "Experience with {skill} is welcome but we are happy to train the right person.",
        "The range we have in mind is ${rate} per hour for a {contract} arrangement.",
        "Interviews take place in two rounds, the second one with {colleagues}.",
        "The office is easy to reach, and two days a week at home are usual here.",
        "We offer a learning budget, {benefit} and {benefit}.",
        "So far we have tried job boards, with many applications and few that fit.",
        "Please send profiles without photos and without dates of birth.",
        "A trial task of about {hours} hours is part of our process and is paid.",
    ),
    closings=(
        "Please tell us how you work and what it costs.",
        "Looking forward to your call.",
        "Do you have suitable candidates in your network?",
        "Thank you for a short note on the next steps.",
    ),
    slots={
        "level": ("senior", "junior", "lead", "mid-level", "experienced"),
        "team": ("payments", "growth", "infrastructure", "support", "analytics", "finance", "logistics"),
        "contract": ("full-time", "part-time", "fixed-term", "freelance"),
        "company": (
            "family-owned manufacturer",
            "software company",
            "retail chain",
            "regional clinic",
            "young start-up",
        ),
        "colleagues": ("product managers", "the founders", "two senior colleagues", "our partners abroad"),
        "years": ("2", "3", "5", "7", "10"),
        "skill": ("Python", "SQL", "Figma", "Salesforce", "Kubernetes", "German", "Spanish", "Excel", "negotiation"),
        "rate": ("28", "35", "45", "60", "75", "90"),
        "benefit": ("a company bike", "thirty days of leave", "a pension plan", "childcare support", "free lunch"),
        "hours": ("two", "three", "four"),
    },
    price_range=(3_000.0, 30_000.0),
    has_companies=True,
)
