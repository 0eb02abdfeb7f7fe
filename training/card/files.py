"""Makes the files of a model card."""

from __future__ import annotations

from training.card.calibration_plot import calibration_plot
from training.card.content import CardContent
from training.card.curve_plot import curve_plot
from training.card.importance_plot import importance_plot
from training.card.lift_plot import lift_plot
from training.card.markdown import CALIBRATION_FILE, CARD_FILE, CURVE_FILE, IMPORTANCE_FILE, LIFT_FILE, write_card


def card_files(content: CardContent) -> dict[str, bytes]:
    """Return the files of a card by name: ``card.md`` and the pictures it shows.

    ``calibration.png`` and ``lift.png`` are always there, ``importance.png`` if the content has importances,
    ``learning_curve.png`` if its curve has two points or more. The same content gives the same text; the pixels also
    depend on the version of matplotlib.
    """
    files = {
        CALIBRATION_FILE: calibration_plot(content.holdout_outcomes, content.holdout_probabilities),
        LIFT_FILE: lift_plot(content.holdout_outcomes, content.holdout_probabilities),
    }
    if content.importance:
        files[IMPORTANCE_FILE] = importance_plot(content.importance)
    if len(content.curve) > 1:
        files[CURVE_FILE] = curve_plot(content.curve)
    return {CARD_FILE: write_card(content).encode(), **files}
