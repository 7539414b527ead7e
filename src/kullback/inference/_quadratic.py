"""The law of a quadratic form in normal variables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from kullback._typing import FloatArray

__all__ = ["weighted_chi_square_sf"]

STEP = 0.04
"""Of the trapezoid rule; the integrand is analytic, so that halving it changes the 10th digit only."""

REACH = 40.0
"""End of the rule: with two weights the integrand falls like exp(-v) there."""

BEND = 1.0
"""Slope at which the line of integration leaves the vertical, towards where exp(-s x) falls."""

FAR = 1e3
"""End of the search for a saddle point where the generating function has no pole on that side."""

LEAST = 0.3
"""Of the law's scale or of the way to the pole: the pole at zero must not lie on the line."""


def weighted_chi_square_sf(x: float, weights: FloatArray) -> float:
    """Return P(sum of weights times independent squared standard normals > x).

    The inversion integral of the moment generating function is taken along a line through the saddle point, where
    the integrand does not oscillate: the tails keep their relative accuracy.

    Parameters
    ----------
    x : float
    weights : (k,) array
        Of any sign, not zero.

    References
    ----------
    Rice (1980), SIAM J. Sci. Stat. Comput. 1, 438-448.

    Examples
    --------
    >>> import numpy as np
    >>> round(weighted_chi_square_sf(3.841459, np.array([1.0])), 6)
    0.05
    >>> round(weighted_chi_square_sf(0.0, np.array([2.0, -2.0])), 6)
    0.5
    """
    upper = x >= weights.sum()
    centre, width = _saddle(x, weights, upper=upper)
    v = np.arange(0.0, REACH, STEP)
    t, root = np.sinh(v), np.cosh(v)
    bend = BEND * np.sign(x)
    s = centre + width * (1j * t + bend * (root - 1))
    with np.errstate(all="ignore"):  # far out the integrand is zero, and its parts are not finite
        terms = np.exp(_cumulants(s, weights) - s * x) / s * width * (1 - 1j * bend * t / root) * root
    parts = np.where(np.isfinite(terms), terms, 0.0).real
    tail = (parts.sum() - parts[0] / 2) * STEP / np.pi
    return float(np.clip(tail if upper else 1 + tail, 0.0, 1.0))


def _cumulants(s: NDArray[np.complex128], weights: FloatArray) -> NDArray[np.complex128]:
    """Return the cumulant generating function."""
    return -0.5 * np.log(1 - 2 * np.multiply.outer(weights, s)).sum(axis=0)


def _saddle(x: float, weights: FloatArray, *, upper: bool) -> tuple[float, float]:
    """Return where the line crosses the real axis, off zero on the side of the tail, and the scale along it."""
    spread = 1 / np.sqrt(2 * np.square(weights).sum())
    greatest = weights.max() if upper else weights.min()
    ends = greatest > 0 if upper else greatest < 0
    edge = 0.5 / greatest if ends else (FAR if upper else -FAR) * spread

    def slope(s: float) -> float:
        return float((weights / (1 - 2 * weights * s)).sum() - x)

    near, far = 1e-9 * edge, (1 - 1e-9) * edge
    inside = slope(near) * slope(far) < 0
    centre = optimize.brentq(slope, near, far) if inside else near
    least = LEAST * min(spread, abs(edge))
    centre = max(centre, least) if upper else min(centre, -least)
    return centre, float(1 / np.sqrt((2 * np.square(weights / (1 - 2 * weights * centre))).sum()))
