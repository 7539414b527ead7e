"""Where a bound crosses a value: quantiles from a CDF's bounds, and breakdown values from a frontier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._typing import FloatArray, IntArray

__all__ = ["BreakdownValue", "first_reached", "least_odds_ratio"]

GREATEST_ODDS_RATIO = 1e4
"""Confounding beyond this is none that a finding could be asked to withstand."""

N_GRID = 16


@dataclass(frozen=True)
class BreakdownValue:
    """The least odds ratio of confounding at which a null can no longer be excluded.

    Attributes
    ----------
    null : float
    bounds : float
        At which the estimated bounds hold the null: 1 where they do without confounding; infinite where they do not
        even at an odds ratio of 10,000.
    limits : float
        At which the confidence limits do; at most `bounds`.
    confidence_level : float
    """

    null: float
    bounds: float
    limits: float
    confidence_level: float


def least_odds_ratio(frontier: Callable[[FloatArray], Any], null: float, ends: tuple[str, str]) -> float:
    """Return the least odds ratio whose ends hold the null, to within 0.1%: three grids, each in one step of the last.

    Parameters
    ----------
    frontier : callable
        (k,) odds ratios to a dataframe with a row for each.
    null : float
    ends : pair of str
        Columns of the frontier.
    """
    low, high = 0.0, float(np.log(GREATEST_ODDS_RATIO))
    for _ in range(3):
        grid = np.linspace(low, high, N_GRID)
        frame = frontier(np.exp(grid))
        inside = ((frame[ends[0]] <= null) & (null <= frame[ends[1]])).to_numpy()
        if not inside.any():
            return np.inf
        first = int(np.argmax(inside))
        if first == 0:
            return float(np.exp(grid[0]))
        low, high = grid[first - 1], grid[first]
    return float(np.exp(high))


def first_reached(curve: Callable[[IntArray], FloatArray], wanted: FloatArray, n_points: int) -> IntArray:
    """Return the first point at which a rising curve reaches each wanted value, or `n_points`: by halving.

    Parameters
    ----------
    curve : callable
        (m,) distinct positions to the curve there.
    wanted : (k,) array
    n_points : int
    """
    low, high = np.zeros(wanted.size, dtype=np.int64), np.full(wanted.size, n_points)
    while (low < high).any():
        middle, place = np.unique(np.minimum((low + high) // 2, n_points - 1), return_inverse=True)
        reached = curve(middle)[place] >= wanted
        open_, at = low < high, middle[place]
        high, low = np.where(open_ & reached, at, high), np.where(open_ & ~reached, at + 1, low)
    return low
