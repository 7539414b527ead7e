"""Where a bound crosses a value: quantiles from a CDF's bounds, and breakdown values from a frontier."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import IntervalEstimate, Target

__all__ = ["BreakdownValue", "first_reached", "get_parameter", "least_holding", "numbers", "quantiles"]

AT_ONCE = 6
"""Values of a parameter whose ends are found from the same local laws."""

PRECISION = 1e-3

LOOKS = 12
"""Points of a bracket that are looked at in one round."""


@dataclass(frozen=True)
class SensitivityParameter:
    """A number that says how strong confounding may be.

    Attributes
    ----------
    field : str
        Of the model.
    scanned : tuple of float
        From no confounding to the greatest that a finding could be asked to withstand; the values at which ends are
        looked at first.
    """

    field: str
    scanned: tuple[float, ...]


PARAMETERS = {
    "odds_ratio": SensitivityParameter(
        "odds_ratio_bound",
        (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0, 100.0, 1e3, 1e4),
    ),
    "divergence_bound": SensitivityParameter(
        "divergence_bound",
        (0.0, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
    ),
    "radius_scale": SensitivityParameter(
        "radius_scale",
        (0.0, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
    ),
}


def get_parameter(name: str) -> SensitivityParameter:
    """Return a sensitivity parameter by its name."""
    if name not in PARAMETERS:
        raise InputError(f"parameter must be one of {', '.join(PARAMETERS)}; {name!r} came.")
    return PARAMETERS[name]


def numbers(given: ArrayLike | None, name: str) -> FloatArray:
    """Return the (k,) numbers that an argument holds, one at least."""
    try:
        values = np.empty(0) if given is None else np.atleast_1d(np.asarray(given, dtype=np.float64)).ravel()
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.size == 0 or np.isnan(values).any():
        raise InputError(f"{name} must hold one number at least, and numbers only; {given!r} came.")
    return values


@dataclass(frozen=True, repr=False)
class BreakdownValue:
    """The least strength of confounding at which a null can no longer be excluded.

    Attributes
    ----------
    null : float
    bounds : float
        At which the estimated bounds hold the null: that of no confounding (an odds ratio of 1, else 0) where they do
        without; infinite where they do not even at an odds ratio of 10,000, a divergence of 100, or the whole radius.
    limits : float
        At which the confidence limits do; at most `bounds`.
    confidence_level : float
        Of the limits.
    parameter : {"odds_ratio", "divergence_bound", "radius_scale"}
        That measures it.
    """

    null: float
    bounds: float
    limits: float
    confidence_level: float
    parameter: str = "odds_ratio"

    def __repr__(self) -> str:
        """Return the values to four digits, the precision of the search."""
        return (
            f"BreakdownValue({self.parameter}: bounds={self.bounds:.4g}, limits={self.limits:.4g}, "
            f"null={self.null:g}, confidence_level={self.confidence_level:g})"
        )


def least_holding(ends: Callable[[FloatArray], FloatArray], null: float, scanned: Sequence[float]) -> float:
    """Return the least value of a parameter whose ends hold the null, to within 0.1%; infinity where none does.

    Sets of a sensitivity model are nested: what is possible with less confounding is with more. Estimated ends are
    made so, each the outermost of those at the values looked at so far, which also closes ends that cross. A value
    thus stays found however ends come back beyond it; between the values of the scan and of its refinements (a
    thousandth of the answer) nothing is looked at.

    Parameters
    ----------
    ends : callable
        (k,) values to (k, 2) lower and upper ends.
    null : float
    scanned : sequence of float
        Ascending.
    """
    seen = np.empty((0, 3))
    for start in range(0, len(scanned), AT_ONCE):
        seen = _looked_at(ends, seen, np.array(scanned[start : start + AT_ONCE]))
        if (_outside(seen, null) <= 0).any():
            break
    else:
        return np.inf
    while True:
        outside = _outside(seen, null)
        first = int(np.argmax(outside <= 0))
        if first == 0:
            return float(seen[0, 0])
        (below, above), (gap, past) = seen[first - 1 : first + 1, 0], outside[first - 1 : first + 1]
        width, likely = above - below, below + (above - below) * gap / (gap - past)
        if width <= PRECISION * above:
            return float(likely)
        around = np.clip([likely - width / 40, likely + width / 40], below + width / 80, above - width / 80)
        seen = _looked_at(ends, seen, np.append(around, 0.5 * (below + above)))  # the middle, lest it closes slowly


def _looked_at(ends: Callable[[FloatArray], FloatArray], seen: FloatArray, values: FloatArray) -> FloatArray:
    """Return (k, 3) values with their ends, ascending, after more of them were looked at."""
    both = np.vstack([seen, np.column_stack([values, ends(values)])])
    return both[np.argsort(both[:, 0])]


def _outside(seen: FloatArray, null: float) -> FloatArray:
    """Return by how much the null is outside the outermost ends so far; not above zero where it is inside."""
    lower, upper = np.minimum.accumulate(seen[:, 1]), np.maximum.accumulate(seen[:, 2])
    return np.asarray(np.maximum(lower - null, null - upper))


def first_reached(curves: Callable[[IntArray], FloatArray], wanted: FloatArray, n_points: int) -> IntArray:
    """Return the first point at which each of c rising curves reaches each wanted value, or `n_points`.

    In few rounds: each looks at a handful of points of every bracket that is still open. Of curves that come back it
    is the first of the points looked at.

    Parameters
    ----------
    curves : callable
        (m,) distinct positions to the (c, m) curves there.
    wanted : (c, k) array
    n_points : int
    """
    low, high = np.zeros(wanted.shape, dtype=np.int64), np.full(wanted.shape, n_points)
    while (low < high).any():
        looks = {cell: _inside(low[cell], high[cell]) for cell in zip(*np.nonzero(low < high), strict=True)}
        at = np.unique(np.concatenate(list(looks.values())))
        found = curves(at)
        for cell, own in looks.items():
            reached = found[cell[0], np.searchsorted(at, own)] >= wanted[cell]
            first = int(np.argmax(reached)) if reached.any() else own.size
            if first > 0:
                low[cell] = own[first - 1] + 1
            if first < own.size:
                high[cell] = own[first]
    return low


def _inside(low: int, high: int) -> IntArray:
    """Return some of the positions of a bracket, all of them where they are few."""
    if high - low <= LOOKS:
        return np.arange(low, high)
    return np.linspace(low, high - 1, LOOKS + 2).round().astype(np.int64)[1:-1]


def quantiles(
    cdf: Callable[[FloatArray], IntervalEstimate],
    points: FloatArray,
    outer: tuple[float, float],
    probabilities: FloatArray,
    confidence_level: float,
    target: Target = "parameter",
) -> FloatArray:
    """Return (4, k) lower and upper bounds of quantiles and their lower and upper limits.

    A quantile's lower end is where the CDF's upper bound reaches the probability, its upper end where the lower bound
    does; limits are where the CDF's limits do.

    Parameters
    ----------
    cdf : callable
        (m,) thresholds to bounds of the CDF there.
    points : (n,) array
        Ascending; the only places where the bounds of the CDF rise.
    outer : (low, high)
        Ends of the outcome's support.
    probabilities : (k,) array
    confidence_level : float
    target : {"parameter", "set"}
        Of the limits.
    """
    places = np.append(-np.inf, points)

    def curves(at: IntArray) -> FloatArray:
        bounds = cdf(places[at])
        with warnings.catch_warnings():  # limits of a quantile that cross are told of as such
            warnings.simplefilter("ignore", KullbackWarning)
            limits = bounds.conf_int(confidence_level, target)
        return np.array([bounds.upper.value, bounds.lower.value, limits[:, 1], limits[:, 0]])

    values = np.concatenate([outer[:1], points, outer[1:]])
    return np.asarray(values[first_reached(curves, np.tile(probabilities, (4, 1)), places.size)])
