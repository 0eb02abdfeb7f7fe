"""Why a fit ends without a version."""

from __future__ import annotations

from core.errors import WrongState


class TrainingRefused(WrongState):
    """The data or the fitted model is not fit to serve; ``reason`` says which rule said so."""
