"""A sieve over covariates: additive cubic splines, with more knots as there are more rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import SplineTransformer

from kullback._typing import FloatArray

__all__ = ["SplineBasis"]

FEWEST_VALUES = 5
"""With fewer distinct values a covariate enters as a straight line."""


@dataclass(frozen=True, eq=False)
class SplineBasis:
    """Functions of covariates, centred on the rows they were made from.

    Knots are quantiles, so that the space they span is the same whatever the covariates' units. Beyond the outer
    knots the functions are constant: logarithms of dual functions must not run away where there are no rows.

    Attributes
    ----------
    columns : tuple of (int, SplineTransformer or None)
        Covariate, and its splines; None for a straight line. Constant covariates are left out.
    ends : (covariates, 2) array
        Least and greatest value of each.
    centre : (functions,) array
    """

    columns: tuple[tuple[int, SplineTransformer | None], ...]
    ends: FloatArray
    centre: FloatArray

    @classmethod
    def fit(cls, X: FloatArray) -> SplineBasis:
        """Make the basis for the rows."""
        n_knots = 2 + int(len(X) ** 0.2)
        columns = []
        for column, x in enumerate(X.T):
            knots = np.unique(np.quantile(x, np.linspace(0, 1, n_knots)))
            if knots.size > 1:
                smooth = knots.size > 2 and np.unique(x).size >= FEWEST_VALUES
                columns.append((column, _splines(knots).fit(x[:, None]) if smooth else None))
        ends = np.column_stack([X.min(axis=0), X.max(axis=0)])
        basis = cls(tuple(columns), ends, np.zeros(1))
        return cls(basis.columns, ends, basis.at(X).mean(axis=0))

    def at(self, X: FloatArray) -> FloatArray:
        """Return the (rows, functions) values."""
        parts = [np.zeros((len(X), 0))]
        for column, splines in self.columns:
            low, high = self.ends[column]
            x = (np.clip(X[:, column], low, high)[:, None] - low) / (high - low)
            parts.append(x if splines is None else splines.transform(X[:, [column]]))
        return np.hstack(parts) - self.centre


def _splines(knots: FloatArray) -> SplineTransformer:
    return SplineTransformer(knots=knots[:, None], extrapolation="constant", include_bias=False)
