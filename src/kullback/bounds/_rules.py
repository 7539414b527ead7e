"""Upper bounds on the mean of an arm: pointwise from a local law, and as orthogonal scores.

A rule returns for each row the bound of its local law, and a score whose mean is the average bound and moves only to
second order with the local laws and the propensity. A lower bound is minus the upper bound of minus the outcome:
:meth:`ArmRows.mirrored`.

The scores of balls whose dual is a power mean (worst case, chi-square, Kullback-Leibler, Hellinger) have more: their
mean is at least the average bound, hence at least E[phi(Y(a))], **whatever** the local laws and the propensities are,
as long as these come from other rows and u is at least the top of the support. For with p < 1 and
m(x) = E[(u - phi)^p | a, x], m -> m^(1/p) is convex (m -> exp m of the mean logarithm where p = 0), and the score is u
less the arm's indicator times the tangent of it at an estimate of m. A tangent lies below, so that the mean of the
score is at least E[u - e m^(1/p)], which for each u at or above the top is a valid bound.

The other scores divide by the propensity, those of balls of a part of the radius among them. With the true one their
means are as valid whatever the local laws; with an estimate they miss by its error times that of the local law (and,
for Jensen-Shannon and for parts of a radius, by the square of its error).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np

from kullback._core.dual import tail_bounds
from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.bounds._balls import Ball, DualPoint
from kullback.bounds._laws import LocalLaws
from kullback.bounds._support import require_inside
from kullback.bounds._unseen import require_superlinear, solve_unseen
from kullback.exceptions import InputError
from kullback.information import FDivergence

__all__ = [
    "ArmRows",
    "Rule",
    "ball_rule",
    "divergence_rule",
    "odds_ratio_rule",
    "pair_score",
    "response_rows",
    "selection_rule",
    "tangent_score",
]

ROOM = 0.001
"""Part of the outcome's range by which u stays above the support where psi* is infinite at 0.

On a beta outcome average bounds move outwards by about half of it, so that a hundredth costs coverage with 2,000 rows;
only Hellinger's lower bound with 500 rows has less spread for more room (.011 at a hundredth, .013 here).
"""


GREATEST_ODDS_RATIO = 1e8

REACH = 1.0
"""Multiples of the outcome's range by which u may lie above the support in scores; any u at or above it is valid.

