"""Divergence balls around an observed law that hold the law under treatment, as one table.

With e = P(A = a | X), P the law of the outcome inside the arm and Q that under treatment a, total probability gives
Q = e P + (1 - e) R with R unknown, so that D_f(P || Q) <= psi(e), psi(s) = s f(1/s) + (1 - s) f(0) (Jung and Kang 2026,
Theorem 1). A ball is never smaller than the set of all these Q, Manski's (1990), whose upper end is "worst_case" here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._core.dual import jensen_shannon_bounds, power_bounds, sampled_bounds, tail_bounds
from kullback._typing import FloatArray
from kullback.bounds._laws import LocalLaws
from kullback.bounds._unseen import falling_root
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES, FDivergence

__all__ = ["BALLS", "Ball", "DualPoint", "get_ball"]

Function = Callable[[FloatArray], FloatArray]
Solver = Callable[[LocalLaws, FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]


@dataclass(frozen=True, eq=False)
class DualPoint:
    """Greatest mean at each row, and where its dual attains it.

    Attributes
    ----------
    bound : (laws,) float64
        Infinite where the support has no top and the share is below one.
    u, k : (laws,) float64
        Minimisers of u + k psi(e) + k E psi*(-(u - phi) / k); k is NaN for a power mean, which has no use for it.
    """

    bound: FloatArray
    u: FloatArray
    k: FloatArray


@dataclass(frozen=True, eq=False)
class Ball:
    """The laws Q = s P, with the mass 1 - E s at the top of the support, for which E psi(s) <= psi(e).

    Attributes
    ----------
    name : str
    psi : callable
        Convex, decreasing, zero at one; psi(e) is the radius, a bound on D_f(P || Q). That of the worst case, the
        divergence with f(t) = (t - 1/e)_+, depends on e and is zero where it is asked for, on [e, 1].
    psi_derivative : callable
    psi_conjugate : callable
        t >= 0 to psi*(-t) = sup over s of (-s t - psi(s)), which may be infinite at 0.
    solver : callable
        From laws, shares and tops to (bound, u, k).
    power : float or None
        p where the dual is a power mean, min over u of u - e (E (u - phi)^p)^(1/p); its score needs no propensity.
    infinite_at_top : bool
        Whether psi* is infinite at 0, so that u must be kept off outcomes at the top of the support.
    """

    name: str
    psi: Function
    psi_derivative: Function
    psi_conjugate: Function
    solver: Solver
    power: float | None = None
    infinite_at_top: bool = False

    def __reduce__(self) -> Any:
        # The functions of the table's entries cannot be pickled; their names can.
        return (get_ball, (self.name,)) if BALLS.get(self.name) is self else super().__reduce__()

    def solve(self, laws: LocalLaws, share: FloatArray, top: FloatArray) -> DualPoint:
        """Return the greatest mean over the ball of each law, and the minimisers of its dual.

        Parameters
        ----------
        laws : LocalLaws
        share, top : (laws,) float64
            Probability of the arm; least upper bound of the outcome, infinite where there is none.
        """
        low = top < laws.greatest
        if low.any():
            raise InputError(
                f"Outcomes must not exceed the top of their support; {int(low.sum())} of {low.size} rows have a local "
                f"law up to {laws.greatest[low].max():g} above a top of {top[low].min():g}. Widen outcome_bounds."
            )
        bounded = np.isfinite(top)
        bound, u, k = self.solver(laws, share, np.where(bounded, top, laws.greatest))
        unbounded = np.where(share < 1, np.inf, laws.mean(laws.values))
        return DualPoint(np.where(bounded, bound, unbounded), np.where(bounded, u, np.inf), k)

    def share_of(self, radius_scale: float, share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the share s(e) whose ball has a part of the radius, psi(s) = radius_scale psi(e), and its derivative.

        Parameters
        ----------
        radius_scale : float
            In (0, 1).
        share : (laws,) float64
            e, above zero.
        """
        radius = radius_scale * self.psi(share)
        log_share = falling_root(
            lambda x: self.psi(np.exp(x)) - radius, np.log(share), np.zeros(share.size), np.full(share.size, 1e-14)
        )
        scaled = np.exp(log_share)
        slope, at = self.psi_derivative(share), self.psi_derivative(scaled)
        return scaled, radius_scale * np.divide(slope, at, out=np.zeros(share.size), where=at < 0)


