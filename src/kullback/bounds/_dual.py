"""Dual functions learned by empirical risk: the estimator of Jung and Kang (2026), Definition 5.4.

With e = P(A = a | X) and psi as in :mod:`kullback.bounds._balls`, the greatest mean over a ball at X is the least of

    u + k (psi(e) + E[psi*(-(u - phi) / k) | a, X])     over u at or above the top of the support and k > 0,

so that functions u(X) and k(X) are learned as the minimisers of its average over rows. The paper writes it with
g(s) = s f(1/s), of which g*(f(0) - t) = f(0) + psi*(-t): its u is this one less k f(0), its lambda is k. Here u = top +
a positive function, so that no row is outside the conjugate's domain; the published code drops such rows, which moves
upper bounds down.

The dual functions are a sieve in place of the paper's neural networks: log k and log(u - top) are additive splines,
from the solution of the marginal problem on, with a ridge penalty on their coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from kullback._typing import BoolArray, FloatArray
from kullback.bounds._balls import BALLS, Ball
from kullback.bounds._dual_basis import SplineBasis
from kullback.bounds._rules import ROOM

__all__ = ["LEARNABLE", "DualFunctions", "DualRows"]

PENALTY = 3.0
"""On half the squared coefficients, of a sum over the arm's rows."""

LEAST_SHARE = 1e-100
"""Of a propensity in the risk: psi' may be infinite at 0, where e psi'(e) is taken."""

KINK = 0.05
"""Half the width by which the kink of total variation's conjugate is rounded off, while its functions are learned."""


def _rounded(t: FloatArray) -> FloatArray:
    """Return -min(t, 1) with a parabola in place of its kink."""
    return np.where(t < 1 - KINK, -t, -1 + np.maximum(1 + KINK - t, 0.0) ** 2 / (4 * KINK))


def _odds(t: FloatArray) -> FloatArray:
    z = np.exp(-2 * t)
    return z / (1 - z)


Function = Callable[[FloatArray], FloatArray]

LEARNABLE: dict[str, tuple[Function, Function]] = {
    "chi2": (BALLS["chi2"].psi_conjugate, lambda t: 1 / np.sqrt(2 * t)),
    "kl": (BALLS["kl"].psi_conjugate, lambda t: 1 / t),
    "hellinger": (BALLS["hellinger"].psi_conjugate, lambda t: 1 / (4 * t**2)),
    "js": (BALLS["js"].psi_conjugate, _odds),
    "tv": (_rounded, lambda t: np.clip((1 + KINK - t) / (2 * KINK), 0.0, 1.0)),
}
"""psi*(-t) and its downward slope, the density s = dQ/dP at t, of the balls whose dual functions can be learned."""


