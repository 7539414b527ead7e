"""From counts of pre-bins to bins: gain matrices, constraints, the dynamic program, and what re-runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kullback._core.partition import best_partition, best_totals
from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.inference import smoothed
from kullback.information import FDivergence

__all__ = ["DIRECTIONS", "Constraints", "Grouping", "bin_weights", "cell_gain", "group_items", "run_gain"]

DIRECTIONS = {
    "none": (0, 0),
    "ascending": (1, 1),
    "descending": (-1, -1),
    "peak": (1, -1),
    "valley": (-1, 1),
}
"""Direction of the event rate before and after the turn."""

_NO_RULE: BoolArray = np.zeros((0, 0, 0), dtype=np.bool_)

Coarsen = Callable[[FloatArray], IntArray]


@dataclass(frozen=True)
class Constraints:
    """What bins must obey, in weights of rows.

    Attributes
    ----------
    divergence : FDivergence
        Its sum over bins is maximised.
    max_bins : int
        Most regular bins.
    min_size : float
        Least weight of a bin.
    min_class : float
        Least weight of each class in a bin. A bin without one class is pure, not thin, and stands if as much of
        that class would be expected in it.
    """

    divergence: FDivergence
    max_bins: int
    min_size: float
    min_class: float


@dataclass(frozen=True)
class Grouping:
    """How the items of a feature become bins, as a function of their counts only.

    Because it needs no rows, the whole choice is repeated on thinned or permuted counts for cross-fitting and
    for the permutation test.

    Attributes
    ----------
    constraints : Constraints
    trends : tuple of str
        Candidates in :data:`DIRECTIONS`; more than one means that the better is chosen.
    coarsen : callable or None
        Supervised order or merge of the items: (items, 2) counts -> (items,) position of each item, before
        the dynamic program.
    fixed : bool
        Whether the items are the bins (cuts given by the user).
    """

    constraints: Constraints
    trends: tuple[str, ...]
    coarsen: Coarsen | None = None
    fixed: bool = False

    def choose(self, counts: FloatArray, totals: FloatArray, trend: str) -> tuple[IntArray, float]:
        """Return the (items,) bin of each item under `trend`, and the sum of gains."""
        if self.fixed:
            return np.arange(counts.shape[0]), np.inf
        if self.coarsen is None:
            return group_items(counts, totals, self.constraints, trend)
        position = self.coarsen(counts)
        coarse = np.zeros((int(position.max(initial=0)) + 1, 2))
        np.add.at(coarse, position, counts)
        bins, total = group_items(coarse, totals, self.constraints, trend)
        return bins[position], total

    def best(self, counts: FloatArray, totals: FloatArray) -> IntArray:
        """Return the (items,) bins under the trend with the greatest sum of gains."""
        candidates = [self.choose(counts, totals, trend) for trend in self.trends]
        return max(candidates, key=lambda candidate: candidate[1])[0]

    def totals_of_gains(self, counts: FloatArray, totals: FloatArray) -> FloatArray:
        """Return the (problems,) best sum of gains of (problems, items, 2) counts; 0 for a single bin."""
        if self.fixed:
            return cell_gain(counts, totals, self.constraints.divergence).sum(axis=-1)
        if self.coarsen is not None:
            found = [[self.choose(c, totals, trend)[1] for trend in self.trends] for c in counts]
            return np.maximum(np.max(found, axis=1), 0.0)
        gain, level = run_gain(counts, totals, self.constraints)
        max_parts = min(self.constraints.max_bins, counts.shape[1])
        by_trend = [best_totals(gain, level, *DIRECTIONS[trend], 0.0, 1, max_parts) for trend in self.trends]
        return np.maximum(np.max(by_trend, axis=0), 0.0)


def group_items(
    counts: FloatArray, totals: FloatArray, constraints: Constraints, trend: str
) -> tuple[IntArray, float]:
    """Return the (items,) bin of each of the ordered items, and the sum of gains.

    Parameters
    ----------
    counts : (items, 2) array
        Non-events and events.
    totals : (2,) array
        Of the whole sample, special and missing values included.
    constraints : Constraints
    trend : str
        A name in :data:`DIRECTIONS`.

    Returns
    -------
    bins : (items,) int64
        All 0 where no partition satisfies the constraints; the total is then ``-inf``.
    total : float
    """
    n_items = counts.shape[0]
    if n_items < 2:
        return np.zeros(n_items, dtype=np.int64), 0.0
    gain, level = run_gain(counts, totals, constraints)
    max_parts = min(constraints.max_bins, n_items)
    starts, total = best_partition(gain, level, *DIRECTIONS[trend], 0.0, _NO_RULE, 1, max_parts)
    bins = np.zeros(n_items, dtype=np.int64)
    bins[starts[1:]] = 1
    return np.cumsum(bins), float(total)


def run_gain(
    counts: FloatArray, totals: FloatArray, constraints: Constraints
) -> tuple[FloatArray, FloatArray]:
    """Return the gain and the event rate of every run s..t of items.

    Parameters
    ----------
    counts : (..., items, 2) array
    totals : (2,) array
    constraints : Constraints

    Returns
    -------
    gain : (..., items, items) array
        ``-inf`` for a run that is too small or too thin, and below the diagonal. A run without one class is
        counted with a half added to both of its cells, so that the gain is finite.
    level : (..., items, items) array
        Event rates.
    """
    sums = np.zeros((*counts.shape[:-2], counts.shape[-2] + 1, 2))
    np.cumsum(counts, axis=-2, out=sums[..., 1:, :])
    runs = sums[..., None, 1:, :] - sums[..., :-1, None, :]
    runs[runs < 1e-9 * totals.sum()] = 0.0  # differences of sums of weights are zero up to rounding
    size = runs.sum(axis=-1)
    upper = np.triu(np.ones(size.shape[-2:], dtype=bool))
    gain = np.where(upper & (size > 0), cell_gain(runs, totals, constraints.divergence), -np.inf)
    expected = size[..., None] * (totals / totals.sum())
    thin = (np.where(runs > 0, runs, expected) < constraints.min_class).any(axis=-1)
    gain[thin | (size < constraints.min_size * (1 - 1e-12))] = -np.inf
    level = np.divide(runs[..., 1], size, out=np.zeros_like(size), where=size > 0)
    return gain, level


def cell_gain(cells: FloatArray, totals: FloatArray, divergence: FDivergence) -> FloatArray:
    """Return what each of (..., 2) cells adds to the divergence; finite for a pure one, by a half in both classes."""
    pure = (cells == 0).any(axis=-1)[..., None]
    shares = (cells + 0.5 * pure) / (totals + pure)
    return divergence.terms(shares[..., 0], shares[..., 1])


def bin_weights(counts: FloatArray) -> FloatArray:
    """Return the weights of evidence of a (bins, 2) table; 0 for a bin without rows.

    A half is added to every cell of the filled bins if one of them is empty.
    """
    weights = np.zeros(counts.shape[0])
    seen = counts.sum(axis=1) > 0
    filled, _ = smoothed(counts[seen])
    shares = filled / filled.sum(axis=0)
    weights[seen] = np.log(shares[:, 0] / shares[:, 1])
    return weights
