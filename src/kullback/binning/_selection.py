"""Figures that the choice of bins does not flatter: cross-fitting and permutation on counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.binning._partition import Grouping, cell_gain
from kullback.inference import unbiased_jeffreys
from kullback.information import ContingencyTable

__all__ = ["NOISE", "CrossFit", "cross_fit", "effective_rows", "permutation_pvalue", "table_of_bins"]

N_FOLDS = 5
N_DEALS = 4
NOISE = 1 + (N_FOLDS - 1) / N_DEALS
"""Second-order variance of the cross-fitted value over that of a whole table: folds are small, deals average."""

CHUNK = 100
"""Permutations in memory at a time."""


@dataclass(frozen=True)
class CrossFit:
    """Cross-fitted information values of the bins that a grouping chooses.

    Attributes
    ----------
    by_trend : dict of str to float
        Value under each candidate trend.
    value : float
        Value where each fold's training part chooses the trend too.
    """

    by_trend: dict[str, float]
    value: float


def table_of_bins(items: FloatArray, bins: IntArray, n_items: int) -> FloatArray:
    """Merge the first `n_items` rows of (items + others, 2) counts into bins; the others follow as they are."""
    n_bins = int(bins.max(initial=-1)) + 1
    table = np.zeros((n_bins + items.shape[0] - n_items, 2))
    np.add.at(table, bins, items[:n_items])
    table[n_bins:] = items[n_items:]
    return table


def cross_fit(table: ContingencyTable, n_items: int, grouping: Grouping, rng: np.random.Generator) -> CrossFit:
    """Estimate the information value on rows that did not choose the bins.

    Rows are dealt to folds at random, which needs their counts only: each cell is split by a multinomial law. The
    bins are chosen without a fold and their information value is estimated on the fold alone, without bias
    (:func:`~kullback.inference.unbiased_jeffreys`): its expectation is that of the chosen bins, and zero where the
    feature carries nothing. Weighted rows are dealt as (sum w)^2 / sum w^2 rows of equal weight, a cell each.

    Parameters
    ----------
    table : ContingencyTable
        The first `n_items` bins are grouped, the others (special, missing) stand.
    n_items : int
    grouping : Grouping
    rng : numpy.random.Generator

    Returns
    -------
    CrossFit
    """
    test, rows = _deal(table, rng)
    train = table.counts - test
    usable = (train.sum(axis=1) > 0).all(axis=1) & (rows.sum(axis=1) > 0).all(axis=1)
    if not usable.any():
        return CrossFit(dict.fromkeys(grouping.trends, 0.0), 0.0)
    test, rows, train = test[usable], rows[usable], train[usable]
    bins, gains = grouping.choose_many(train[:, :n_items], train.sum(axis=1))
    values = np.array(
        [
            [
                unbiased_jeffreys(table_of_bins(t, chosen, n_items), table_of_bins(r, chosen, n_items))
                for chosen in by_trend
            ]
            for t, r, by_trend in zip(test, rows, bins, strict=True)
        ]
    )
    best = np.argmax(gains, axis=1)
    return CrossFit(
        dict(zip(grouping.trends, values.mean(axis=0).tolist(), strict=True)),
        float(values[np.arange(best.size), best].mean()),
    )


def _deal(table: ContingencyTable, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return (deals, bins, 2) weights, and rows, of the folds of `N_DEALS` random deals."""
    rows = effective_rows(table)
    dealt = rng.multinomial(np.broadcast_to(rows, (N_DEALS, *rows.shape)), np.full(N_FOLDS, 1 / N_FOLDS))
    folds = np.moveaxis(dealt, -1, 1).reshape(-1, *rows.shape).astype(np.float64)
    unit = np.divide(table.counts, rows, out=np.zeros_like(table.counts), where=rows > 0)
    return folds * unit, folds


def effective_rows(table: ContingencyTable) -> IntArray:
    """Return (bins, 2) rows of equal weight that carry as much: the counts themselves without weights."""
    rows = np.divide(np.square(table.counts), table.squares, out=np.zeros_like(table.counts), where=table.squares > 0)
    return np.maximum(np.rint(rows), table.counts > 0).astype(np.int64)


def permutation_pvalue(
    table: ContingencyTable,
    n_items: int,
    grouping: Grouping,
    n_permutations: int,
    rng: np.random.Generator,
    on_step: Callable[[int], None] | None = None,
) -> float:
    """Return the p-value of the chosen bins' divergence under permuted labels.

    A permutation of the labels gives the items' counts of events a multivariate hypergeometric law, so the
    cost does not depend on the number of rows. Each draw is binned anew by the same program, which makes the
    test exact for what was chosen from these counts (Fisher's conditional test, with selection inside).

    Parameters
    ----------
    table : ContingencyTable
        The first `n_items` bins are grouped, the others (special, missing) stand.
    n_items : int
    grouping : Grouping
    n_permutations : int
    rng : numpy.random.Generator
    on_step : callable, optional
        Told the number of permutations done since it was told last.

    Returns
    -------
    float
        At least 1 / (n_permutations + 1).
    """
    rows = effective_rows(table)
    sizes, n_events = rows.sum(axis=1), int(rows[:, 1].sum())
    observed = _statistics(rows[None].astype(np.float64), n_items, grouping)[0]
    reached = 0
    for start in range(0, n_permutations, CHUNK):
        size = min(CHUNK, n_permutations - start)
        events = rng.multivariate_hypergeometric(sizes, n_events, size=size, method="marginals")
        drawn = np.stack([sizes - events, events], axis=-1).astype(np.float64)
        reached += int((_statistics(drawn, n_items, grouping) >= observed - 1e-12).sum())
        if on_step is not None:
            on_step(size)
    return (1 + reached) / (1 + n_permutations)


def _statistics(counts: FloatArray, n_items: int, grouping: Grouping) -> FloatArray:
    """Return the (problems,) divergence of the best bins of (problems, bins, 2) counts with one common margin."""
    totals = counts[0].sum(axis=0)
    others = cell_gain(counts[:, n_items:], totals, grouping.constraints.divergence)
    return grouping.totals_of_gains(counts[:, :n_items], totals) + others.sum(axis=-1)
