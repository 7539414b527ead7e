"""Greatest mean of the unseen arm's law R when D_f(R || P) is at most rho, many laws at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray
from kullback.bounds._laws import LocalLaws
from kullback.exceptions import InputError
from kullback.information import FDivergence

__all__ = ["UnseenPoint", "falling_root", "require_superlinear", "share_of_greatest", "solve_unseen"]

LEAST_SCALE, GREATEST_SCALE = 1e-6, 1e6
"""Multiples of a law's range between which k is sought."""
LEAST_SCORED = 0.05
"""Where the radius nearly allows all mass at the greatest outcome, k goes to 0 and an outcome beyond it would have a
score without end: what is returned stays above this part of the range, and any u and k bound the mean validly."""


@dataclass(frozen=True, eq=False)
class UnseenPoint:
    """Greatest E_R[phi], and minimisers of its dual u + k rho + k E f*((phi - u) / k), k above a part of the range."""

    bound: FloatArray
    u: FloatArray
    k: FloatArray


def require_superlinear(divergence: FDivergence) -> None:
    """Raise if f is not superlinear: R may then lie off P's support at a finite price, and no moment of P bounds it."""
    if np.isfinite(divergence.slope_at_infinity):
        raise InputError(
            f"The divergence of the unseen arm must be superlinear, such as 'kl' or 'chi2'; {divergence.name!r} "
            f"charges {divergence.slope_at_infinity:g} for mass where the arm has none, which bounds no mean."
        )


def solve_unseen(divergence: FDivergence, radius: float, laws: LocalLaws) -> UnseenPoint:
    """Solve the dual of each law: u makes R's mass one at a given k, and k makes its divergence the radius."""
    require_superlinear(divergence)
    scale = laws.greatest - laws.least
    scale = np.where(scale > 0, scale, np.maximum(np.abs(laws.greatest), 1.0))
    at_one = float(divergence.derivative(np.ones(1))[0])
    at_most = divergence.derivative(1 / laws.weights[laws.starts[1:] - 1])

    def level(log_k: FloatArray) -> FloatArray:
        """Return the u at which the density has mean one, and at most 1 / w on the greatest outcome with weight w."""
        k = scale * np.exp(log_k)

        def excess(u: FloatArray) -> FloatArray:
            return np.log(laws.mean(divergence.conjugate_derivative((laws.values - laws.spread(u)) / laws.spread(k))))

        lowest = np.maximum(laws.least - k * at_one, laws.greatest - k * at_most)
        return falling_root(excess, lowest, laws.greatest - k * at_one, 1e-12 * scale)

    def dual(log_k: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        u, k = level(log_k), scale * np.exp(log_k)
        ratio = (laws.values - laws.spread(u)) / laws.spread(k)
        return u + k * (radius + laws.mean(divergence.conjugate(ratio))), u, k

    def divergence_excess(log_k: FloatArray) -> FloatArray:
        ratio = (laws.values - laws.spread(level(log_k))) / laws.spread(scale * np.exp(log_k))
        spent = laws.mean(divergence.generator(divergence.conjugate_derivative(ratio)))
        return np.log(np.maximum(spent, 1e-300)) - np.log(max(radius, 1e-300))

    least, greatest = (np.full(scale.size, np.log(end)) for end in (LEAST_SCALE, GREATEST_SCALE))
    log_k = falling_root(divergence_excess, least, greatest, np.full(scale.size, 1e-9))
    value, _, _ = dual(log_k)
    _, u, k = dual(np.maximum(log_k, np.log(LEAST_SCORED)))
    return UnseenPoint(np.clip(value, laws.mean(laws.values), laws.greatest), u, k)


def share_of_greatest(divergence: FDivergence, radius: float, laws: LocalLaws) -> FloatArray:
    """Return which part of each greatest mean's rise over the law's own mean its greatest outcome makes alone.

    Where moments are missing a single outcome makes much of it, however many there are. On average over rows, with
    Kullback-Leibler radii from .05 to .5 and in samples of 1,000 and 2,500: .03 to .06 with normal outcomes, .14 to .26
    with exponential ones, .19 to .42 with t(3) ones; in samples of 250: .09 to .12, .21 to .25, .21 to .28.
    """
    point, top = solve_unseen(divergence, radius, laws), laws.starts[1:] - 1
    mass = laws.weights[top] * divergence.conjugate_derivative((laws.greatest - point.u) / point.k)
    mean = laws.mean(laws.values)
    rise = point.bound - mean
    return np.divide(mass * (laws.greatest - mean), rise, out=np.zeros(rise.size), where=rise > 0)


def falling_root(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray, tolerance: FloatArray
) -> FloatArray:
    """Return where each entry of a falling function is zero, or the end nearest to it: Chandrupatla's method."""
    f_low, f_high = function(low), function(high)
    a, b, c, fa, fb, fc = high, low, high, f_high, f_low, f_high
    t = np.full(low.shape, 0.5)
    for _ in range(100):
        x = a + t * (b - a)
        fx = function(x)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        width = np.abs(b - a)
        if ((width <= tolerance) | (fa == 0) | (f_low <= 0) | (f_high >= 0)).all():
            break
        t = _next_step(a, b, c, fa, fb, fc, 0.5 * tolerance / np.maximum(width, 1e-300))
    return np.where(f_low <= 0, low, np.where(f_high >= 0, high, a))


def _next_step(
    a: FloatArray, b: FloatArray, c: FloatArray, fa: FloatArray, fb: FloatArray, fc: FloatArray, least: FloatArray
) -> FloatArray:
    """Return the part of the bracket to go: inverse quadratic interpolation where it is safe, else half."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        place, height = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
        step = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    step = np.where(safe & np.isfinite(step), step, 0.5)
    least = np.minimum(least, 0.5)
    return np.clip(step, least, 1 - least)
