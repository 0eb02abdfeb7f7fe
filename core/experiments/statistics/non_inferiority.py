"""Whether a guardrail holds: whether a loss beyond what is tolerated can be ruled out."""

from __future__ import annotations

from scipy.special import ndtr, ndtri

from core.experiments.results import GuardrailState, NonInferiority
from core.experiments.statistics.mean_test import UNKNOWN


def non_inferior(difference: float, standard_error: float, margin: float, alpha: float = 0.05) -> NonInferiority:
    """Return the one-sided test of "the difference is at most the margin".

    It holds if the lower end of the one-sided interval is above the margin, and is violated if the upper end of the
    other one-sided interval is below. A standard error of 0 says that nothing was seen to vary, not that nothing
    does: like an unknown one it proves neither.

    Args:
        difference: Treatment less control.
        standard_error: >= 0; ``UNKNOWN`` where it is not known.
        margin: Least difference that is tolerated.
        alpha: Of each side, in (0, 0.5).
    """
    if not 0.0 < standard_error < UNKNOWN:
        return NonInferiority(margin=margin, p_value=1.0, lower=-UNKNOWN, state=GuardrailState.NOT_YET_KNOWN)
    reach = float(-ndtri(alpha)) * standard_error
    return NonInferiority(
        margin=margin,
        p_value=float(ndtr((margin - difference) / standard_error)),
        lower=difference - reach,
        state=_state(difference - reach, difference + reach, margin),
    )


def _state(lower: float, upper: float, margin: float) -> GuardrailState:
    if lower > margin:
        return GuardrailState.HOLDS
    return GuardrailState.VIOLATED if upper < margin else GuardrailState.NOT_YET_KNOWN
