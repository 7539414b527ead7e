"""The estimator of Jung and Kang (2026), Definition 5.4, on some rows: its folds, and the average of what they say.

In each fold k dual functions are learned on its rows D_k with a propensity from the others, e^k, and so is the
regression m^k; the bound at X is the mean over folds of u + k (psi(e^k) + m^k). With two folds, as in the paper's
experiments.

The paper gives no intervals, and an average of its bounds over the rows they were learned from has none: it moves to
first order with e^k and m^k. For averages the whole of it is run on the training rows of an outer fold, so that the
scores of other rows owe nothing to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray
from kullback.bounds._balls import Ball
from kullback.bounds._dual import DualFunctions, DualRows
from kullback.bounds._dual_basis import SplineBasis
from kullback.bounds._nuisance import Rows, fit_propensity
from kullback.bounds._support import Functional
from kullback.exceptions import InputError
from kullback.inference import make_folds

__all__ = ["DualFolds", "LearnedEnd", "LearnedPoints"]

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
    shares: FloatArray
    basis: SplineBasis


@dataclass(frozen=True, eq=False)
class LearnedEnd:
    """The dual functions of one end of an arm's bounds, one a fold."""

    ball: Ball
    functions: tuple[DualFunctions, ...]

    def at(self, X: FloatArray, shares: list[FloatArray], bottom: FloatArray, top: FloatArray) -> LearnedPoints:
        """Return what was learned at rows, from the arm's propensities by each fold."""
        found = [
            self._fold(functions, X, share, bottom, top)
            for functions, share in zip(self.functions, shares, strict=True)
        ]
        bound, u, k, total = np.mean(found, axis=0)
        return LearnedPoints(bound, u, k, total / k)  # k E psi* is convex in (u, k): on the safe side of their mean

    def _fold(
        self, functions: DualFunctions, X: FloatArray, share: FloatArray, bottom: FloatArray, top: FloatArray
    ) -> tuple[FloatArray, ...]:
        ball = self.ball
        u, k, moment = functions.at(X, top)
        moment = np.clip(moment, ball.psi_conjugate((u - bottom) / k), ball.psi_conjugate((u - top) / k))
        bound = u + k * (ball.psi(share) + moment)
        return np.clip(bound, bottom, top), u, k, k * moment


@dataclass(frozen=True, eq=False)
class DualFolds:
    """The folds of some rows.

    Attributes
    ----------
    folds : tuple
    debiased : bool
        Whether the risk has the paper's correction for the propensity.
    """

    folds: tuple[_Fold, ...]
    debiased: bool

    @classmethod
    def fit(
        cls, rows: Rows, propensity_estimator: Any, seed: int, *, n_folds: int = N_FOLDS, debiased: bool = True
    ) -> DualFolds:
        """Learn the propensity of each fold from the others."""
        made = []
        for train, test in make_folds(len(rows), n_folds, strata=rows.arm, clusters=rows.clusters, random_state=seed):
            others, own = rows.take(train), rows.take(test)
            for part in (others, own):
                _require_arms(part)
            propensity = fit_propensity(propensity_estimator, others.X, others.arm, others.weights)
            made.append(_Fold(own, propensity, np.asarray(propensity.predict_proba(own.X)), SplineBasis.fit(own.X)))
        return cls(tuple(made), debiased)

    def shares(self, X: FloatArray) -> list[FloatArray]:
        """Return the (rows, arms) propensities by each fold."""
        return [np.asarray(fold.propensity.predict_proba(X)) for fold in self.folds]

    def learn(self, ball: Ball, functional: Functional, arm: int, *, mirrored: bool) -> LearnedEnd:
        """Learn the upper end of an arm's bounds; mirrored, that of minus the outcome."""
        return LearnedEnd(ball, tuple(self._functions(fold, ball, functional, arm, mirrored) for fold in self.folds))

    def _functions(self, fold: _Fold, ball: Ball, functional: Functional, arm: int, mirrored: bool) -> DualFunctions:
        rows = fold.rows
        bottom, top = functional.support(rows.X)
        phi = functional.function(rows.y)
        weights = np.ones(len(rows)) if rows.weights is None else rows.weights
        sides = (-phi, -bottom) if mirrored else (phi, top)
        dual_rows = DualRows(rows.X, sides[0], rows.arm == arm, fold.shares[:, arm], sides[1], weights)
        return DualFunctions.learn(ball, dual_rows, fold.basis, debiased=self.debiased)


def _require_arms(rows: Rows) -> None:
    absent = np.flatnonzero(np.bincount(rows.arm, minlength=rows.levels.size) == 0)
    if absent.size:
        raise InputError(
            f'method="dual" halves the training rows of each fold, and each half must hold every treatment; '
            f"{rows.levels.tolist()[absent[0]]!r} is missing from one. Leave rare treatments out, or take another method."
        )


def learned_score(
    ball: Ball, phi: FloatArray, inside: BoolArray, share: FloatArray, points: LearnedPoints
) -> FloatArray:
    raise NotImplementedError
