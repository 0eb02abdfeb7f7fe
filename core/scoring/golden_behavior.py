"""Golden behaviour: what leads might have done, and the columns a version must make of it before it may serve."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ArtifactRefused
from core.features.behavior import BehaviorValues
from core.features.declaration import FeatureGroup
from core.features.feature_set import FeatureSet
from core.identifiers import LeadId
from core.lead import Lead
from core.version import GOLDEN_FILE

_MOST_ROWS = 1000
_LEAD = Lead(lead_id=LeadId("golden"))


def golden_behavior(feature_set: FeatureSet, values: Sequence[BehaviorValues]) -> dict[str, Any]:
    """Return behaviour and the columns of the vector it becomes, as JSON values; NaN is None.

    Args:
        feature_set: Of a version that looks at behaviour.
        values: Features by name; nobody's.
    """
    return {
        "values": [dict(sorted(one.items())) for one in values],
        "columns": [_listed(_columns(feature_set, one)) for one in values],
    }


def check_golden_behavior(golden: bytes, feature_set: FeatureSet) -> None:
    """Make the columns again and compare, in a version that looks at behaviour.

    Args:
        golden: Content of ``golden.json``, checked by :func:`core.scoring.golden.check_golden`.
        feature_set: Of the version.

    Raises:
        ArtifactRefused: If there is no golden behaviour, or a column differs.
    """
    if not feature_set.uses_behavior:
        return
    try:
        held = json.loads(golden)["behavior"]
        pairs = list(zip(held["values"], held["columns"], strict=True))
        fits = 0 < len(pairs) <= _MOST_ROWS and all(
            _listed(_columns(feature_set, dict(values))) == columns for values, columns in pairs
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as problem:
        raise ArtifactRefused(GOLDEN_FILE, "holds no golden behaviour") from problem
    if not fits:
        raise ArtifactRefused(GOLDEN_FILE, "behaviour does not become the golden columns")


def _columns(feature_set: FeatureSet, values: BehaviorValues) -> npt.NDArray[np.float32]:
    columns = [i for i, feature in enumerate(feature_set.features) if feature.group is FeatureGroup.BEHAVIOR]
    return feature_set.vector(_LEAD, None, values)[columns]


def _listed(row: npt.NDArray[np.float32]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in row]
