"""Bounds and scores of a sample, each row's from what the other folds have taught."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.bounds._model import ArmBounds, Block, Model, blocks
from kullback.bounds._nuisance import Arms, Nuisances, Rows, fit_propensity
from kullback.bounds._support import Functional
from kullback.inference import cross_fit

__all__ = ["CrossFitted", "Job", "KeptLaws"]

MOST_POINTS = 50_000_000
"""Rows times distinct outcomes up to which laws are kept: of 16 bytes each, at most."""

AT_ONCE = 50
"""Thresholds of a CDF for which a block's rows are in memory at a time."""

Job = tuple[Model, Functional, int]
"""What is assumed, whose mean is asked for, and the arm."""


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """A sample with the nuisances of each fold.

    Attributes
    ----------
    rows : Rows
    folds : list of (train, test)
    nuisances : list of Nuisances
        Fitted on the training rows of each fold.
    """

    rows: Rows
    folds: list[tuple[IntArray, IntArray]]
    nuisances: list[Nuisances]

    @classmethod
    def fit(
        cls,
        rows: Rows,
        folds: list[tuple[IntArray, IntArray]],
        arm_sets: Sequence[Arms],
        propensity_estimator: Any,
        outcome_estimator: Any,
        seed: int,
        method: str = "forest",
    ) -> CrossFitted:
        """Fit the nuisances of each fold."""
        fitted = [
            Nuisances.fit(rows.take(train), arm_sets, propensity_estimator, outcome_estimator, seed, method)
            for train, _ in folds
        ]
        return cls(rows, folds, fitted)

    def propensity(self) -> FloatArray:
        """Return the (rows, arms) probabilities of the arms."""
        shares = np.empty((len(self.rows), self.rows.levels.size))
        for (_, test), nuisances in zip(self.folds, self.nuisances, strict=True):
            shares[test] = nuisances.shares(self.rows.X[test])
        return shares

    def propensity_without(self, columns: Sequence[int], estimator: Any) -> FloatArray:
        """Return the probabilities of the arms as fitted anew without some covariates."""
        rows = self.rows
        X = np.delete(rows.X, columns, axis=1)
        X = X if X.shape[1] else np.zeros((len(rows), 1))

        def shares(train: IntArray, test: IntArray) -> FloatArray:
            weights = None if rows.weights is None else rows.weights[train]
            return np.asarray(fit_propensity(estimator, X[train], rows.arm[train], weights).predict_proba(X[test]))

        return cross_fit(self.folds, shares)

    def bounds(self, jobs: Sequence[Job]) -> list[ArmBounds]:
        """Return the bounds and scores of each job at all rows; local laws are made once for all jobs."""
        rows = self.rows
        whole = np.empty((len(jobs), 4, len(rows)))
        for fold, (_, test) in enumerate(self.folds):
            parts = [
                np.stack([model.bounds(block, functional, arm).stacked() for model, functional, arm in jobs])
                for block in self.blocks(fold)
            ]
            whole[:, :, test] = np.concatenate(parts, axis=-1)
        return [ArmBounds(*ends) for ends in whole]

    def blocks(self, fold: int) -> Iterable[Block]:
        """Return the rows that a fold tests, in blocks, with what its training rows have taught."""
        test, rows = self.folds[fold][1], self.rows
        return blocks(self.nuisances[fold], rows.X[test], rows.y[test], rows.arm[test])

    def blocks_at(self, nuisances: Nuisances, X: FloatArray) -> Iterable[Block]:
        """Return other rows in blocks, with what nuisances have learned of them."""
        return blocks(nuisances, X)

    def can_keep(self, n_rows: int) -> bool:
        """Return whether the laws of so many rows fit into memory."""
        return n_rows * np.unique(self.rows.y).size <= MOST_POINTS

    def cdf(self, model: Model, thresholds: FloatArray, arm: int) -> list[ArmBounds]:
        """Return the bounds and scores of P(Y(arm) <= t) at all rows, for each threshold."""
        rows = self.rows
        whole = np.empty((4, thresholds.size, len(rows)))
        parts = [thresholds[start : start + AT_ONCE] for start in range(0, thresholds.size, AT_ONCE)]
        for fold, (_, test) in enumerate(self.folds):
            found = [
                np.concatenate([model.cdf(block, part, arm) for part in parts], axis=1) for block in self.blocks(fold)
            ]
            whole[:, :, test] = np.concatenate(found, axis=-1)
        return [ArmBounds(*whole[:, threshold]) for threshold in range(thresholds.size)]


@dataclass(frozen=True, eq=False)
class KeptLaws(CrossFitted):
    """A sample that keeps local laws in memory, where many bounds are asked for.

    Attributes
    ----------
    made : dict of int to list of Block
        Of its rows, by fold.
    last : list of Block
        Of the other rows that were asked for last.
    """

    made: dict[int, list[Block]] = field(default_factory=dict)
    last: list[Block] = field(default_factory=list)

    def blocks(self, fold: int) -> Iterable[Block]:
        """Return the rows that a fold tests, with the laws that were made before."""
        if fold not in self.made:
            self.made[fold] = list(super().blocks(fold))
        return self.made[fold]

    def blocks_at(self, nuisances: Nuisances, X: FloatArray) -> Iterable[Block]:
        """Return other rows in blocks, those of the last time if they are the same and not too many."""
        if not self.can_keep(len(X)):
            return super().blocks_at(nuisances, X)
        if not self.last or not np.array_equal(np.concatenate([block.X for block in self.last]), X):
            self.last[:] = super().blocks_at(nuisances, X.copy(order="K"))  # that of the caller may change
        return self.last
