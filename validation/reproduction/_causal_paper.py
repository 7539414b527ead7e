"""Jung and Kang (2026), "(Data-driven) Information-theoretic causal bounds under unmeasured confounding".

The laws that the paper draws from, its estimator with or without the correction of its risk, and its propensity.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy import special, stats
from sklearn.base import BaseEstimator, ClassifierMixin

from kullback.bounds._balls import BALLS
from kullback.bounds._dual_folds import DualFolds
from kullback.bounds._model import _aggregate
from kullback.bounds._nuisance import Rows, fit_propensity
from kullback.bounds._support import outcome_functional

__all__ = ["DESIGNS", "DIVERGENCES", "Drawn", "Known", "Noisy", "intersected", "paper_bounds", "paper_propensity"]


DIVERGENCES = ("chi2", "kl", "hellinger", "js", "tv")
N_FOLDS = 2
GAUSS = np.polynomial.hermite_e.hermegauss(40)
"""Nodes and weights for means over the unseen, which is standard normal."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A sample, with the propensity and the mean under treatment at each row, exact."""

    X: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    truth: np.ndarray

    def split(self, n: int) -> tuple[Drawn, Drawn]:
        """Return the first n rows, and the others."""
        parts = [np.split(getattr(self, field.name), [n]) for field in fields(self)]
        return Drawn(*(part[0] for part in parts)), Drawn(*(part[1] for part in parts))


def probit_sine(n: int, d: int, rng: np.random.Generator) -> Drawn:
    """Draw from the law behind figure 2a, which is in the published code and not in the text."""
    X = rng.standard_normal((n, d))
    X[:, 0] *= np.sqrt(0.5)
    unseen = rng.standard_normal(n)
    treatment = (rng.random(n) < 0.05 + 0.9 * stats.norm.cdf(2 * X[:, 0] + unseen)).astype(np.int64)
    propensity = 0.05 + 0.9 * stats.norm.cdf(2 * X[:, 0] / np.sqrt(2.0))
    truth = truth_at(propensity)
    outcome = treatment * truth + unseen + rng.standard_t(3, n)
    return Drawn(X, treatment, outcome, propensity, truth)


def truth_at(propensity: np.ndarray) -> np.ndarray:
    """Return E[Y | do(1)] of :func:`probit_sine` at a propensity."""
    return 5 * np.sin(2 * np.pi * (propensity - 0.05) / 0.9)


def nonlinear(n: int, d: int, rng: np.random.Generator) -> Drawn:
    """Draw from the law of the appendix as the code has it; coefficients are drawn with each sample."""
    X = rng.standard_normal((n, d))
    half = d // 2
    X[:, half:] = rng.random((n, d - half)) < special.expit(0.5 * X[:, :1] + 0.25 * X[:, :1] ** 2 - 0.1)
    coefficients = 0.6 * rng.standard_normal(d)
    linear = X @ coefficients + 0.5 * np.sin(X[:, 0]) - 0.25 * X[:, 0] ** 2
    mean = 0.5 + 0.8 * np.tanh(X[:, 0]) + 0.25 * X[:, 1] ** 2 - 0.15 * np.sin(X[:, 2])
    gain = 0.7 + 0.2 * np.sin(X[:, 0]) + 0.1 * X[:, 0]

    def chosen(unseen: Any) -> np.ndarray:
        return 0.05 + 0.9 * special.expit(linear + 0.8 * unseen)

    unseen = rng.standard_normal(n)
    shares = chosen(unseen)
    treatment = (rng.random(n) < shares).astype(np.int64)
    outcome = mean + (gain + 0.8 * (shares - 0.5)) * treatment + 0.7 * unseen + rng.standard_t(3, n)
    propensity = sum(w * chosen(u) for u, w in zip(*GAUSS, strict=True)) / GAUSS[1].sum()
    return Drawn(X, treatment, outcome, propensity, mean + gain + 0.8 * (propensity - 0.5))


DESIGNS: dict[str, Callable[[int, int, np.random.Generator], Drawn]] = {
    "probit_sine": probit_sine,
    "nonlinear": nonlinear,
}


class Known(ClassifierMixin, BaseEstimator):
    """The exact propensity, as a function of the covariates, in place of a learned one."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self.function = function

    def fit(self, X: np.ndarray, y: np.ndarray) -> Known:  # noqa: ARG002
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        share = self.function(X)
        return np.column_stack([1 - share, share])


class Noisy(ClassifierMixin, BaseEstimator):
    """A propensity with the noise of figure 2c on it: normal, mean and deviation n^(-1/4), kept in [.01, .99]."""

    def __init__(self, estimator: Any, n_rows: int, seed: int) -> None:
        self.estimator, self.n_rows, self.seed = estimator, n_rows, seed

    def fit(self, X: np.ndarray, y: np.ndarray) -> Noisy:
        self.estimator.fit(X, y)
        self.classes_ = self.estimator.classes_
        self.noise_ = np.random.default_rng([self.seed, zlib.crc32(X.tobytes())])  # each fold has its own
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        size = self.n_rows**-0.25
        share = np.clip(self.estimator.predict_proba(X)[:, 1] + self.noise_.normal(size, size, len(X)), 0.01, 0.99)
        return np.column_stack([1 - share, share])


def paper_propensity(seed: int, n_trees: int = 300) -> Any:
    """Return the paper's learner of the propensity."""
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=n_trees, max_depth=10, learning_rate=0.005, subsample=0.8, n_jobs=1, random_state=seed
    )


def paper_bounds(
    drawn: Drawn,
    X: np.ndarray,
    estimator: Any,
    seed: int,
    *,
    support: tuple[float, float] | None = None,
    debiased: bool = True,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return (rows, 2) bounds of E[Y | do(1), X] by each divergence, and the propensity that they rest on.

    The paper states no support. Where none is given it is the range of the outcomes in the arm, which are all that
    its networks see: no bound, and the sample's extremes make the widths.
    """
    inside = drawn.outcome[drawn.treatment == 1]
    rows = Rows(drawn.X, drawn.outcome, drawn.treatment, np.array([0, 1]))
    functional = outcome_functional(drawn.outcome, support or (float(inside.min()), float(inside.max())), None)
    folds = DualFolds.fit(
        rows, lambda part: fit_propensity(estimator, part.X, part.arm, None), seed, n_folds=N_FOLDS, debiased=debiased
    )
    shares, found = folds.shares(X), {}
    for name in DIVERGENCES:
        upper = folds.points(BALLS[name], functional, 1, X, shares, mirrored=False).bound
        lower = -folds.points(BALLS[name], functional, 1, X, shares, mirrored=True).bound
        found[name] = np.column_stack([lower, upper])
    return found, np.mean(shares, axis=0)[:, 1]


def intersected(found: dict[str, np.ndarray]) -> np.ndarray:
    """Return the k-th tightest ends, with the least k at which they do not cross."""
    sides = [[(sign * ends[:, side],) * 2 for ends in found.values()] for side, sign in ((1, 1.0), (0, -1.0))]
    (upper, _), (lower, _) = _aggregate(sides, kth=True)
    return np.column_stack([-lower, upper])
