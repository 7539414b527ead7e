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
    min_fraction : float
        Least share of the weight in a bin.
    min_class : float
        Least weight of each class in a bin, found or expected in it at the overall rate: few events where many would
        be expected are evidence, not a thin bin.
    """

    divergence: FDivergence
    max_bins: int
    min_fraction: float
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
        bins, gains = self.choose_many(counts[None], totals[None])
        position = self.trends.index(trend)
        return bins[0, position], float(gains[0, position])

    def choose_many(self, counts: FloatArray, totals: FloatArray) -> tuple[IntArray, FloatArray]:
        """Choose bins for many problems under every trend.

        Parameters
        ----------
        counts : (problems, items, 2) array
        totals : (problems, 2) array

        Returns
        -------
        bins : (problems, trends, items) int64
        gains : (problems, trends) array
            Sums of gains; infinite for bins given by the user, among which there is no choice.
        """
        n_problems, n_items = counts.shape[:2]
        bins = np.zeros((n_problems, len(self.trends), n_items), dtype=np.int64)
        gains = np.full((n_problems, len(self.trends)), np.inf)
        if self.fixed:
            bins[:] = np.arange(n_items)
            return bins, gains
        if self.coarsen is not None:
            for problem in range(n_problems):
                position = self.coarsen(counts[problem])
                coarse = np.zeros((int(position.max(initial=0)) + 1, 2))
                np.add.at(coarse, position, counts[problem])
                found, gains[problem] = group_items(coarse[None], totals[problem][None], self.constraints, self.trends)
                bins[problem] = found[0][:, position]
            return bins, gains
        return group_items(counts, totals, self.constraints, self.trends)

    def totals_of_gains(self, counts: FloatArray, totals: FloatArray) -> FloatArray:
        """Return the (problems,) best sum of gains of (problems, items, 2) counts with (problems, 2) totals."""
        if self.fixed:
            return cell_gain(counts, totals[:, None], self.constraints.divergence).sum(axis=-1)
        if self.coarsen is not None:
            return np.array([self.choose_many(c[None], t[None])[1].max() for c, t in zip(counts, totals, strict=True)])
        single = _single_gain(counts, totals, self.constraints.divergence)
        if counts.shape[1] < 2:
            return single
        gain, level = run_gain(counts, totals, self.constraints)
        max_parts = min(self.constraints.max_bins, counts.shape[1])
        by_trend = [best_totals(gain, level, *DIRECTIONS[trend], 0.0, 1, max_parts) for trend in self.trends]
        best = np.max(by_trend, axis=0)
        return np.where(np.isfinite(best), best, single)


def group_items(
    counts: FloatArray, totals: FloatArray, constraints: Constraints, trends: tuple[str, ...]
) -> tuple[IntArray, FloatArray]:
    """Choose the bins of ordered items for many problems.

    Parameters
    ----------
    counts : (problems, items, 2) array
        Non-events and events.
    totals : (problems, 2) array
        Of the whole sample, special and missing values included.
    constraints : Constraints
    trends : tuple of str
        Names in :data:`DIRECTIONS`.

    Returns
    -------
    bins : (problems, trends, items) int64
        All 0 where no partition satisfies the constraints.
    gains : (problems, trends) array
        Sums of gains; of the single bin where no partition satisfies the constraints.
    """
    n_problems, n_items = counts.shape[:2]
    bins = np.zeros((n_problems, len(trends), n_items), dtype=np.int64)
    single = np.repeat(_single_gain(counts, totals, constraints.divergence)[:, None], len(trends), axis=1)
    if n_items < 2:
        return bins, single
    gains = np.empty_like(single)
    gain, level = run_gain(counts, totals, constraints)
    max_parts = min(constraints.max_bins, n_items)
    for problem in range(n_problems):
        for position, trend in enumerate(trends):
            starts, gains[problem, position] = best_partition(
                gain[problem], level[problem], *DIRECTIONS[trend], 0.0, _NO_RULE, 1, max_parts
            )
            bins[problem, position, starts[1:]] = 1
    return np.cumsum(bins, axis=-1), np.where(np.isfinite(gains), gains, single)


def _single_gain(counts: FloatArray, totals: FloatArray, divergence: FDivergence) -> FloatArray:
    """Return the (problems,) gain of all items of (problems, items, 2) counts in one bin; 0 where it is empty."""
    whole = counts.sum(axis=1)
    return np.where(whole.sum(axis=-1) > 0, cell_gain(whole, totals, divergence), 0.0)


def run_gain(counts: FloatArray, totals: FloatArray, constraints: Constraints) -> tuple[FloatArray, FloatArray]:
    """Return the gain and the event rate of every run s..t of items.

    Parameters
    ----------
    counts : (..., items, 2) array
    totals : (..., 2) array
    constraints : Constraints

    Returns
    -------
    gain : (..., items, items) array
        ``-inf`` for a run that is too small or too thin, and below the diagonal. A run without one class is
        counted with a half added to both of its cells, so that the gain is finite.
    level : (..., items, items) array
        Event rates; 0 below the diagonal.
    """
    # The classes lead, each in a block of memory of its own, which numpy works through faster than pairs.
    sums = np.zeros((2, *counts.shape[:-2], counts.shape[-2] + 1))
    np.cumsum(np.moveaxis(counts, -1, 0), axis=-1, out=sums[..., 1:])
    runs = sums[..., None, 1:] - sums[..., :-1, None]
    of_classes = np.moveaxis(np.broadcast_to(totals, (*counts.shape[:-2], 2)), -1, 0)[..., None, None]
    whole = of_classes.sum(axis=0)
    runs[runs < 1e-9 * whole] = 0.0  # zero up to rounding, or below the diagonal
    size = runs[0] + runs[1]
    expected = size * (of_classes / whole)
    thin = (np.maximum(runs, expected) < constraints.min_class - 1e-12 * whole).any(axis=0)
    possible = (size > 0) & (size >= constraints.min_fraction * whole * (1 - 1e-12)) & ~thin
    cells, of_cells = (np.moveaxis(x, 0, -1)[possible] for x in (runs, np.broadcast_to(of_classes, runs.shape)))
    gain = np.full(size.shape, -np.inf)
    gain[possible] = cell_gain(cells, of_cells, constraints.divergence)
    level = np.divide(runs[1], size, out=np.zeros_like(size), where=size > 0)
    return gain, level


def cell_gain(cells: FloatArray, totals: FloatArray, divergence: FDivergence) -> FloatArray:
    """Return what each of (..., 2) cells adds to the divergence; finite for a pure one, by a half in both classes."""
    pure = (cells[..., :1] == 0) | (cells[..., 1:] == 0)  # any() along an axis of two is slow
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
