"""The trade of home services: people who need something built, repaired or cleaned."""

from __future__ import annotations

from training.sample.trade import Trade

HOME_SERVICES = Trade(
    group="Home services",
    kinds={
        "Plumbing": ("leaking pipe", "new bathroom", "water heater", "blocked drain"),
        "Electrical": ("fuse box", "wall box for an electric car", "rewiring", "garden lighting"),
        "Roofing": ("roof repair", "new gutters", "attic insulation"),
        "Cleaning": ("weekly cleaning", "move-out cleaning", "window cleaning"),
        "Garden": ("hedge cutting", "new lawn", "tree felling", "terrace"),
    },
    titles=(
        "{subject} in a {building}",
        "Quote for {subject}",
        "{subject}: who has time?",
        "Help with {subject}",
        "{subject} ({building}, {age})",
    ),
    openings=(
        "In our {building} we need somebody for the following job: {subject}.",
        "We have been thinking about {subject} for our {building} and would like an estimate.",
        "My neighbour recommended you for {subject}.",
        "The {building} is {age}, and now it is time for {subject}.",
    ),
    details=(
        "It concerns about {area} square metres on the {floor}.",
        "Access is through the {access}, a van can park right in front.",
        "Another company looked at it and wanted {price} without saying why.",
        "We can provide the material ourselves if that makes it cheaper.",
        "Somebody is at home {times} and can show you everything.",
        "The landlord has agreed and would like to see a written estimate first.",
        "Photos can be sent by mail, the {access} is easy to see on them.",
        "Please take the old parts away with you.",
        "There are cats in the house, so doors must stay shut.",
        "We would also like a yearly inspection afterwards.",
    ),
    closings=(
        "When could you come and have a look?",
        "Please call me back.",
        "What would that cost roughly?",
        "Thank you for an estimate with dates.",
    ),
    slots={
        "building": ("terraced house", "third-floor flat", "old farmhouse", "row of garages", "small shop", "bungalow"),
        "age": ("built in the sixties", "about ten years old", "more than a century old", "quite new"),
        "area": ("12", "30", "55", "90", "140"),
        "floor": ("ground floor", "first floor", "top floor", "north side", "whole plot"),
        "access": ("back yard", "front door", "garage", "stairwell"),
        "price": ("twice as much as expected", "far too much", "a fixed sum", "payment in advance"),
        "times": ("in the mornings", "after four", "every Friday", "at weekends", "most days"),
    },
    price_range=(80.0, 15_000.0),
    has_companies=False,
)
