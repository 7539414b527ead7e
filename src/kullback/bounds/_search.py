"""Where a bound crosses a value: quantiles from a CDF's bounds, and breakdown values from a frontier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from kullback._typing import FloatArray, IntArray
from kullback.inference import IntervalEstimate

__all__ = ["BreakdownValue", "first_reached", "least_odds_ratio", "quantile_frame"]

GREATEST_ODDS_RATIO = 1e4
"""Confounding beyond this is none that a finding could be asked to withstand."""

SCANNED = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 100.0, GREATEST_ODDS_RATIO)
"""Odds ratios at which ends are looked at first: with monotone response they need not move apart."""


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
        Of the limits.
    """

    null: float
    bounds: float
    limits: float
    confidence_level: float


def least_odds_ratio(ends: Callable[[float], tuple[float, float]], null: float) -> float:
    """Return the least odds ratio whose ends hold the null, to within 0.1%; 1 or infinity where there is none.

    Parameters
    ----------
    ends : callable
        Odds ratio to the lower and the upper end. The first of `SCANNED` at which they hold the null has the answer
        between it and the one before.
    null : float
    """

    def outside(log_ratio: float) -> float:
        lower, upper = ends(float(np.exp(log_ratio)))
        return max(lower - null, null - upper)

    below = 0.0
    for ratio in SCANNED:
        above = float(np.log(ratio))
        if outside(above) <= 0:
            return 1.0 if above == 0 else float(np.exp(optimize.brentq(outside, below, above, xtol=2e-4)))
        below = above
    return np.inf


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


def quantile_frame(
    cdf: Callable[[FloatArray], IntervalEstimate],
    points: FloatArray,
    outer: tuple[float, float],
    probabilities: FloatArray,
    confidence_level: float,
) -> Any:
    """Return a pandas dataframe of quantile bounds with limits, a row a probability.

    A quantile's lower end is where the CDF's upper bound reaches the probability, its upper end where the lower bound
    does; limits are where the CDF's limits do.

    Parameters
    ----------
    cdf : callable
        (m,) thresholds to bounds of the CDF there.
    points : (k,) array
        Ascending; the only places where the bounds of the CDF rise.
    outer : (low, high)
        Ends of the outcome's support.
    probabilities : (m,) array
    confidence_level : float
    """
    import pandas as pd

    places = np.append(-np.inf, points)

    def reached(side: int, limit: bool) -> IntArray:
        def curve(at: IntArray) -> FloatArray:
            bounds = cdf(places[at])
            if limit:
                return bounds.conf_int(confidence_level)[:, side]
            return np.asarray((bounds.lower, bounds.upper)[side].value)

        return first_reached(curve, probabilities, places.size)

    values = np.concatenate([outer[:1], points, outer[1:]])
    columns = {
        "lower": values[reached(1, limit=False)],
        "upper": values[reached(0, limit=False)],
        "limit_lower": values[reached(1, limit=True)],
        "limit_upper": values[reached(0, limit=True)],
    }
    return pd.DataFrame(columns, index=pd.Index(probabilities, name="probability"))
