"""Confounded treatments whose identified sets are known, so that bounds can be held against them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import special, stats

from kullback._core.dual import jensen_shannon_bounds, power_bounds
from kullback._typing import ArrayLike, FloatArray, IntArray, RandomState
from kullback.datasets._simulate import _generator
from kullback.exceptions import InputError

__all__ = ["ConfoundedLaw", "SimulatedConfounded", "make_confounded"]

DESIGNS = ("bounded", "heavy_tailed")
DIVERGENCES = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")
POWERS = {"chi2": 0.5, "kl": 0.0, "hellinger": -1.0}
N_FEATURES = 5
CONCENTRATION = 6.0
"""a + b of the beta laws."""
UNSEEN_SHIFT = 0.1
"""By which the unseen mean lies above that of arm 1, and below that of arm 0."""
DEGREES = 3
N_NODES, STRETCH = 240, 4
"""Nodes on [0, 1], crowded at both ends as v^4 is at 0, where densities and integrands may be infinite."""


@dataclass(frozen=True)
class ConfoundedLaw:
    """What is known of a confounded design: propensity, effect and the set of effects that the data leave open.

    Attributes
    ----------
    design : {"bounded", "heavy_tailed"}
    odds_ratio : float
        Of the heavy-tailed design: the unseen laws lie at the end of the marginal sensitivity model with this bound.

    Examples
    --------
    >>> from kullback.datasets import make_confounded
    >>> law = make_confounded(100, random_state=0).law
    >>> law.average_effect().round(3), law.average_bounds("worst_case").round(3)
    (np.float64(0.05), array([-0.513,  0.487]))
    """

    design: str
    odds_ratio: float

    def propensity(self, X: ArrayLike) -> FloatArray:
        """Return P(treatment = 1 | X)."""
        x = _features(X)
        return 0.15 + 0.7 * special.expit(2 * x[:, 0] + x[:, 1])

    def observed_mean(self, X: ArrayLike, arm: int) -> FloatArray:
        """Return E[outcome | treatment = arm, X]."""
        x = _features(X)
        if self.design == "heavy_tailed":
            return x[:, 0] + 0.5 * x[:, 2] + (0.5 if arm else 0.0)
        return 0.35 + 0.25 * np.tanh(x[:, 0] + 0.5 * x[:, 2]) if arm else 0.4 + 0.2 * np.tanh(0.5 * x[:, 2] - x[:, 1])

    def mean(self, X: ArrayLike, arm: int) -> FloatArray:
        """Return E[Y(arm) | X], which no data show."""
        inside, seen = self._share(X, arm), self.observed_mean(X, arm)
        return inside * seen + (1 - inside) * self._unseen_mean(seen, arm)

    def effect(self, X: ArrayLike) -> FloatArray:
        """Return E[Y(1) - Y(0) | X]."""
        return self.mean(X, 1) - self.mean(X, 0)

    def mean_bounds(
        self, X: ArrayLike, arm: int, divergence: str = "worst_case", *, odds_ratio_bound: float | None = None
    ) -> FloatArray:
        """Return the ends of what the observed law allows for E[Y(arm) | X].

        Parameters
        ----------
        X : (rows, 5) array-like
        arm : int
        divergence : str
            Ball around the observed law: "worst_case" is the exact set without any assumption. Its ends are infinite
            for the heavy-tailed design.
        odds_ratio_bound : float, optional
            Lambda of the marginal sensitivity model, which takes the place of the ball; heavy-tailed design only.

        Returns
        -------
        (rows, 2) array
        """
        inside, seen = self._share(X, arm), self.observed_mean(X, arm)
        if odds_ratio_bound is not None:
            return self._sensitivity_bounds(inside, seen, odds_ratio_bound)
        if divergence not in DIVERGENCES:
            raise InputError(f"divergence must be one of {', '.join(DIVERGENCES)}; {divergence!r} came.")
        if self.design == "heavy_tailed":
            return np.column_stack([np.full(seen.size, -np.inf), np.full(seen.size, np.inf)])
        a, b = CONCENTRATION * seen, CONCENTRATION * (1 - seen)
        return np.column_stack([1 - _greatest_mean(b, a, inside, divergence), _greatest_mean(a, b, inside, divergence)])

    def effect_bounds(
        self, X: ArrayLike, divergence: str = "worst_case", *, odds_ratio_bound: float | None = None
    ) -> FloatArray:
        """Return the ends of what the observed law allows for E[Y(1) - Y(0) | X]; see :meth:`mean_bounds`."""
        one, zero = (self.mean_bounds(X, arm, divergence, odds_ratio_bound=odds_ratio_bound) for arm in (1, 0))
        return one - zero[:, ::-1]

    def average_effect(self) -> np.float64:
        """Return E[Y(1) - Y(0)]."""
        X, weights = _feature_nodes()
        return np.float64(weights @ self.effect(X))

    def average_bounds(
        self, divergence: str = "worst_case", *, odds_ratio_bound: float | None = None, arm: int | None = None
    ) -> FloatArray:
        """Return the (2,) ends of what the observed law allows for the average effect, or for E[Y(arm)]."""
        X, weights = _feature_nodes()
        if arm is None:
            return weights @ self.effect_bounds(X, divergence, odds_ratio_bound=odds_ratio_bound)
        return weights @ self.mean_bounds(X, arm, divergence, odds_ratio_bound=odds_ratio_bound)

    def _share(self, X: ArrayLike, arm: int) -> FloatArray:
        return self.propensity(X) if arm else 1 - self.propensity(X)

    def _unseen_mean(self, seen: FloatArray, arm: int) -> FloatArray:
        sign = 1.0 if arm else -1.0
        if self.design == "bounded":
            return seen + sign * UNSEEN_SHIFT
        return seen + sign * _sensitive_shift(self.odds_ratio)

    def _sensitivity_bounds(self, inside: FloatArray, seen: FloatArray, odds_ratio_bound: float) -> FloatArray:
        if self.design != "heavy_tailed":
            raise InputError("Bounds of the marginal sensitivity model are known for design='heavy_tailed' only.")
        reach = (1 - inside) * _sensitive_shift(_odds_ratio(odds_ratio_bound))
        return np.column_stack([seen - reach, seen + reach])


@dataclass(frozen=True, eq=False)
class SimulatedConfounded:
    """A simulated confounded treatment with its law.

    Attributes
    ----------
    X : pandas.DataFrame
        Five covariates, uniform on [-1, 1].
    treatment : (rows,) int64
    outcome : (rows,) float64
    propensity : (rows,) float64
        P(treatment = 1 | X), exact.
    effect : (rows,) float64
        E[Y(1) - Y(0) | X], exact.
    law : ConfoundedLaw
        Bounds of what can be known, at any X and on average.

    Examples
    --------
    >>> from kullback.datasets import make_confounded
    >>> confounded = make_confounded(1000, random_state=0)
    >>> confounded.X.shape, confounded.treatment.mean(), confounded.outcome.max() <= 1
    ((1000, 5), np.float64(0.481), np.True_)
    """

    X: Any
    treatment: IntArray
    outcome: FloatArray
    propensity: FloatArray
    effect: FloatArray
    law: ConfoundedLaw


def make_confounded(
    n_samples: int = 1000, *, design: str = "bounded", odds_ratio: float = 2.0, random_state: RandomState = None
) -> SimulatedConfounded:
    """Draw a treatment that is chosen with what no covariate shows, and an outcome.

    The propensity is .15 + .7 expit(2 x0 + x1). In the bounded design the outcome of arm a has a beta law on [0, 1]
    given X, and the outcome in arm a of those outside it, which is never seen, a mean that is .1 higher (a = 1) or
    lower (a = 0). In the heavy-tailed design outcomes have a t law with three degrees of freedom around a linear mean,
    and those outside an arm have the law that the marginal sensitivity model with bound `odds_ratio` allows at its
    end: the effect is the upper end of that model's set.

    Parameters
    ----------
    n_samples : int
    design : {"bounded", "heavy_tailed"}
    odds_ratio : float
        At least 1 (no confounding); heavy-tailed design only.
    random_state : int, Generator or RandomState, optional

    Returns
    -------
    SimulatedConfounded

    Raises
    ------
    InputError
        If `n_samples` is not a whole number of at least 1, `design` is unknown or `odds_ratio` is below 1.

    Examples
    --------
    The worst case of an effect on [0, 1] is one wide whatever the data, and holds zero:

    >>> from kullback.datasets import make_confounded
    >>> confounded = make_confounded(1000, random_state=0)
    >>> confounded.law.effect_bounds(confounded.X.head(2)).round(2)
    array([[-0.55,  0.45],
           [-0.44,  0.56]])

    With a limit to the confounding there is more to be had, and no support is needed:

    >>> law = make_confounded(1000, design="heavy_tailed", random_state=0).law
    >>> law.average_bounds(odds_ratio_bound=2).round(3), law.average_effect().round(3)
    (array([-0.269,  1.269]), np.float64(1.269))
    """
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise InputError(f"n_samples must be a whole number of at least 1; {n_samples!r} came.")
    if design not in DESIGNS:
        raise InputError(f"design must be one of {', '.join(DESIGNS)}; {design!r} came.")
    import pandas as pd

    law = ConfoundedLaw(design, _odds_ratio(odds_ratio))
    rng = _generator(random_state)
    x = rng.uniform(-1, 1, (int(n_samples), N_FEATURES))
    propensity = law.propensity(x)
    treatment = (rng.random(x.shape[0]) < propensity).astype(np.int64)
    seen = np.where(treatment == 1, law.observed_mean(x, 1), law.observed_mean(x, 0))
    if design == "bounded":
        outcome = rng.beta(CONCENTRATION * seen, CONCENTRATION * (1 - seen))
    else:
        outcome = seen + rng.standard_t(DEGREES, x.shape[0])
    X = pd.DataFrame(x, columns=[f"x{j}" for j in range(N_FEATURES)])
    return SimulatedConfounded(X, treatment, outcome, propensity, law.effect(x), law)


def _odds_ratio(odds_ratio: float) -> float:
    if not isinstance(odds_ratio, Real) or not 1 <= float(odds_ratio) < np.inf:
        raise InputError(f"An odds ratio must be a finite number of at least 1; {odds_ratio!r} came.")
    return float(odds_ratio)


def _features(X: ArrayLike) -> FloatArray:
    x = np.asarray(X, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != N_FEATURES:
        raise InputError(f"X must have {N_FEATURES} columns, x0 to x{N_FEATURES - 1}; its shape is {x.shape}.")
    return x


def _sensitive_shift(odds_ratio: float) -> float:
    """Return the greatest mean of a law within odds ratios of a t law, in closed form.

    The density ratio is L above the L / (1 + L) quantile q and 1 / L below; the t law's mean above q, times its mass
    there, is pdf(q) (nu + q^2) / (nu - 1).
    """
    q = stats.t.ppf(odds_ratio / (1 + odds_ratio), DEGREES)
    above = stats.t.pdf(q, DEGREES) * (DEGREES + q**2) / (DEGREES - 1)
    return float((odds_ratio - 1 / odds_ratio) * above)


def _greatest_mean(a: FloatArray, b: FloatArray, share: FloatArray, divergence: str) -> FloatArray:
    """Return the greatest mean over a ball around each beta law, with 1 for the top of the support."""
    if divergence == "worst_case":
        return share * a / (a + b) + (1 - share)
    if divergence == "tv":
        quantile = stats.beta.ppf(1 - share, a, b)
        return a / (a + b) * stats.beta.sf(quantile, a + 1, b) + (1 - share)
    values, weights = _beta_nodes(a, b)
    starts = np.arange(a.size + 1, dtype=np.int64) * N_NODES
    laws = (values.ravel(), weights.ravel(), starts, np.ascontiguousarray(share), np.ones(a.size))
    return jensen_shannon_bounds(*laws)[0] if divergence == "js" else power_bounds(*laws, POWERS[divergence])[0]


def _beta_nodes(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the (laws, nodes) points and probabilities of a quadrature of each beta law."""
    v, w = _unit_nodes(N_NODES)
    near, far = v**STRETCH, (1 - v) ** STRETCH
    total = near + far
    log_density = (a - 1)[:, None] * np.log(near / total) + (b - 1)[:, None] * np.log(far / total)
    density = np.exp(log_density - special.betaln(a, b)[:, None])
    mass = density * w * STRETCH * (v * (1 - v)) ** (STRETCH - 1) / total**2
    return np.broadcast_to(near / total, mass.shape).copy(), mass / mass.sum(axis=1, keepdims=True)


def _unit_nodes(n_nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = special.roots_legendre(n_nodes)
    return (nodes + 1) / 2, weights / 2


def _feature_nodes() -> tuple[FloatArray, FloatArray]:
    """Return (nodes, 5) points and weights for means over X, of which only the first three matter."""
    nodes, weights = _unit_nodes(12)
    X = np.zeros((nodes.size**3, N_FEATURES))
    X[:, :3] = list(itertools.product(2 * nodes - 1, repeat=3))
    return X, np.array([np.prod(each) for each in itertools.product(weights, repeat=3)])