@dataclass(frozen=True, eq=False)
class DualRows:
    """Rows that dual functions of an arm are learned from.

    Attributes
    ----------
    X : (rows, features) float64
    phi : (rows,) float64
        Outcomes, of all rows; used inside the arm only.
    inside : (rows,) bool
    share : (rows,) float64
        Propensity of the arm, from other rows.
    top : (rows,) float64
        Finite.
    weights : (rows,) float64
    """

    X: FloatArray
    phi: FloatArray
    inside: BoolArray
    share: FloatArray
    top: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class DualFunctions:
    """u(X), k(X) and m(X) = E[psi*(-(u - phi) / k) | a, X], as learned.

    Attributes
    ----------
    ball : Ball
    basis : SplineBasis
    start : (2,) array
        log k and log(u - top), in units of `scale`, of the marginal problem.
    coefficients : (2, functions) array
    regression : (1 + functions,) array
        Of m.
    scale : float
        Greatest distance of an outcome from the top.
    """

    ball: Ball
    basis: SplineBasis
    start: FloatArray
    coefficients: FloatArray
    regression: FloatArray
    scale: float

    @classmethod
    def learn(cls, ball: Ball, rows: DualRows, basis: SplineBasis, *, debiased: bool = True) -> DualFunctions:
        """Minimise the empirical risk, with the paper's correction for the propensity if `debiased`."""
        features = basis.at(rows.X)
        risk = _Risk.of(ball, rows, features, debiased=debiased)
        start = _marginal(risk, float(np.average(rows.share, weights=rows.weights)))
        found = optimize.minimize(
            risk, np.zeros(2 * features.shape[1]), (start,), jac=True, method="L-BFGS-B", options={"maxiter": 200}
        )
        coefficients = found.x.reshape(2, -1)
        k, v = np.exp(start + (features[rows.inside] @ coefficients.T)).T
        outcome = ball.psi_conjugate((risk.gap + v) / k)
        regression = _ridge(features[rows.inside], outcome, risk.weights)
        return cls(ball, basis, start, coefficients, regression, risk.scale)

    def at(self, X: FloatArray, top: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return u, k and m at rows; m where a mean can lie, outcomes being no further from the top than here."""
        features = self.basis.at(X)
        k, v = np.exp(self.start + features @ self.coefficients.T).T * self.scale
        moment = self.regression[0] + features @ self.regression[1:]
        moment = np.clip(moment, self.ball.psi_conjugate((v + self.scale) / k), self.ball.psi_conjugate(v / k))
        return top + v, k, moment


@dataclass(frozen=True, eq=False)
class _Risk:
    """The risk of coefficients and its gradient, in units of the scale and of the arm's rows."""

    ball: Ball
    features: FloatArray
    inside: BoolArray
    gap: FloatArray
    weights: FloatArray
    radius: FloatArray
    correction: FloatArray
    scale: float
    penalty: float

    @classmethod
    def of(cls, ball: Ball, rows: DualRows, features: FloatArray, *, debiased: bool) -> _Risk:
        inside = rows.inside
        gap = (rows.top - rows.phi)[inside]
        scale = float(gap.max()) or 1.0  # all outcomes at the top: any scale will do
        share = np.maximum(rows.share, LEAST_SHARE)
        weights = rows.weights / rows.weights[inside].sum()
        correction = weights * share * ball.psi_derivative(share) * (inside - share) * debiased
        return cls(
            ball,
            features,
            inside,
            gap / scale,
            weights[inside],
            ball.psi(share[inside]),
            correction,
            scale,
            PENALTY / gap.size,
        )

    def __call__(self, coefficients: FloatArray, start: FloatArray) -> tuple[float, FloatArray]:
        conjugate, density = LEARNABLE[self.ball.name]
        both = coefficients.reshape(2, -1)
        k_all, v_all = np.exp(start + self.features @ both.T).T
        k, v = k_all[self.inside], v_all[self.inside]
        t = (self.gap + v) / k
        s, priced = density(t), self.radius + conjugate(t)
        risk = self.weights @ (v + k * priced) + self.correction @ k_all + self.penalty * (both**2).sum() / 2
        slope_k = self.correction * k_all
        slope_k[self.inside] += self.weights * k * (priced + s * t)
        slope_v = self.weights * v * (1 - s)
        gradient = np.stack([self.features.T @ slope_k, self.features[self.inside].T @ slope_v]) + self.penalty * both
        return float(risk), gradient.ravel()


def _marginal(risk: _Risk, share: float) -> FloatArray:
    """Return log k and log(u - top) of the best constants, u kept off the top as in scores."""
    ones = np.ones((risk.gap.size, 1))
    radius = np.full(risk.gap.size, risk.ball.psi(np.array([share]))[0])
    whole = replace(
        risk, features=ones, inside=ones[:, 0] > 0, radius=radius, correction=np.zeros(risk.gap.size), penalty=0.0
    )
    least = (np.log(ROOM), 15.0)
    found = optimize.minimize(
        whole, (-1.0, -2.0), (np.zeros(2),), jac=True, method="L-BFGS-B", bounds=((-15.0, 15.0), least)
    )
    return found.x


def _ridge(features: FloatArray, outcome: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the intercept and coefficients of a weighted regression with the penalty of the dual functions."""
    centre, mean = weights @ features, weights @ outcome
    centred = features - centre
    inner = centred.T @ (weights[:, None] * centred) + PENALTY / weights.size * np.eye(centre.size)
    slopes = np.linalg.solve(inner, centred.T @ (weights * (outcome - mean)))
    return np.append(mean - centre @ slopes, slopes)