Where the arm is all but certain the best u is without end, and a row outside the arm scores u itself: one such row
would make the average. On beta outcomes with a logistic propensity averages move outwards by .001 of the range at most;
with that of a forest of 30 trees, which is 1 at some rows, they are off by 1,300 ranges without it, and by .02 with it.
"""


@dataclass(frozen=True, eq=False)
class ArmRows:
    """Rows as one arm sees them.

    Attributes
    ----------
    phi : (rows,) float64
        Outcomes, of all rows.
    inside : (rows,) bool
        Whether the row is in the arm.
    share : (rows,) float64
        Propensity of the arm, from other rows, never clipped.
    top : (rows,) float64
        Least upper bound of the outcome at each row; infinite where none was given.
    bottom : (rows,) float64
        Greatest lower bound; minus infinity where none was given.
    laws : LocalLaws
        Of the outcome in the arm at each row, from other rows.
    observed : bool
        Whether outcomes are known. Without them rows have bounds, and no scores.
    """

    phi: FloatArray
    inside: BoolArray
    share: FloatArray
    top: FloatArray
    bottom: FloatArray
    laws: LocalLaws
    observed: bool = True

    def __post_init__(self) -> None:
        require_inside(self.phi, self.bottom, self.top, self.inside)

    def mirrored(self) -> ArmRows:
        """Return the rows with minus the outcome, whose upper bound is minus the lower bound."""
        return replace(self, phi=-self.phi, top=-self.bottom, bottom=-self.top, laws=self.laws.mirrored())


Rule = Callable[[ArmRows], tuple[FloatArray, FloatArray]]
"""From rows to the upper bound of each row's local law and each row's score, which means nothing without outcomes."""


def ball_rule(ball: Ball, radius_scale: float = 1.0) -> Rule:
    """Return the rule of a divergence ball.

    Sharp for its own ball only. The worst case is the exact set of all laws that the data allow (Manski 1990); its
    score needs neither laws nor propensity. With monotone treatment response (Manski 1997) it is the rule too, on
    the rows that :func:`response_rows` names.

    Parameters
    ----------
    ball : Ball
    radius_scale : float, in (0, 1]
        Part of the radius that confounding is allowed to use: D_f(P || Q) is at most so much of psi(e). One assumes
        nothing.
    """

    def rule(rows: ArmRows) -> tuple[FloatArray, FloatArray]:
        scaled = _Scaled.of(ball, rows.share, radius_scale)
        point = ball.solve(rows.laws, scaled.share, rows.top)
        if ball.power == 1.0:
            return point.bound, np.where(rows.inside, rows.phi, rows.top)
        _need_support(rows, ball)
        if not rows.observed:
            return point.bound, np.full(len(rows.laws), np.nan)
        scored = point
        if ball.infinite_at_top:
            scored = ball.solve(rows.laws, scaled.share, rows.top + _room(rows))
        return point.bound, _score(ball, rows, _within_reach(scored, rows, scaled), scaled)

    return rule


@dataclass(frozen=True, eq=False)
class _Scaled:
    """The share whose ball has a part of the radius, and its derivative by the propensity."""

    radius_scale: float
    share: FloatArray
    slope: FloatArray

    @classmethod
    def of(cls, ball: Ball, share: FloatArray, radius_scale: float) -> _Scaled:
        if radius_scale == 1.0:
            return cls(1.0, share, np.ones(share.size))
        return cls(radius_scale, *ball.share_of(radius_scale, np.maximum(share, 1e-150)))  # psi and psi' are finite


def _need_support(rows: ArmRows, ball: Ball) -> None:
    unbounded = ~np.isfinite(rows.top)
    if unbounded.any():
        raise InputError(
            f"A {ball.name} ball bounds the mean of a bounded outcome only; {int(unbounded.sum())} of {rows.phi.size} "
            "rows have a support without end. Give outcome_bounds, or assume more (a sensitivity parameter)."
        )


def _range(rows: ArmRows) -> FloatArray:
    """Return how far each local law reaches below the top; where it is one point at the top, the farthest of all."""
    own = rows.top - rows.laws.least
    widest = float(own.max())
    return np.where(own > 0, own, widest if widest > 0 else np.maximum(np.abs(rows.top), 1.0))


def _room(rows: ArmRows) -> FloatArray:
    """Return how far u stays above the top: without room, outcomes near it have scores of unbounded variance."""
    return ROOM * _range(rows)


def _within_reach(point: DualPoint, rows: ArmRows, scaled: _Scaled) -> DualPoint:
    """Return the dual's point with u within reach of the support, and k brought down with its distance from the mean.

    A part of the radius makes u large where the share is not, and there u cancels from the score but for the slope.
    """
    most = rows.top + REACH * _range(rows) / np.clip(scaled.slope, 1e-3, 1.0)
    u, mean = np.minimum(point.u, most), rows.laws.mean(rows.laws.values)
    nearer = np.divide(u - mean, point.u - mean, out=np.ones(u.size), where=point.u > most)
    return DualPoint(point.bound, u, point.k * nearer)


def _score(ball: Ball, rows: ArmRows, point: DualPoint, scaled: _Scaled) -> FloatArray:
    laws, u, k = rows.laws, point.u, point.k
    gaps = laws.spread(u) - laws.values
    if ball.power is None:
        moment = laws.mean(ball.psi_conjugate(gaps / laws.spread(k)))
        return pair_score(ball, rows, u, k, moment, scaled.radius_scale)
    moment = laws.mean(np.log(gaps) if ball.power == 0.0 else gaps**ball.power)
    if scaled.radius_scale == 1.0:
        return tangent_score(ball.power, rows, u, moment)
    return _scaled_tangent_score(ball.power, rows, u, moment, scaled)


def tangent_score(power: float, rows: ArmRows, u: FloatArray, moment: FloatArray) -> FloatArray:
    """Return u less the tangent of the power mean at E[(u - phi)^p | a, X], or E[log(u - phi) | a, X] where p = 0.

    The propensity cancels.
    """
    mean, residual = _tangent(power, rows, u, moment)
    return u - np.where(rows.inside, mean + residual, 0.0)


def _scaled_tangent_score(
    power: float, rows: ArmRows, u: FloatArray, moment: FloatArray, scaled: _Scaled
) -> FloatArray:
    """Return u - s(e) M_p, with the corrections for the propensity and for the mean of (u - phi)^p."""
    mean, residual = _tangent(power, rows, u, moment)
    price = scaled.share + scaled.slope * (rows.inside - rows.share)
    return u - price * mean - _weighted(rows, scaled.share * residual)


def _tangent(power: float, rows: ArmRows, u: FloatArray, moment: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the power mean of u - phi with this moment, and what its tangent adds at the row's own outcome."""
    gap = np.where(rows.inside, u - rows.phi, 1.0)
    if power == 0.0:
        return np.exp(moment), np.exp(moment) * (np.log(gap) - moment)
    return moment ** (1 / power), moment ** (1 / power - 1) * (gap**power - moment) / power


