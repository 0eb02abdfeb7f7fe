"""The trade of property: people who want to buy, rent or sell a home or an office."""

from __future__ import annotations

from training.sample.trade import Trade

PROPERTY = Trade(
    group="Property",
    kinds={
        "Apartment": ("two-room apartment", "three-room apartment", "studio", "penthouse", "loft"),
        "House": ("family house", "terraced house", "cottage", "bungalow"),
        "Office": ("small office", "co-working floor", "ground-floor practice", "workshop with office"),
    },
    titles=(
        "{subject} near the {place}",
        "Wanted: {subject} with {feature}",
        "{subject}, {condition}",
        "Viewing request for a {subject}",
        "{subject} for {people}",
    ),
    openings=(
        "We are {people} looking for a {subject} near the {place}.",
        "I saw your listing of a {subject} and would like to know more.",
        "Our lease ends soon, so we are searching for a {subject} with {feature}.",
        "We plan to sell our {subject} and buy something {condition} instead.",
    ),
    details=(
        "It should have {feature} and, if possible, {feature}.",
        "The {place} ought to be within {minutes} minutes on foot.",
        "We would prefer something {condition}, since we do not want to renovate.",
        "The bank has already given us an offer over {years} years.",
        "We can put down about {percent} percent ourselves.",
        "Two children and a quiet dog will live there with us.",
        "Please let us know about heating costs and the state of the roof.",
        "A parking space would be good but is not decisive.",
        "We have seen {count} homes so far and none of them was right.",
        "The monthly rent should include heating and water.",
    ),
    closings=(
        "When would a viewing be possible?",
        "Please send the floor plan and the energy certificate.",
        "We look forward to hearing from you.",
        "Best reached in the evening.",
    ),
    slots={
        "place": ("river", "old town", "central station", "university", "park", "harbour", "primary school"),
        "feature": ("a balcony", "a garden", "a lift", "a cellar", "underfloor heating", "a second bathroom", "a view"),
        "condition": ("newly built", "recently renovated", "in original condition", "ready to move in"),
        "people": ("a young couple", "a family of four", "two retired teachers", "a small company", "three students"),
        "minutes": ("five", "ten", "fifteen", "twenty"),
        "years": ("10", "15", "20", "25"),
        "percent": ("10", "20", "30", "40"),
        "count": ("three", "five", "eight", "a dozen"),
    },
    price_range=(90_000.0, 1_600_000.0),
    has_companies=False,
)
