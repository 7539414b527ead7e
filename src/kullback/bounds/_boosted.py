"""Local laws by boosting: all thresholds of the outcome's distribution function in one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from kullback._typing import FloatArray, IntArray, RandomState
from kullback.bounds._laws import LocalLaws, Units, random_seed, weighted_rows
from kullback.exceptions import InputError, MissingDependencyError

__all__ = ["BoostedLaws"]

MOST_BINS = 64
"""So that the (rows, bins) indicators stay small."""
CELLS = 8
"""A bin: within it a law is that of the whole arm, in as many points."""
DEPTH = 2
"""Of trees: covariates act in pairs."""
LEARNING_RATE = 0.1
SUBSAMPLE = 0.7
PARTS = 16
"""Between which a covariate's quantiles are knots of its ranks."""


@dataclass(frozen=True, eq=False)
class Trend:
    """A linear function of the covariates' ranks, which sees no more of a covariate than trees do: its order.

    Outside the training rows it is flat.

    Attributes
    ----------
    knots : tuple of (k,) arrays
        Of each covariate, from rank -1 to rank 1.
    centre : (features,) float64
    slopes : (features, targets) float64
    """

    knots: tuple[FloatArray, ...]
    centre: FloatArray
    slopes: FloatArray

    @classmethod
    def fit(cls, X: FloatArray, target: FloatArray, weights: FloatArray) -> Trend:
        """Fit by least squares, with a ridge of n^(1/2) rows."""
        knots = tuple(np.unique(np.quantile(column, np.linspace(0, 1, PARTS + 1))) for column in X.T)
        ranks = _ranks(X, knots)
        centre = np.average(ranks, axis=0, weights=weights)
        weighted = (ranks - centre) * (weights / weights.mean())[:, None]
        gram = weighted.T @ (ranks - centre) + np.sqrt(weights.size) * np.eye(centre.size)
        return cls(knots, centre, np.linalg.solve(gram, weighted.T @ target))

    def at(self, X: FloatArray) -> FloatArray:
        """Return the (rows, targets) values at X."""
        return (_ranks(X, self.knots) - self.centre) @ self.slopes


def _ranks(X: FloatArray, knots: tuple[FloatArray, ...]) -> FloatArray:
    pairs = zip(X.T, knots, strict=True)
    return np.column_stack([np.interp(column, at, np.linspace(-1, 1, at.size)) for column, at in pairs])


@dataclass(frozen=True, eq=False)
class BoostedLaws:
    """Trees boosted for the distribution function of the outcome at each row.

    The outcome has about 1.5 n^(1/3) bins, by quantiles. Indicators that it lies in the first, in the first two, and so
    on are boosted together by squared error, a continuous ranked probability score: from a trend, which trees need many
    cuts to follow, by trees with one leaf for all of them. What they predict is put in ascending order, which brings a
    distribution function nearer to the truth (Chernozhukov, Fernandez-Val and Galichon 2010, Econometrica 78). About
    3 n^(1/3) trees and a ridge of n^(1/2) rows on their leaves let the laws settle as rows are added.

    Attributes
    ----------
    units : Units
        In which the trees see covariates.
    booster : xgboost.Booster or None
        None where the outcome has one bin.
    shares : (bins - 1,) float64
        Of the rows in the first bins.
    trend : Trend
        By how much these move with the covariates, from which the trees start.
    bins : (cells,) int64
        Bin of each cell, ascending.
    values, within : (cells,) float64
        Mean outcome of each cell, ascending, and its part of the bin's rows.
    """

    units: Units
    booster: Any
    shares: FloatArray
    trend: Trend
    bins: IntArray
    values: FloatArray
    within: FloatArray

    @classmethod
    def fit(
        cls,
        X: FloatArray,
        y: FloatArray,
        sample_weight: FloatArray | None = None,
        *,
        random_state: RandomState = None,
        estimator: Any = None,
    ) -> BoostedLaws:
        """Boost on the rows of one arm; rows without weight take no part, and no other `estimator` takes its place."""
        if estimator is not None:
            raise InputError(
                f'outcome_estimator is the forest of method="forest"; method="boosting" has trees of its own, and '
                f"{estimator!r} came. Leave outcome_estimator out, or take the forest."
            )
        X, y, weights = weighted_rows(X, y, sample_weight)
        bin_of_row, bins, values, within = _cells(y, weights)
        below = bin_of_row[:, None] <= np.arange(bins[-1])
        shares = np.average(below, axis=0, weights=weights)
        units, trend = Units.of(X), Trend.fit(X, below - shares, weights)
        rest = below - shares - trend.at(X)
        booster = _boost(units.of_rows(X), rest, weights, random_state) if shares.size else None
        return cls(units, booster, shares, trend, bins, values, within)

    def laws(self, X: FloatArray) -> LocalLaws:
        """Return the law of the outcome at each row of `X`."""
        below = self.shares + self.trend.at(X)
        if self.booster is not None:
            below += self.booster.inplace_predict(self.units.of_rows(X)).reshape(below.shape)
        below = np.sort(np.clip(below, 0.0, 1.0), axis=1)
        weights = np.diff(below, axis=1, prepend=0.0, append=1.0)[:, self.bins] * self.within
        kept = weights > 0
        starts = np.append(0, np.cumsum(kept.sum(axis=1))).astype(np.int64)
        weights /= weights.sum(axis=1, keepdims=True)
        return LocalLaws(np.broadcast_to(self.values, kept.shape)[kept], weights[kept], starts)


