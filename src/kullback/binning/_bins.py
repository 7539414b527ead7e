"""The bins of a feature, whatever is known of the rows in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any

import numpy as np

from kullback._frames import column_of
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray, ObjectArray
from kullback.binning._rule import SHOWN, BinRule, value_text

__all__ = ["FeatureBins"]


class FeatureBins(ABC):
    """What every table of bins has; its fields are the table's own.

    Attributes
    ----------
    rule : BinRule
    trend : str
    violations : tuple of str
    """

    rule: BinRule
    trend: str
    violations: tuple[str, ...]

    @property
    def feature(self) -> Hashable:
        """Name of the feature."""
        return self.rule.feature

    @property
    def kind(self) -> str:
        """Kind of the feature: "numeric", "boolean" or "categorical"."""
        return self.rule.kind

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the bins."""
        return self.rule.labels

    @property
    def roles(self) -> tuple[str, ...]:
        """Of each bin: "regular", "special" or "missing"."""
        return self.rule.roles

    @property
    def cuts(self) -> FloatArray:
        """Cuts of a numeric feature; a value equal to a cut lies on its right."""
        return self.rule.cuts

    @property
    def groups(self) -> tuple[tuple[Any, ...], ...]:
        """Levels in each regular bin of a categorical feature."""
        return self.rule.groups

    @property
    def rare_levels(self) -> tuple[Any, ...]:
        """Levels of a categorical that were joined for their few rows, as ``BinConstraints.min_level_rows`` asks."""
        return self.rule.rare

    @property
    def _remarks(self) -> tuple[str, ...]:
        """What is told below a table, whatever the target."""
        shown = ", ".join(map(value_text, self.rare_levels[:SHOWN]))
        more = f" and {len(self.rare_levels) - SHOWN} more" if len(self.rare_levels) > SHOWN else ""
        joined = (f"Joined for their few rows before the bins were chosen: {shown}{more}.",) if shown else ()
        return (*joined, *self.violations)

    def lookup(self, values: ArrayLike) -> ObjectArray:
        """Return the (rows,) name of the bin of each value; "unknown" where it has none.

        Parameters
        ----------
        values : (rows,) array-like or series
        """
        codes = self.rule.codes(column_of(values, self.feature))
        return np.array([*self.labels, "unknown"], dtype=object)[codes]

    @abstractmethod
    def summary(self) -> SummaryTable:
        """Return the table with what must be said of it."""

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