def _power_solver(power: float) -> Solver:
    def solve(laws: LocalLaws, share: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        bound, u = power_bounds(laws.values, laws.weights, laws.starts, share, top, power)
        return bound, u, np.full(u.size, np.nan)

    return solve


def _worst_case(laws: LocalLaws, share: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    bound = share * laws.mean(laws.values) + (1 - share) * top
    return bound, top, np.full(top.size, np.nan)


def _jensen_shannon(laws: LocalLaws, share: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    bound, u, k = jensen_shannon_bounds(laws.values, laws.weights, laws.starts, share, top)
    return bound, u, _positive(k, laws, top)


def _total_variation(laws: LocalLaws, share: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Move the lowest 1 - e of the mass to the top: u = M, and k = M less the quantile."""
    upper, quantile = tail_bounds(laws.values, laws.weights, laws.starts, 1 - share)
    return upper + (1 - share) * top, top, _positive(top - quantile, laws, top)


def _positive(k: FloatArray, laws: LocalLaws, top: FloatArray) -> FloatArray:
    """Keep k above zero, its limit where a law's upper end is at the top, by a part of 1e-12 of the scale."""
    return np.maximum(k, 1e-12 * np.maximum(top - laws.least, np.maximum(np.abs(top), 1e-12)))


def _log_gap(t: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.5 * np.log(-np.expm1(-2 * t)) - np.log(2.0))


def _quiet(function: Function) -> Function:
    """Let a conjugate be infinite at 0 without a warning."""

    def at(t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return function(t)

    return at


BALLS: dict[str, Ball] = {
    ball.name: ball
    for ball in (
        Ball(
            "worst_case",
            psi=lambda s: np.zeros_like(s),
            psi_derivative=lambda s: np.zeros_like(s),
            psi_conjugate=lambda t: np.zeros_like(t),
            solver=_worst_case,
            power=1.0,
        ),
        Ball(
            "chi2",
            psi=lambda s: (1 / s - 1) / 2,
            psi_derivative=lambda s: -1 / (2 * s**2),
            psi_conjugate=lambda t: 0.5 - np.sqrt(2 * t),
            solver=_power_solver(0.5),
            power=0.5,
        ),
        Ball(
            "kl",
            psi=lambda s: -np.log(s),
            psi_derivative=lambda s: -1 / s,
            psi_conjugate=_quiet(lambda t: -1 - np.log(t)),
            solver=_power_solver(0.0),
            power=0.0,
            infinite_at_top=True,
        ),
        Ball(
            "hellinger",
            psi=lambda s: 1 - np.sqrt(s),
            psi_derivative=lambda s: -1 / (2 * np.sqrt(s)),
            psi_conjugate=_quiet(lambda t: 1 / (4 * t) - 1),
            solver=_power_solver(-1.0),
            power=-1.0,
            infinite_at_top=True,
        ),
        Ball(
            "js",
            psi=lambda s: (special.xlogy(s, s) - (1 + s) * np.log1p(s)) / 2 + np.log(2.0),
            psi_derivative=lambda s: np.log(s / (1 + s)) / 2,
            psi_conjugate=_log_gap,
            solver=_jensen_shannon,
            infinite_at_top=True,
        ),
        Ball(
            "tv",
            psi=lambda s: np.maximum(1 - s, 0.0),
            psi_derivative=lambda s: np.where(s <= 1, -1.0, 0.0),
            psi_conjugate=lambda t: -np.minimum(t, 1.0),
            solver=_total_variation,
        ),
    )
}
"""Balls by name; "chi2" is priced at half of Pearson's divergence, as in the paper, which leaves the ball as it is."""


def get_ball(divergence: str | FDivergence) -> Ball:
    """Return the ball of a divergence by its name, or of any :class:`~kullback.information.FDivergence`.

    Raises
    ------
    InputError
        If no ball has the name, or the divergence has no finite radius because f(0) is infinite.
    """
    if isinstance(divergence, FDivergence):
        known = DIVERGENCES.get(divergence.name) is divergence and divergence.name in BALLS
        return BALLS[divergence.name] if known else _derived_ball(divergence)
    if isinstance(divergence, str) and divergence in BALLS:
        return BALLS[divergence]
    if isinstance(divergence, str) and divergence in DIVERGENCES:
        return _derived_ball(DIVERGENCES[divergence])
    raise InputError(f"divergence must be one of {', '.join(BALLS)}, or an FDivergence; {divergence!r} came.")


def _derived_ball(divergence: FDivergence) -> Ball:
    if not np.isfinite(divergence.at_zero):
        raise InputError(
            f"The divergence {divergence.name!r} has an infinite f(0): the law under treatment may hold outcomes that "
            "the arm never shows, at an infinite price, so that no radius bounds it. Take a divergence with a finite "
            f"f(0): {', '.join(name for name in BALLS if name != 'worst_case')}."
        )
    _check_generator(divergence)
    sampled = SampledConjugate.of(divergence)
    zero, least = divergence.at_zero, 1 / GREATEST_RATIO

    def psi(s: FloatArray) -> FloatArray:
        s = np.maximum(s, least)
        return np.asarray(s * divergence.generator(1 / s) + (1 - s) * zero)

    def psi_derivative(s: FloatArray) -> FloatArray:
        s = np.maximum(s, least)
        return np.asarray(divergence.generator(1 / s) - divergence.derivative(1 / s) / s - zero)

    def solve(laws: LocalLaws, share: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        bound, u, k = sampled_bounds(
            laws.values, laws.weights, laws.starts, share, psi(share), top, sampled.nodes, sampled.conjugate
        )
        return np.where(share < least, top, bound), u, _positive(k, laws, top)

    return Ball(divergence.name, psi, psi_derivative, sampled.at, solve, infinite_at_top=bool(sampled.nodes[0] > 0))


def _check_generator(divergence: FDivergence) -> None:
    """Raise unless a generator is convex with f(1) = 0, has this f(0), and slopes between those of its chords."""
    r = np.exp(np.linspace(-1, 1, 401) * np.log(GREATEST_RATIO))
    with np.errstate(all="ignore"):
        f, slope = (
            np.asarray(function(r), dtype=np.float64) for function in (divergence.generator, divergence.derivative)
        )
        one, near_zero = (float(divergence.generator(np.array([at]))[0]) for at in (1.0, 1e-300))
    if not (np.isfinite(f).all() and np.isfinite(slope).all()):
        raise _no_divergence(divergence, "f and its derivative must be finite at ratios from 1e-6 to 1e6")
    if not abs(one) <= 1e-9:
        raise _no_divergence(divergence, f"f(1) must be 0; it is {one:g}")
    if not abs(near_zero - divergence.at_zero) <= 1e-3 * (1 + abs(divergence.at_zero)):
        raise _no_divergence(
            divergence, f"at_zero must be f(0); it is {divergence.at_zero:g}, and f tends to {near_zero:g}"
        )
    r, f = np.append(0.0, r), np.append(divergence.at_zero, f)
    chord = np.diff(f) / np.diff(r)
    slack = 1e-12 * (1 + np.abs(f[1:]) + np.abs(f[:-1])) / np.diff(r) + 1e-9 * np.abs(chord)
    if (np.diff(chord) < -(slack[1:] + slack[:-1])).any():
        raise _no_divergence(divergence, "f must be convex, and its chords between some ratios fall")
    if (slope < chord - slack).any() or (slope[:-1] > (chord + slack)[1:]).any():
        raise _no_divergence(divergence, "derivative must be that of f, between the slopes of f's chords; it is not")


def _no_divergence(divergence: FDivergence, told: str) -> InputError:
    return InputError(f"The divergence {divergence.name!r} is no f-divergence: {told}.")


GREATEST_RATIO = 1e6
"""Ratios are sampled up to here; a share below one over it has the top of the support for its bound."""


@dataclass(frozen=True, eq=False)
class SampledConjugate:
    """psi*(-t) of a divergence at the t of many ratios r = 1/s: t = f(0) - f(r) + r f'(r), psi*(-t) = -f(0) - f'(r).

    Between nodes it is taken to be linear, which for a convex function errs upwards: a bound stays valid and is
    at most a few parts in ten million too wide.

    Attributes
    ----------
    nodes, conjugate : (nodes,) float64
        t, strictly ascending, and psi*(-t).
    """

    nodes: FloatArray
    conjugate: FloatArray

    @classmethod
    def of(cls, divergence: FDivergence) -> SampledConjugate:
        """Sample the conjugate of a divergence with a finite f(0)."""
        r = np.exp(np.linspace(-1, 1, 2**15 + 1) * np.log(GREATEST_RATIO))
        f, slope = np.asarray(divergence.generator(r)), np.asarray(divergence.derivative(r))
        t = divergence.at_zero - f + r * slope
        rounding = 4 * np.finfo(np.float64).eps * (divergence.at_zero + np.abs(f) + np.abs(r * slope))
        t = np.maximum.accumulate(np.where(t > rounding, t, 0.0))  # zero where f is linear from 0 on
        nodes, first = np.unique(t, return_index=True)
        return cls(nodes, np.minimum.accumulate(-divergence.at_zero - slope[first]))

    def at(self, t: FloatArray) -> FloatArray:
        """Return psi*(-t), infinite below the first node."""
        return np.interp(t, self.nodes, self.conjugate, left=np.inf)
