"""What features say twice: correlation of their weights of evidence, variance inflation, and p-values of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from kullback._typing import BoolArray, FloatArray, IntArray

__all__ = ["CORRECTIONS", "adjusted_pvalues", "correlation", "variance_inflation", "without_twins"]

DEPENDENT = 1e-10
"""Eigenvalue of a correlation matrix below which columns are combinations of each other."""


def correlation(encoded: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Return the (features, features) weighted correlation of (rows, features) columns; 0 with a constant one."""
    centred = encoded - np.average(encoded, axis=0, weights=weights)
    scaled = centred if weights is None else centred * np.sqrt(weights)[:, None]
    size = np.sqrt(np.square(scaled).sum(axis=0))
    constant = size <= 1e-12 * np.sqrt(len(encoded)) * np.abs(encoded).max(axis=0, initial=0.0)
    scaled = scaled / np.where(constant, 1.0, size)
    scaled[:, constant] = 0.0
    found = scaled.T @ scaled
    np.fill_diagonal(found, 1.0)
    return np.clip(found, -1.0, 1.0)


def variance_inflation(correlation: FloatArray) -> FloatArray:
    """Return 1 / (1 - R^2) of each feature on the others: the diagonal of the inverse correlation matrix.

    It is infinite for a feature that is a combination of others.
    """
    values, vectors = np.linalg.eigh(correlation)
    squares, dependent = np.square(vectors), values < DEPENDENT
    factor = (squares[:, ~dependent] / values[~dependent]).sum(axis=1)
    return np.where((squares[:, dependent] > 1e-8).any(axis=1), np.inf, factor)


def without_twins(same: BoolArray, order: Sequence[int], keep: Sequence[int] = ()) -> dict[int, int]:
    """Return the features to leave out, each with the one that stays in its place.

    Features come in `order`, the best first; one that is the same as a feature that stays is left out. So all that
    stay differ from each other, and what is left out is the same as one that stays: a chain of neighbours is not one
    group.

    Parameters
    ----------
    same : (features, features) bool array
    order : sequence of int
        Positions of the candidates.
    keep : sequence of int
        Positions that stay in any case.

    Returns
    -------
    dict of int to int

    Examples
    --------
    >>> import numpy as np
    >>> same = np.array([[True, True, False], [True, True, True], [False, True, True]])
    >>> without_twins(same, order=[0, 1, 2])
    {1: 0}
    """
    stay: list[int] = []
    left_out: dict[int, int] = {}
    for position in order:
        twin = next((other for other in stay if same[position, other]), None)
        if twin is None or position in keep:
            stay.append(position)
        else:
            left_out[position] = twin
    return left_out


def _holm(pvalues: FloatArray) -> FloatArray:
    order = np.argsort(pvalues, kind="stable")
    steps: IntArray = np.arange(pvalues.size, 0, -1)
    adjusted = np.empty_like(pvalues)
    adjusted[order] = np.minimum(np.maximum.accumulate(pvalues[order] * steps), 1.0)
    return adjusted


def _benjamini_hochberg(pvalues: FloatArray) -> FloatArray:
    return np.asarray(stats.false_discovery_control(pvalues))


def _unadjusted(pvalues: FloatArray) -> FloatArray:
    return pvalues


CORRECTIONS = {"holm": _holm, "fdr_bh": _benjamini_hochberg, None: _unadjusted}
"""Adjustments of p-values for their number: Holm's holds the chance of one error, the second the share of errors."""


def adjusted_pvalues(pvalues: FloatArray, correction: str | None) -> FloatArray:
    """Return (features,) p-values adjusted for their number."""
    return CORRECTIONS[correction](pvalues)