def pair_score(
    ball: Ball, rows: ArmRows, u: FloatArray, k: FloatArray, moment: FloatArray, radius_scale: float = 1.0
) -> FloatArray:
    """Return u + k psi(e) + k E psi*, with the corrections for the propensity and for the mean of psi*."""
    own = ball.psi_conjugate(np.where(rows.inside, u - rows.phi, k) / k)
    residual = _weighted(rows, own - moment)
    inside, share = rows.inside.astype(np.float64), np.maximum(rows.share, 1e-300)  # psi'(0) may be infinite
    price = radius_scale * (ball.psi(share) + ball.psi_derivative(share) * (inside - share))
    return u + k * (price + moment + residual)


def _weighted(rows: ArmRows, residual: FloatArray) -> FloatArray:
    """Return a residual of the arm over its propensity, zero outside."""
    impossible = rows.inside & ~(rows.share > 0)
    if impossible.any():
        raise InputError(
            f"Rows in the arm must have a positive propensity; {int(impossible.sum())} of {rows.phi.size} have none. "
            "Take a propensity_estimator that shrinks, or the divergence 'worst_case', whose score needs no propensity "
            "('chi2', 'kl' and 'hellinger' do not divide by it, and are valid, but wide where it is wrong)."
        )
    return np.where(rows.inside, residual / np.where(rows.inside, rows.share, 1.0), 0.0)


def response_rows(arms: IntArray, arm: int, *, mirrored: bool = False) -> BoolArray:
    """Return the rows whose outcome is at least what it would be in `arm`, if no one's outcome falls with the arm.

    Monotone treatment response (Manski 1997; Manski and Pepper 2000): outcomes rise with the arm, or stay. These
    rows take the part of those inside the arm, with their laws and their share, in the rule of the worst case,
    which is sharp for this assumption; with two arms and the lower of them they are all rows, and no support is
    needed. `mirrored` is for minus the outcome.

    Parameters
    ----------
    arms : (rows,) int64
        Arms in their order.
    arm : int
    """
    return arms <= arm if mirrored else arms >= arm


def selection_rule() -> Rule:
    """Return the rule that those outside the arm would do no better in it than those inside, at each X.

    Monotone treatment selection (Manski and Pepper 2000). The bound is the mean in the arm, E[phi | a, X], sharp
    for this assumption; its score is that of augmented inverse weighting. It needs no support. With two arms it
    bounds the higher from above and, mirrored, the lower from below; under negative selection the other two ends.
    """

    def rule(rows: ArmRows) -> tuple[FloatArray, FloatArray]:
        mean = rows.laws.mean(rows.laws.values)
        return mean, mean + _weighted(rows, rows.phi - mean)

    return rule


