"""What bins are to maximise: a gain of each bin, from sums over its rows that add up.

Statistics of rows are (k, ...) arrays whose first axis holds, of a binary target, the weights of non-events and events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._typing import FloatArray
from kullback.information import FDivergence, get_divergence

__all__ = ["CRITERIA", "Criterion", "cell_gain", "get_criterion"]

Gain = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Criterion:
    """A quantity that is a sum over bins.

    Attributes
    ----------
    name : str
    gain : callable
        (2, ...) non-events and events of bins, with rows in each, and (2, ...) totals, to the gain of each bin.
    adds_rows : bool
        Whether it grows with the number of rows.
    """

    name: str
    gain: Gain
    adds_rows: bool = False

    def __reduce__(self) -> Any:
        return get_criterion, (self.name,)  # functions made by functions cannot be pickled; names can


def get_criterion(name: str) -> Criterion:
    """Return the criterion of this name, one of :data:`CRITERIA`."""
    return CRITERIA[name]


def _divergence_gain(divergence: FDivergence) -> Gain:
    """Return the terms of a divergence between non-events and events; a half in both cells of a bin of one class."""

    def gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
        pure = (cells[0] == 0) | (cells[1] == 0)
        shares = (cells + 0.5 * pure) / (totals + pure)
        return divergence.terms(shares[0], shares[1])

    return gain


def _squared_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return n (r - R)^2, r the event rate of n rows and R that of all."""
    size = cells.sum(axis=0)
    return np.square(cells[1] - size * totals[1] / totals.sum(axis=0)) / size


def _chi2_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin adds to Pearson's statistic, n (r - R)^2 / (R (1 - R))."""
    return _squared_gain(cells, totals) * np.square(totals.sum(axis=0)) / (totals[0] * totals[1])


def _gini_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin takes off the Gini impurity 2 R (1 - R), which is 2 n / N (r - R)^2 over all bins."""
    return 2 * _squared_gain(cells, totals) / totals.sum(axis=0)


def _likelihood_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin's own event rate adds to the log-likelihood of its rows."""
    expected = cells.sum(axis=0) * totals / totals.sum(axis=0)
    return (special.xlogy(cells, cells) - special.xlogy(cells, expected)).sum(axis=0)


def _mutual_gain(cells: FloatArray, totals: FloatArray) -> FloatArray:
    """Return what a bin adds to the mutual information, the log-likelihood a row."""
    return _likelihood_gain(cells, totals) / totals.sum(axis=0)


CRITERIA: dict[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion("iv", _divergence_gain(get_divergence("jeffreys"))),
        Criterion("js", _divergence_gain(get_divergence("js"))),
        Criterion("hellinger", _divergence_gain(get_divergence("hellinger"))),
        Criterion("chi2", _chi2_gain, adds_rows=True),
        Criterion("gini", _gini_gain),
        Criterion("log_likelihood", _likelihood_gain, adds_rows=True),
        Criterion("mutual_information", _mutual_gain),
    )
}
"""Criteria by name. "chi2" and "gini", and "log_likelihood" and "mutual_information", differ by a factor only: they
choose the same bins, unless a penalty a bin is set against them."""


def cell_gain(cells: FloatArray, totals: FloatArray, criterion: Criterion) -> FloatArray:
    """Return the gain of each of (..., 2) cells with rows in them."""
    return criterion.gain(*(np.moveaxis(x, -1, 0) for x in (cells, totals)))
