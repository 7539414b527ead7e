"""The estimator of Jung and Kang (2026), Definition 5.4, on some rows: its folds, and the average of what they say.

In each fold k dual functions are learned on its rows D_k with a propensity from the others, e^k, and so is the
regression m^k; the bound at X is the mean over folds of u + k (psi(e^k) + m^k). With two folds, as in the paper's
experiments.

The paper gives no intervals, and an average of its bounds over the rows they were learned from has none: it moves to
first order with e^k and m^k. For averages the whole of it is run on the training rows of an outer fold, so that the
scores of other rows owe nothing to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kullback._typing import FloatArray
from kullback.bounds._balls import Ball
from kullback.bounds._dual import DualFunctions, DualRows
from kullback.bounds._dual_basis import SplineBasis
from kullback.bounds._rules import ArmRows, Rule, pair_score, tangent_score
from kullback.bounds._support import Functional
from kullback.exceptions import InputError
from kullback.inference import make_folds

if TYPE_CHECKING:
    from kullback.bounds._nuisance import Rows

__all__ = ["DualFolds", "LearnedPoints", "learned_rule"]

N_FOLDS = 2


@dataclass(frozen=True, eq=False)
class LearnedPoints:
    """What was learned of one end of an arm's bounds at rows.

    Attributes
    ----------
    bound : (rows,) array
        The paper's, inside the support.
    u, k, moment : (rows,) arrays
        Dual functions, and E[psi*(-(u - phi) / k) | a, X].
    """

    bound: FloatArray
    u: FloatArray
    k: FloatArray
    moment: FloatArray


@dataclass(frozen=True, eq=False)
class _Fold:
    """Rows that dual functions are learned from, with the propensity that the other folds have taught."""

    rows: Rows
    propensity: Any
    basis: SplineBasis

    def shares(self, X: FloatArray) -> FloatArray:
        return np.asarray(self.propensity.predict_proba(X), dtype=np.float64)


Key = tuple[str, Functional, int, bool]
"""Ball, function of the outcome, arm, and whether it is minus the outcome that is bounded from above."""


@dataclass(frozen=True, eq=False)
class DualFolds:
    """The folds of some rows, and the dual functions learned from them, when they are first asked for.

    Attributes
    ----------
    folds : tuple
    debiased : bool
        Whether the risk has the paper's correction for the propensity.
    """

    folds: tuple[_Fold, ...]
    debiased: bool
    _learned: dict[Key, list[DualFunctions]] = field(default_factory=dict, repr=False)

    @classmethod
    def fit(
        cls,
        rows: Rows,
        fit_propensity: Callable[[Rows], Any],
        seed: int,
        *,
        n_folds: int = N_FOLDS,
        debiased: bool = True,
    ) -> DualFolds:
        """Learn the propensity of each fold from the others."""
        made = []
        for train, test in make_folds(len(rows), n_folds, strata=rows.arm, clusters=rows.clusters, random_state=seed):
            others, own = rows.take(train), rows.take(test)
            for part in (others, own):
                _require_arms(part)
            made.append(_Fold(own, fit_propensity(others), SplineBasis.fit(own.X)))
        return cls(tuple(made), debiased)

    def __getstate__(self) -> dict[str, Any]:
        # A threshold's function cannot be pickled; what was learned for it is learned again.
        return self.__dict__ | {"_learned": {}}

    def shares(self, X: FloatArray) -> list[FloatArray]:
        """Return the (rows, arms) propensities by each fold."""
        return [fold.shares(X) for fold in self.folds]

    def points(
        self, ball: Ball, functional: Functional, arm: int, X: FloatArray, shares: list[FloatArray], *, mirrored: bool
    ) -> LearnedPoints:
        """Return what was learned of the upper end of an arm's bounds at rows; mirrored, of minus the outcome."""
        key = (ball.name, functional, arm, mirrored)
        if key not in self._learned:
            self._learned[key] = [self._learn(fold, ball, functional, arm, mirrored=mirrored) for fold in self.folds]
        bottom, top = _sides(functional, X, mirrored=mirrored)
        found = [
            _bound(ball, *functions.at(X, top), share[:, arm], bottom, top)
            for functions, share in zip(self._learned[key], shares, strict=True)
        ]
        bound, u, k, total = np.mean(found, axis=0)
        return LearnedPoints(bound, u, k, total / k)  # k E psi* is convex in (u, k): on the safe side of their mean

    def _learn(self, fold: _Fold, ball: Ball, functional: Functional, arm: int, *, mirrored: bool) -> DualFunctions:
        rows = fold.rows
        phi = functional.function(rows.y) * (-1.0 if mirrored else 1.0)
        _, top = _sides(functional, rows.X, mirrored=mirrored)
        weights = np.ones(len(rows)) if rows.weights is None else rows.weights
        share = fold.shares(rows.X)[:, arm]
        dual_rows = DualRows(rows.X, phi, rows.arm == arm, share, top, weights)
        return DualFunctions.learn(ball, dual_rows, fold.basis, debiased=self.debiased)


def _sides(functional: Functional, X: FloatArray, *, mirrored: bool) -> tuple[FloatArray, FloatArray]:
    bottom, top = functional.support(X)
    return (-top, -bottom) if mirrored else (bottom, top)


def _bound(
    ball: Ball, u: FloatArray, k: FloatArray, moment: FloatArray, share: FloatArray, bottom: FloatArray, top: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return a fold's bound, its dual functions, and k E psi*; the support is a bound too."""
    return np.clip(u + k * (ball.psi(share) + moment), bottom, top), u, k, k * moment


def _require_arms(rows: Rows) -> None:
    absent = np.flatnonzero(np.bincount(rows.arm, minlength=rows.levels.size) == 0)
    if absent.size:
        raise InputError(
            'method="dual" halves the training rows of each fold, and each half must hold every treatment; '
            f"{rows.levels.tolist()[absent[0]]!r} is missing from one. Leave rare treatments out, or take "
            'method="forest".'
        )


POWER_MOMENTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "chi2": lambda moment, k: (0.5 - moment) * np.sqrt(k / 2),
    "kl": lambda moment, k: np.log(k) - 1 - moment,
    "hellinger": lambda moment, k: 4 * (1 + moment) / k,
}
"""E[(u - phi)^p], or E[log(u - phi)], from E[psi*(-(u - phi) / k)] and k."""


def learned_rule(ball: Ball, learn: Callable[[], LearnedPoints]) -> Rule:
    """Return the rule of a ball by its dual functions.

    Its bound is the paper's. Its score is that of local laws, with the moment by regression: where the dual is a power
    mean the propensity cancels, and the score is valid whatever was learned from other rows.
    """

    def rule(rows: ArmRows) -> tuple[FloatArray, FloatArray]:
        points = learn()
        if ball.power is None:
            return points.bound, pair_score(ball, rows, points.u, points.k, points.moment)
        moment = POWER_MOMENTS[ball.name](points.moment, points.k)
        return points.bound, tangent_score(ball.power, rows, points.u, moment)

    return rule
