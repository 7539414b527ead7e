"""Bins of a target of numbers or counts: rows for cross-fitting and permutation, and what bins explain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._selection import N_CLASSES, pairs_of
from kullback.binning._sums import BinSums

__all__ = ["NumberCells", "number_columns"]


def number_columns(values: FloatArray) -> FloatArray:
    """Return the (3, rows) columns whose sums are kept: ones, values and their squares."""
    return np.stack([np.ones(values.size), values, np.square(values)])


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Rows of a target of numbers, which are dealt and permuted one by one.

    Attributes
    ----------
    item : (rows,) array of whole numbers, of any size
    values : (rows,) float64
        Of the target; of a continuous one about its mean.
    weights : (rows,) float64 or None
    n_items : int
    events : bool
        Whether the values are counts, compared by their rates.
    """

    item: NDArray[np.integer[Any]]
    values: FloatArray
    weights: FloatArray | None
    n_items: int
    events: bool

    @cached_property
    def whole(self) -> FloatArray:
        """(items, 3) sums of all rows."""
        return self._sums(self.item.astype(np.int64), self.values, self.n_items)

    def _sums(self, codes: IntArray, values: FloatArray, n_codes: int) -> FloatArray:
        return BinSums.of_rows(codes, number_columns(values), self.weights, n_codes).counts

    @property
    def _rows_per_weight(self) -> float:
        if self.weights is None:
            return 1.0
        return float(self.weights.sum() / np.square(self.weights).sum())

    @property
    def effective(self) -> float:
        """Rows of equal weight, or events, that there are."""
        return float(self.whole[:, int(self.events)].sum()) * self._rows_per_weight

    @property
    def all_effective(self) -> float:
        """Rows of equal weight that all rows stand for."""
        return float(self.whole[:, 0].sum()) * self._rows_per_weight

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a bin."""
        return 1.0

    @property
    def null_scale(self) -> float:
        """Scale of the value's law where bins explain nothing.

        1/n for the share of variance of n rows of equal weight. For the divergence of events from exposures half the
        squared relative error of their rate: 1/(2 E) for E events of a Poisson law.
        """
        weight, total, _ = self.whole.sum(axis=0)
        return self._spread / float(2 * total**2 if self.events else self._variance * weight**2)

    @cached_property
    def _spread(self) -> float:
        """Variance of the sum of all targets, given their mean: of independent rows, whatever their weights tell."""
        mean = self.whole[:, 1].sum() / self.whole[:, 0].sum()
        deviations = self.values - mean
        return float(np.square(deviations if self.weights is None else deviations * self.weights).sum())

    def pairs(self, n_folds: int, n_deals: int, rng: np.random.Generator) -> FloatArray:
        """Return the (pairs, 2, items, 3) sums of all pairs of folds of some random deals."""
        folds = np.empty((n_deals, n_folds, self.n_items, 3))
        for deal in folds:
            codes = rng.integers(n_folds, size=self.item.size) * self.n_items + self.item
            deal[:] = self._sums(codes, self.values, n_folds * self.n_items).reshape(n_folds, self.n_items, 3)
        return pairs_of(folds)

    def permuted(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Return the (size, items, 3) sums after permutations of the values among rows of like weight.

        A rate of events is the less certain the shorter its exposure: rows of one weight only are exchangeable.
        """
        order, starts = self._like_weight
        parts = np.split(self.values[order], starts)
        item = self.item[order].astype(np.int64)
        weights = None if self.weights is None else self.weights[order]
        drawn = np.empty((size, self.n_items, 3))
        for sums in drawn:
            columns = number_columns(np.concatenate([rng.permutation(part) for part in parts]))
            sums[:] = BinSums.of_rows(item, columns, weights, self.n_items).counts
        return drawn

    @cached_property
    def _like_weight(self) -> tuple[IntArray, IntArray]:
        """An order of the rows, and where in it the groups of like weight begin."""
        if self.weights is None or np.ptp(self.weights) == 0:
            return np.arange(self.item.size), np.empty(0, dtype=np.int64)
        order = np.argsort(self.weights, kind="stable")
        changes = np.flatnonzero(np.diff(self.weights[order])) + 1
        if changes.size >= N_CLASSES:
            changes = np.unique(np.arange(1, N_CLASSES) * order.size // N_CLASSES)
        return order, changes[changes > 0]

    def usable(self, train: FloatArray, held: FloatArray) -> BoolArray:
        """Return for which pairs the training part and both folds have rows, and events."""
        needed = slice(0, 2) if self.events else slice(0, 1)
        return (train[..., needed].sum(axis=1) > 0).all(axis=1) & (held[..., needed].sum(axis=2) > 0).all(axis=(1, 2))

    def compare(self, counts: FloatArray, others: FloatArray) -> FloatArray:
        """Return the values of bins with (..., bins, 2, 3) sums in a pair of folds, (..., bins, 3) in all others.

        Products of the two folds' deviations of a bin's mean from the mean of all, which are independent: a sum of
        squares without its bias. What a divergence is over squares comes from the other folds, independent of both.
        """
        size, whole = counts[..., 0], counts.sum(axis=-3)
        overall = whole[..., 1] / whole[..., 0]
        step = np.where(size > 0, _means(counts) - overall[..., None, :], 0.0)
        share = size.sum(axis=-1) / whole[..., 0].sum(axis=-1)[..., None]
        if not self.events:
            return (share * step.prod(axis=-1)).sum(axis=-1) / self._variance
        relative = step / overall[..., None, :]
        ratio = _means(others) / _means(others.sum(axis=-2))[..., None]
        return (share * _curvature(ratio) * relative.prod(axis=-1)).sum(axis=-1) / 2

    @cached_property
    def _variance(self) -> float:
        weight, total, squares = self.whole.sum(axis=0)
        variance = float(squares / weight - np.square(total / weight))
        return variance if variance > 0 else 1.0  # of equal targets all deviations are 0


def _means(sums: FloatArray) -> FloatArray:
    """Return the means of (..., 3) sums; 0 without rows."""
    size = sums[..., 0]
    return np.divide(sums[..., 1], size, out=np.zeros_like(size), where=size > 0)


def _curvature(ratio: FloatArray) -> FloatArray:
    """Return (r ln r - r + 1) / ((r - 1)^2 / 2): what a divergence is over the squares that it is near to."""
    step = ratio - 1
    near = np.abs(step) < 1e-3  # where the difference has no digits
    square = np.square(np.where(near, 1.0, step))
    return np.where(near, 1 - step / 3 + np.square(step) / 6, 2 * (special.xlogy(ratio, ratio) - step) / square)
