"""Features: the lead's category, group and whole."""

from __future__ import annotations

from core.features.categorical import Levels, OneHot
from core.features.declaration import FeatureGroup, Row
from core.features.places import category_levels
from core.features.view import LeadView


class Category:
    """One-hot columns of the category's group and of the whole category."""

    def __init__(self, groups: Levels, categories: Levels) -> None:
        self.group = OneHot("category.group", "Category group", FeatureGroup.CATEGORY, groups)
        self.whole = OneHot("category.whole", "Category", FeatureGroup.CATEGORY, categories)
        self.features = (*self.group.features, *self.whole.features)
        self._offset = len(self.group.features)

    def write(self, view: LeadView, row: Row, start: int) -> None:
        """See :class:`core.features.declaration.Family`."""
        group, whole = category_levels(view.lead.category)
        row[start + self.group.column(group)] = 1.0
        row[start + self._offset + self.whole.column(whole)] = 1.0
