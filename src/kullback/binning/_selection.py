"""Figures that the choice of bins does not flatter: cross-fitting and permutation on counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.binning._partition import Grouping, bin_weights, cell_gain
from kullback.information import ContingencyTable

__all__ = ["CrossFit", "cross_fit", "permutation_pvalue", "table_of_bins"]

N_FOLDS = 5
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


def cross_fit(
    table: ContingencyTable, n_items: int, grouping: Grouping, rng: np.random.Generator
) -> CrossFit:
    """Estimate the information value on parts of the data that did not choose the bins or their weights.

    Rows are dealt to folds at random, which needs their counts only: each cell is split by a multinomial law.
    In fold f the value is sum_j (p_j - q_j) w_j with shares p, q of the fold and weights of evidence w of the
    rest; its expectation is zero where the feature carries nothing, whatever the bins. Weighted rows are
    dealt as (sum w)^2 / sum w^2 rows of equal weight, a cell each.

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
    totals, values = [], []
    for test in _deal(table, rng):
        train = table.counts - test
        if (train.sum(axis=0) <= 0).any() or (test.sum(axis=0) <= 0).any():
            continue
        choices = [grouping.choose(train[:n_items], train.sum(axis=0), trend) for trend in grouping.trends]
        totals.append([total for _, total in choices])
        values.append([_held_out(train, test, bins, n_items) for bins, _ in choices])
    if not values:
        return CrossFit(dict.fromkeys(grouping.trends, 0.0), 0.0)
    by_fold = np.array(values)
    best = np.argmax(totals, axis=1)
    return CrossFit(
        dict(zip(grouping.trends, by_fold.mean(axis=0).tolist(), strict=True)),
        float(by_fold[np.arange(best.size), best].mean()),
    )


def _held_out(train: FloatArray, test: FloatArray, bins: IntArray, n_items: int) -> float:
    """Return sum_j (p_j - q_j) w_j with the shares of `test` and the weights of evidence of `train`."""
    weights = bin_weights(table_of_bins(train, bins, n_items))
    shares = table_of_bins(test, bins, n_items) / test.sum(axis=0)
    return float(weights @ (shares[:, 0] - shares[:, 1]))


def _effective_rows(table: ContingencyTable) -> IntArray:
    """Return (bins, 2) rows of equal weight that carry as much: the counts themselves without weights."""
    rows = np.divide(
        np.square(table.counts), table.squares, out=np.zeros_like(table.counts), where=table.squares > 0
    )
    return np.maximum(np.rint(rows), table.counts > 0).astype(np.int64)


def _deal(table: ContingencyTable, rng: np.random.Generator) -> FloatArray:
    """Return (folds, bins, 2) counts of a random deal of the rows to folds."""
    rows = _effective_rows(table)
    dealt = rng.multinomial(rows, np.full(N_FOLDS, 1 / N_FOLDS))
    unit = np.divide(table.counts, rows, out=np.zeros_like(table.counts), where=rows > 0)
    return np.moveaxis(dealt * unit[..., None], -1, 0)


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
    rows = _effective_rows(table)
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
