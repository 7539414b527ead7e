"""Weighted counts of codes by class, and the code of a value among sorted cuts."""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import FloatArray, IntArray

__all__ = ["COUNTED_CUTS", "count_by_class", "cut_codes", "weighted_count_by_class"]

COUNTED_CUTS = 64
"""Up to so many cuts counting them all is several times as fast as halving, whose branches no processor foresees."""


@kernel
def count_by_class(codes: IntArray, events: IntArray, n_codes: int) -> FloatArray:
    """Count rows by code and class.

    Parameters
    ----------
    codes : (rows,) int64, each in [0, n_codes)
    events : (rows,) int64, 0 or 1
    n_codes : int

    Returns
    -------
    (n_codes, 2) float64, first the non-events.
    """
    table = np.zeros((n_codes, 2))
    for row in range(codes.shape[0]):
        table[codes[row], events[row]] += 1.0
    return table


@kernel
def weighted_count_by_class(codes: IntArray, events: IntArray, weights: FloatArray, n_codes: int) -> FloatArray:
    """Sum `weights` by code and class: shapes as in :func:`count_by_class`."""
    table = np.zeros((n_codes, 2))
    for row in range(codes.shape[0]):
        table[codes[row], events[row]] += weights[row]
    return table


@kernel
def cut_codes(values: FloatArray, cuts: FloatArray, missing_code: int) -> IntArray:
    """Code each value by the number of cuts at or below it, and NaN by `missing_code`.

    Bins are [a, b): a value equal to a cut belongs to the bin on its right.

    Parameters
    ----------
    values : (rows,) float64
    cuts : (cuts,) float64, ascending, without NaN
    missing_code : int

    Returns
    -------
    (rows,) int64
    """
    codes = np.empty(values.shape[0], dtype=np.int64)
    for row in range(values.shape[0]):
        value = values[row]
        low = 0
        width = cuts.shape[0]
        while width > COUNTED_CUTS:
            half = width >> 1
            if cuts[low + half] <= value:
                low += half + 1
                width -= half + 1
            else:
                width = half
        code = low
        for place in range(low, low + width):
            code += cuts[place] <= value
        codes[row] = missing_code if np.isnan(value) else code
    return codes
