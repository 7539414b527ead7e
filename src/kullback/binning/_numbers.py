"""Bins of a target of numbers or counts: rows for cross-fitting and permutation, and what bins explain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._selection import log_mean, pairs_of
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
    item : (rows,) int32
    values : (rows,) float64
        Of the target; of a continuous one about its mean.
    weights : (rows,) float64 or None
    n_items : int
    events : bool
        Whether the values are counts, compared by their rates.
    """

    item: Any
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
    def freedom(self) -> int:
        """Degrees of freedom of a bin."""
        return 1

    @property
    def null_scale(self) -> float:
        """Scale of the value's law where bins explain nothing.

        1/n for the share of variance; for the divergence of events from exposures 1/(2 E) for E events of a Poisson
        law, times the dispersion of the counts found.
        """
        if not self.events:
            return 1 / self.all_effective
        return self._dispersion / (2 * self.effective)

    @cached_property
    def _dispersion(self) -> float:
        """Variance of the counts over their mean: 1 of a Poisson law."""
        exposure, events, squares = self.whole.sum(axis=0)
        return float((squares / exposure - np.square(events / exposure)) * exposure / events)

    def pairs(self, n_folds: int, n_deals: int, rng: np.random.Generator) -> FloatArray:
        """Return the (pairs, 2, items, 3) sums of all pairs of folds of some random deals."""
        folds = np.empty((n_deals, n_folds, self.n_items, 3))
        for deal in folds:
            codes = rng.integers(n_folds, size=self.item.size) * self.n_items + self.item
            deal[:] = self._sums(codes, self.values, n_folds * self.n_items).reshape(n_folds, self.n_items, 3)
        return pairs_of(folds)

    def permuted(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Return the (size, items, 3) sums after permutations of the values."""
        item = self.item.astype(np.int64)
        return np.stack([self._sums(item, rng.permutation(self.values), self.n_items) for _ in range(size)])

    def usable(self, train: FloatArray, held: FloatArray) -> BoolArray:
        """Return for which pairs the training part and both folds have rows, and events."""
        needed = slice(0, 2) if self.events else slice(0, 1)
        return (train[..., needed].sum(axis=1) > 0).all(axis=1) & (held[..., needed].sum(axis=2) > 0).all(axis=(1, 2))

    def compare(self, counts: FloatArray) -> FloatArray:
        """Return the values of bins with (..., bins, 2, 3) sums in a pair of folds."""
        return self._compare_rates(counts) if self.events else self._compare_means(counts)

    def _compare_means(self, counts: FloatArray) -> FloatArray:
        """Return the share of the variance between bins: products of the two folds' deviations from their means."""
        size = counts[..., 0]
        totals = counts.sum(axis=-3)
        whole = self.whole.sum(axis=0)
        variance = whole[2] / whole[0] - np.square(whole[1] / whole[0])
        mean = np.divide(counts[..., 1], size, out=np.zeros_like(size), where=size > 0)
        step = np.where(size > 0, mean - (totals[..., 1] / totals[..., 0])[..., None, :], 0.0)
        share = size.sum(axis=-1) / totals[..., 0].sum(axis=-1)[..., None]
        between = (share * step[..., 0] * step[..., 1]).sum(axis=-1)
        return between / variance if variance > 0 else np.zeros_like(between)

    def _compare_rates(self, counts: FloatArray) -> FloatArray:
        """Return the divergence of the shares of events from those of exposure: one fold's shares, the other's logs.

        Events over their dispersion are as uncertain as a Poisson count of them.
        """
        exposure, events = counts[..., 0], counts[..., 1]
        totals = counts.sum(axis=-3, keepdims=True)
        share = events / totals[..., 1]
        scale = self._rows_per_weight / max(self._dispersion, 1.0)
        rate = log_mean(events * scale) - log_mean(totals[..., 1] * scale)
        relative = np.divide(exposure, totals[..., 0], out=np.ones_like(exposure), where=exposure > 0)
        logarithm = np.where(exposure > 0, rate - np.log(relative), 0.0)
        return (share * logarithm[..., ::-1]).sum(axis=-2).mean(axis=-1)
