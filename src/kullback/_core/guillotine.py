"""Optimal partition of a grid by straight cuts through what is left, by dynamic programming over its rectangles."""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import FloatArray, IntArray

__all__ = ["best_guillotine", "best_guillotine_totals"]


@kernel
def _interval(first: int, last: int) -> int:
    """Return the number of the run first..last: runs are numbered by their end, then by their start."""
    return last * (last + 1) // 2 + first


@kernel
def _join(left: FloatArray, right: FloatArray, total: FloatArray) -> None:
    """Let each number of parts be shared out between the two sides of a cut, where that is better."""
    size = total.shape[0]
    for of_left in range(1, size - 1):
        for k in range(of_left + 1, size):
            total[k] = max(total[k], left[of_left] + right[k - of_left])


@kernel
def _fill(best: FloatArray, gain: FloatArray, n_rows: int, n_columns: int) -> None:
    """Fill the recursion from small rectangles to large ones."""
    for top in range(n_rows - 1, -1, -1):
        for bottom in range(top, n_rows):
            rows = _interval(top, bottom)
            for first in range(n_columns - 1, -1, -1):
                for last in range(first, n_columns):
                    columns = _interval(first, last)
                    total = best[rows, columns]
                    total[1] = gain[rows, columns]
                    for cut in range(top, bottom):
                        _join(best[_interval(top, cut), columns], best[_interval(cut + 1, bottom), columns], total)
                    for cut in range(first, last):
                        _join(best[rows, _interval(first, cut)], best[rows, _interval(cut + 1, last)], total)


@kernel
def _share(left: FloatArray, right: FloatArray, k: int, total: float) -> int:
    """Return how many of k parts lie left of a cut that has the total, or 0 where the cut has not."""
    for of_left in range(1, k):
        if left[of_left] + right[k - of_left] == total:
            return of_left
    return 0


@kernel
def _halves(
    cut: int, top: int, bottom: int, first: int, last: int
) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Return rows and columns of the two sides of a cut; cuts between rows have the first numbers."""
    after = cut - (bottom - top)
    if after < 0:
        return (top, top + cut, first, last), (top + cut + 1, bottom, first, last)
    return (top, bottom, first, first + after), (top, bottom, first + after + 1, last)


@kernel
def _totals(best: FloatArray, side: tuple[int, int, int, int]) -> FloatArray:
    return best[_interval(side[0], side[1]), _interval(side[2], side[3])]


@kernel
def _trace(best: FloatArray, parts: int, n_rows: int, n_columns: int) -> IntArray:
    """Return the number of the rectangle of each cell, by taking the cuts one after the other."""
    place = np.zeros((n_rows, n_columns), dtype=np.int64)
    uncut = [(parts, 0, n_rows - 1, 0, n_columns - 1)]
    found = 0
    while len(uncut) > 0:
        k, top, bottom, first, last = uncut.pop()
        if k == 1:
            place[top : bottom + 1, first : last + 1] = found
            found += 1
            continue
        total, cut, of_left = best[_interval(top, bottom), _interval(first, last), k], 0, 0
        while of_left == 0:  # some cut has the total
            before, after = _halves(cut, top, bottom, first, last)
            of_left = _share(_totals(best, before), _totals(best, after), k, total)
            cut += 1
        uncut.append((k - of_left, after[0], after[1], after[2], after[3]))
        uncut.append((of_left, before[0], before[1], before[2], before[3]))
    return place


@kernel
def _fewest_parts(totals: FloatArray) -> int:
    """Return the number of parts that has the best total, the fewest where several have."""
    k = 1
    for other in range(2, totals.shape[0]):
        if totals[other] > totals[k]:
            k = other
    return k


@kernel
def best_guillotine(gain: FloatArray, n_rows: int, n_columns: int, max_parts: int) -> tuple[IntArray, float]:
    """Choose the rectangles that maximise the sum of gains, among all that cuts from edge to edge can make.

    A cut goes through the whole of a rectangle that earlier cuts have left, along a row or a column. With f[k, R] the
    best total of k rectangles in R, f[1, R] = gain[R] and f[k, R] = max over cuts of R into A and B, and over
    i in 1..k-1, of f[i, A] + f[k - i, B]. The time is of the order n^2 m^2 (n + m) k^2 for a grid of n by m.

    Parameters
    ----------
    gain : (n_rows (n_rows + 1) / 2, n_columns (n_columns + 1) / 2) float64
        Of each rectangle, ``-inf`` where it is forbidden. The run first..last of rows (and of columns) has the number
        last (last + 1) / 2 + first.
    n_rows, n_columns : int
    max_parts : int

    Returns
    -------
    place : (n_rows, n_columns) int64
        Number of the rectangle of each cell, from the top left; all 0 where no partition is allowed.
    total : float
        ``-inf`` where there is none. Ties go to the fewest parts.
    """
    parts = min(max_parts, n_rows * n_columns)
    best = np.full((gain.shape[0], gain.shape[1], parts + 1), -np.inf)
    _fill(best, gain, n_rows, n_columns)
    whole = best[_interval(0, n_rows - 1), _interval(0, n_columns - 1)]
    k = _fewest_parts(whole)
    if whole[k] == -np.inf:
        return np.zeros((n_rows, n_columns), dtype=np.int64), -np.inf
    return _trace(best, k, n_rows, n_columns), whole[k]


@kernel
def best_guillotine_totals(gain: FloatArray, n_rows: int, n_columns: int, max_parts: int) -> FloatArray:
    """Return the best total of each of many problems: `gain` has a leading axis, else as in :func:`best_guillotine`."""
    totals = np.empty(gain.shape[0])
    best = np.empty((gain.shape[1], gain.shape[2], min(max_parts, n_rows * n_columns) + 1))
    for problem in range(gain.shape[0]):
        best[:] = -np.inf
        _fill(best, gain[problem], n_rows, n_columns)
        totals[problem] = best[_interval(0, n_rows - 1), _interval(0, n_columns - 1)].max()
    return totals