def odds_ratio_rule(odds_ratio_bound: float) -> Rule:
    """Return the rule of the marginal sensitivity model: dR/dP within [1 / Lambda, Lambda] (Tan 2006).

    The bound, with the greatest weight on the upper tail, is sharp for this model (Dorn and Guo 2023); the score is
    that of Dorn, Guo and Kallus (2024): valid if either the propensity or the regression is right, sharp if the
    quantile is right too. Lambda = 1 is no confounding. It needs no support.

    Raises
    ------
    InputError
        If Lambda is not a number from 1 to 1e8.
    """
    if not isinstance(odds_ratio_bound, Real) or not 1 <= odds_ratio_bound < np.inf:
        raise InputError(
            f"odds_ratio_bound must be a finite number of at least 1 (1: no confounding); {odds_ratio_bound!r} came."
        )
    if odds_ratio_bound > GREATEST_ODDS_RATIO:
        raise InputError(
            f"odds_ratio_bound must be at most {GREATEST_ODDS_RATIO:g}; {odds_ratio_bound!r} came. So much "
            "confounding is no limit: state the outcome's support and leave it out."
        )
    tau = odds_ratio_bound / (1 + odds_ratio_bound)

    def worst(rows: ArmRows) -> tuple[FloatArray, FloatArray, FloatArray]:
        laws = rows.laws
        _, quantile = tail_bounds(laws.values, laws.weights, laws.starts, np.full(len(laws), tau))

        def outcome(phi: FloatArray, q: FloatArray) -> FloatArray:
            tail = q + np.maximum(phi - q, 0.0) * (1 + odds_ratio_bound)  # 1 / (1 - tau), without its rounding
            return phi / odds_ratio_bound + (1 - 1 / odds_ratio_bound) * tail

        mean = laws.mean(outcome(laws.values, laws.spread(quantile)))
        return mean, mean, outcome(rows.phi, quantile)

    return _unseen_rule(worst)


def divergence_rule(divergence: FDivergence, radius: float) -> Rule:
    """Return the rule of f-sensitivity: the unseen law R has D_f(R || P) <= radius at each X (Jin, Ren and Zhou 2022).

    The bound is sharp for this model. It needs a superlinear f and moments of the outcome instead of a
    support: with chi-square second moments, with Kullback-Leibler exponential ones.

    Raises
    ------
    InputError
        If the radius is not a finite number of at least 0, or f is not superlinear.
    """
    require_superlinear(divergence)
    if not isinstance(radius, Real) or not 0 <= radius < np.inf:
        raise InputError(f"The radius must be a finite number of at least 0 (0: no confounding); {radius!r} came.")

    def worst(rows: ArmRows) -> tuple[FloatArray, FloatArray, FloatArray]:
        laws, point = rows.laws, solve_unseen(divergence, radius, rows.laws)

        def outcome(phi: FloatArray, u: FloatArray, k: FloatArray) -> FloatArray:
            return u + k * (radius + divergence.conjugate((phi - u) / k))

        own = outcome(np.where(rows.inside, rows.phi, point.u), point.u, point.k)
        mean = laws.mean(outcome(laws.values, laws.spread(point.u), laws.spread(point.k)))
        return point.bound, mean, own

    return _unseen_rule(worst)


def _unseen_rule(worst: Callable[[ArmRows], tuple[FloatArray, FloatArray, FloatArray]]) -> Rule:
    """Return the rule of a bound e E[phi | a, X] + (1 - e) E[h(phi) | a, X], h standing for the outcome of the unseen.

    `worst` returns the greatest mean of the unseen at each row, the mean of h under the local law (at
    an approximate h they differ), and h at the row's own outcome. The score is orthogonal to the mean of h, to the
    propensity, and to h, which minimises its mean: any h leaves the bound valid.
    """

    def rule(rows: ArmRows) -> tuple[FloatArray, FloatArray]:
        greatest, mean, own = worst(rows)
        bound = rows.share * rows.laws.mean(rows.laws.values) + (1 - rows.share) * greatest
        return bound, mean + _weighted(rows, own - mean) + np.where(rows.inside, rows.phi - own, 0.0)

    return rule
