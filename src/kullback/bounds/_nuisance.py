"""What is learned from training rows: the propensity of each arm, and the local law of the outcome in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.bounds._boosted import BoostedLaws
from kullback.bounds._dual_folds import DualFolds
from kullback.bounds._laws import LocalForest, weight_name
from kullback.exceptions import InputError

__all__ = ["METHODS", "Arms", "Nuisances", "Propensity", "Rows", "fit_propensity"]

ROUNDING = 1e-6
"""By so much the probabilities of a row may miss one: those of 32 bits do."""

Arms = frozenset[int]
"""Arms that count as one: those of an arm's bound under monotone treatment response, say."""

METHODS: dict[str, type[LocalForest] | type[BoostedLaws]] = {
    "forest": LocalForest,
    "boosting": BoostedLaws,
    "dual": LocalForest,
}
"""How local laws are learned: each has a `fit` to the rows of an arm, and then `laws` of others.

With "dual" they are for whatever is no divergence ball.
"""


@dataclass(frozen=True, eq=False)
class Rows:
    """Observed rows.

    Attributes
    ----------
    X : (rows, features) float64
    y : (rows,) float64
    arm : (rows,) int64
        Position of the row's treatment among `levels`.
    levels : (arms,) array
        Treatments in their order.
    weights : (rows,) float64 or None
        Positive.
    clusters : (rows,) array or None
    ordered : bool
        Whether the order of treatments was declared or is that of numbers, not the alphabet's.
    """

    X: FloatArray
    y: FloatArray
    arm: IntArray
    levels: ObjectArray
    weights: FloatArray | None = None
    clusters: ObjectArray | None = None
    ordered: bool = True

    def __len__(self) -> int:
        return self.y.size

    def take(self, rows: IntArray) -> Rows:
        """Return some rows."""
        weights = None if self.weights is None else self.weights[rows]
        clusters = None if self.clusters is None else self.clusters[rows]
        return Rows(self.X[rows], self.y[rows], self.arm[rows], self.levels, weights, clusters, self.ordered)


@dataclass(frozen=True, eq=False)
class Nuisances:
    """Propensities and local laws fitted on training rows.

    Attributes
    ----------
    propensity : Propensity
    learned : dict of arms to what tells their local laws
    n_arms : int
    duals : DualFolds or None
        Of `method` "dual".
    """

    propensity: Propensity
    learned: dict[Arms, LocalForest | BoostedLaws]
    n_arms: int
    duals: DualFolds | None = None

    @classmethod
    def fit(
        cls,
        rows: Rows,
        arm_sets: Iterable[Arms],
        propensity_estimator: Any,
        outcome_estimator: Any,
        seed: int,
        method: str = "forest",
    ) -> Nuisances:
        """Fit all on the rows; each of `arm_sets` gets the law of the outcome among the rows in it."""
        n_arms = rows.levels.size
        absent = np.flatnonzero(np.bincount(rows.arm, minlength=n_arms) == 0)
        if absent.size:
            raise InputError(
                "Each fold's training rows must hold every treatment; "
                f"{rows.levels.tolist()[absent[0]]!r} is missing from one. "
                "Use fewer folds, or leave rare treatments out."
            )
        learned: dict[Arms, LocalForest | BoostedLaws] = {}
        for arms in arm_sets:
            inside = np.flatnonzero(np.isin(rows.arm, list(arms)))
            part = rows.take(inside)
            learned[arms] = METHODS[method].fit(
                part.X, part.y, part.weights, estimator=outcome_estimator, random_state=seed
            )

        def propensity(part: Rows) -> Propensity:
            return fit_propensity(propensity_estimator, part.X, part.arm, part.weights)

        duals = DualFolds.fit(rows, propensity, seed) if method == "dual" else None
        return cls(propensity(rows), learned, n_arms, duals)

    def shares(self, X: FloatArray) -> FloatArray:
        """Return the (rows, arms) probabilities of the arms, as estimated: never clipped."""
        return self.propensity.predict_proba(X)


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted classifier of arms, whose probabilities are never clipped.

    Attributes
    ----------
    classifier : fitted classifier
    n_arms : int
    """

    classifier: Any
    n_arms: int

    def predict_proba(self, X: FloatArray) -> FloatArray:
        """Return the (rows, arms) probabilities of the arms as estimated, or raise where they are none."""
        shares = np.asarray(self.classifier.predict_proba(X), dtype=np.float64)
        if shares.shape != (len(X), self.n_arms) or not np.isfinite(shares).all():
            raise InputError(
                f"propensity_estimator.predict_proba must return finite probabilities of {self.n_arms} treatments; it "
                f"returned shape {shares.shape}."
            )
        wrong = (shares < 0).any(axis=1) | (shares > 1).any(axis=1) | (np.abs(shares.sum(axis=1) - 1) > ROUNDING)
        if wrong.any():
            raise InputError(
                "propensity_estimator.predict_proba must return probabilities, from 0 to 1 and of sum 1 in each row; "
                f"in {int(wrong.sum())} of {wrong.size} rows they are not, the first {shares[wrong][0].tolist()}. Take "
                "a classifier whose probabilities are normalised."
            )
        return shares


def fit_propensity(estimator: Any, X: FloatArray, arm: IntArray, weights: FloatArray | None) -> Propensity:
    """Fit a clone of the classifier, by default a logistic regression on standardised covariates."""
    model = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)) if estimator is None else clone(estimator)
    )
    given = {} if weights is None else {weight_name(model, "propensity_estimator"): weights}
    return Propensity(model.fit(X, arm, **given), np.unique(arm).size)
