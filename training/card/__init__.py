"""The model card of a version: what it was made of, how good it is, and what it cannot do."""

from training.card.content import CardContent
from training.card.files import card_files

__all__ = ["CardContent", "card_files"]
