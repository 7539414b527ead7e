"""The door of information values: counts by bin, codes of rows, and values to be counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._checks import check_counts, check_lengths, unmasked
from kullback._core.counts import cut_codes
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.exceptions import InputError

__all__ = ["are_rows", "code_columns", "counts_by_value", "two_counts"]

BINS = 20
"""Vectors without names that are longer hold rows rather than bins, where one of them has two values only."""


def are_rows(first: Any, second: Any) -> bool:
    """Whether two vectors are codes and labels of rows, not counts by bin; an error where they could be either."""
    codes, labels = np.asarray(first), np.asarray(second)
    if codes.ndim == 2 or labels.dtype.kind not in "iuf":
        return True
    if labels.ndim == 1 and labels.size and set(np.unique(labels).tolist()) == {0, 1}:
        return True
    if labels.size > BINS and min(np.unique(codes).size, np.unique(labels).size) == 2:
        raise InputError(
            f"Two vectors of {labels.size} numbers, one of them with two values only, could be counts by bin as well "
            "as rows. Name them: codes= and y= (a row each), or events= and non_events= (counts by bin)."
        )
    return False


def two_counts(expected: ArrayLike, actual: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the counts of two samples by bin."""
    try:
        p, q = check_counts(expected, "expected"), check_counts(actual, "actual")
        check_lengths(expected=p, actual=q)
    except InputError as error:
        raise InputError(f"{error} If these are values rather than counts, say how to bin them: bins=10.") from None
    return p, q


def code_columns(codes: ArrayLike) -> list[IntArray]:
    """Return the bins of each feature as 0, 1, ... without gaps."""
    import pandas as pd

    array = np.asarray(unmasked(codes, "codes"))
    if array.ndim not in (1, 2) or array.size == 0:
        raise InputError(f"codes must have shape (rows,) or (rows, features); they have {array.shape}.")
    columns = array.reshape(array.shape[0], -1).T
    coded = [pd.factorize(column, sort=False)[0].astype(np.int64) for column in columns]
    if any((column < 0).any() for column in coded):
        raise InputError("codes must not be missing (NaN or None); give missing values a bin of their own.")
    return coded


def counts_by_value(expected: ArrayLike, actual: ArrayLike, bins: int | ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Count the values of two samples between quantiles of the first, or between given cuts."""
    try:
        first, second = (np.array(_masked_as_nan(x), dtype=np.float64, order="C").ravel() for x in (expected, actual))
        cuts = np.array(bins, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("expected, actual and bins must be numbers where bins is given.") from None
    if cuts.ndim == 0:
        cuts = _quantile_cuts(first, float(cuts))
    if cuts.ndim != 1 or np.isnan(cuts).any() or (np.diff(cuts) <= 0).any():
        raise InputError("bins must be a number or ascending cuts without NaN.")
    codes = [cut_codes(x, cuts, cuts.size + 1) for x in (first, second)]
    counts = [np.bincount(code, minlength=cuts.size + 2).astype(np.float64) for code in codes]
    return counts[0], counts[1]


def _masked_as_nan(values: Any) -> Any:
    return np.ma.filled(values.astype(np.float64), np.nan) if isinstance(values, np.ma.MaskedArray) else values


def _quantile_cuts(values: FloatArray, n_bins: float) -> FloatArray:
    """Return cuts just above the quantiles, so that a value that many rows share has them all on one side."""
    present = np.unique(values[~np.isnan(values)])
    if not n_bins >= 2 or n_bins % 1:
        raise InputError(f"bins must be a whole number, at least 2, or ascending cuts; {n_bins:g} came.")
    if present.size < 2:
        raise InputError(
            f"Quantile bins need an expected sample that varies; it holds {present.size} value(s). Give the cuts."
        )
    shares = np.arange(1, int(n_bins)) / n_bins
    above = np.searchsorted(present, np.nanquantile(values, shares, method="inverted_cdf"), side="right")
    return np.ascontiguousarray(present[np.unique(above[above < present.size])])
