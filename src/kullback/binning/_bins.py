"""The bins of a feature, whatever is known of the rows in them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from kullback._frames import column_of
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray, ObjectArray
from kullback.binning._rule import BinRule

__all__ = ["FeatureBins"]


class FeatureBins:
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

    def lookup(self, values: ArrayLike) -> ObjectArray:
        """Return the (rows,) name of the bin of each value; "unknown" where it has none.

        Parameters
        ----------
        values : (rows,) array-like or series
        """
        codes = self.rule.codes(column_of(values, self.feature))
        return np.array([*self.labels, "unknown"], dtype=object)[codes]

    def summary(self) -> SummaryTable:
        """Return the table with what must be said of it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