def _cells(y: FloatArray, weights: FloatArray) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return the bin of each row, and of each cell its bin, its mean outcome and its part of the bin.

    Where there are few distinct outcomes each is a bin, and so is one that as many rows share as a bin holds.
    """
    distinct, codes = np.unique(y, return_inverse=True)
    mass = np.bincount(codes, weights) / weights.sum()
    n_bins = min(int(np.ceil(1.5 * np.cbrt(y.size))), MOST_BINS)
    if distinct.size <= n_bins:
        alone = np.arange(distinct.size)
        return codes, alone, distinct, np.ones(distinct.size)
    below = np.maximum(np.cumsum(mass) - mass, 0.0)
    heavy = (mass >= 1 / n_bins).astype(np.int64)
    alone = 2 * np.cumsum(heavy) - heavy  # one more at a heavy outcome, and one more after it
    keys = (np.floor(below * n_bins) + alone, np.floor(below * n_bins * CELLS))
    new = [np.append(0, np.cumsum(np.diff(key) != 0)) for key in (keys[0], keys[0] * n_bins * CELLS + keys[1])]
    bin_of, cell_of = new
    first = np.flatnonzero(np.diff(cell_of, prepend=-1))
    last = np.append(first[1:], distinct.size) - 1
    bins, in_cell = bin_of[first], np.bincount(cell_of, mass)
    values = np.clip(np.bincount(cell_of, mass * distinct) / in_cell, distinct[first], distinct[last])  # rounding
    return bin_of[codes], bins, values, in_cell / np.bincount(bins, in_cell)[bins]


def _boost(X: FloatArray, target: FloatArray, weights: FloatArray, random_state: RandomState) -> Any:
    xgboost = _xgboost()
    parameters = {
        "multi_strategy": "multi_output_tree",
        "tree_method": "hist",
        "objective": "reg:squarederror",
        "base_score": 0.0,
        "max_depth": DEPTH,
        "max_bin": 64,
        "eta": LEARNING_RATE,
        "subsample": SUBSAMPLE,
        "lambda": float(np.sqrt(weights.size)),
        "nthread": 1,
        "seed": int(check_random_state(random_seed(random_state)).randint(2**31 - 1)),
    }
    data = xgboost.QuantileDMatrix(X, target, weight=weights / weights.mean(), max_bin=64, nthread=1)
    return xgboost.train(parameters, data, int(np.ceil(3 * np.cbrt(weights.size))))


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError:
        raise MissingDependencyError(
            'method="boosting" needs xgboost: pip install "kullback[boost-cpu]", or "kullback[boost]" for its build '
            'with GPU libraries; method="forest" needs neither.'
        ) from None
    return xgboost
