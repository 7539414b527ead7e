"""Figures that the choice of bins does not flatter: cross-fitting and permutation on counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Protocol

import numpy as np
from scipy import special

from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._partition import Grouping, filled_gain
from kullback.information import ContingencyTable

__all__ = [
    "Cells",
    "CrossFit",
    "RowCells",
    "WeightClasses",
    "cross_fit",
    "effective_rows",
    "log_mean",
    "pairs_of",
    "permutation_pvalue",
]

N_FOLDS = 5
N_DEALS = 2

MANY_FOLDS, MANY_EVENTS = 10, 500
"""Folds of levels that are put in order by their event rates, and effective rows of the smaller class for them.

Bins from three fifths of the rows say less than those from all where there are many levels.
"""

CHOICE = 1.5
"""Second-order variance of the value of chosen bins over that of given ones: 1.1 to 1.5 measured."""

CHUNK = 100
"""Permutations in memory at a time."""

N_CLASSES = 40
"""Classes of weights, where there are more values: with a range of 1000 weights in a class differ by a fifth."""

SMALLEST = 1e-6
"""Weights below this share of the greatest are one class."""


class Cells(Protocol):
    """Rows by item, which can be dealt to folds and whose targets can be permuted."""

    @property
    def whole(self) -> FloatArray:
        """(items, k) sums of all rows."""

    @property
    def effective(self) -> float:
        """Rows that the sparsest part of the target stands for."""

    @property
    def all_effective(self) -> float:
        """Rows of equal weight that all rows stand for."""

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a bin."""

    @property
    def null_scale(self) -> float:
        """Scale of the value's law where there is no information."""

    def pairs(self, n_folds: int, n_deals: int, rng: np.random.Generator) -> FloatArray:
        """Return the (pairs, 2, items, k) sums of all pairs of folds of some random deals."""

    def permuted(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Return the (size, items, k) sums after permutations of the target."""

    def usable(self, train: FloatArray, held: FloatArray) -> BoolArray:
        """Return which pairs of folds, with their training parts, can be compared."""

    def compare(self, counts: FloatArray, others: FloatArray) -> FloatArray:
        """Return the values of bins with (..., bins, 2, k) sums in a pair of folds, (..., bins, k) in all others."""


@dataclass(frozen=True, eq=False)
class WeightClasses:
    """Weights relative to the mean of the row's class, in classes of (nearly) equal ones.

    Rows are exchangeable in these where the target says nothing: a weight that depends on the target only, as in a
    sample balanced by class, is the same for all rows then.

    Attributes
    ----------
    of_row : (rows,) int64
        Class of each row.
    weight : (classes,) array
        Mean relative weight in each class.
    of_target : (classes,) array
        Mean weight of each class of the target.
    """

    of_row: IntArray
    weight: FloatArray
    of_target: FloatArray

    @classmethod
    def of(cls, weights: FloatArray, events: IntArray) -> WeightClasses:
        mean = np.bincount(events, weights) / np.bincount(events)
        relative = weights / mean[events]
        values, place = np.unique(relative, return_inverse=True)
        if values.size > N_CLASSES:
            depth = np.minimum(np.log(relative.max() / relative), -np.log(SMALLEST))
            place = np.minimum(depth * (N_CLASSES / depth.max()), N_CLASSES - 1).astype(np.int64)
            _, place = np.unique(place, return_inverse=True)
        return cls(place, np.bincount(place, relative) / np.bincount(place), mean)


@dataclass(frozen=True, eq=False)
class RowCells:
    """Rows that are alike in item and weight: all that is needed to deal rows to folds, or to permute their labels.

    Attributes
    ----------
    item : (cells,) int64
    weight : (cells,) array
        Of a row, relative to its class.
    rows : (cells, classes) int64
    of_target : (classes,) array
        Mean weight of each class: of non-events and events.
    n_items : int
    """

    item: IntArray
    weight: FloatArray
    rows: IntArray
    of_target: FloatArray
    n_items: int

    @classmethod
    def of_counts(cls, counts: FloatArray) -> RowCells:
        """Return the cells of rows without weights."""
        size = counts.shape[0]
        return cls(np.arange(size), np.ones(size), np.rint(counts).astype(np.int64), np.ones(counts.shape[1]), size)

    @classmethod
    def of_rows(cls, codes: IntArray, events: IntArray, classes: WeightClasses, n_items: int) -> RowCells:
        """Return the cells of rows with weights."""
        n_classes = classes.weight.size
        cell = codes * n_classes + classes.of_row
        n_labels = classes.of_target.size
        rows = np.bincount(n_labels * cell + events, minlength=n_labels * n_items * n_classes).reshape(-1, n_labels)
        filled = np.flatnonzero(rows.any(axis=1))
        return cls(filled // n_classes, classes.weight[filled % n_classes], rows[filled], classes.of_target, n_items)

    def count(self, rows: IntArray) -> FloatArray:
        """Return the (..., items, classes) weights of (..., cells, classes) rows."""
        weights = rows * self.weight[:, None] * self.of_target
        starts = np.flatnonzero(np.diff(self.item, prepend=-1))
        counts = np.zeros((*rows.shape[:-2], self.n_items, rows.shape[-1]))
        counts[..., self.item[starts], :] = np.add.reduceat(weights, starts, axis=-2)
        return counts

    @property
    def rows_per_weight(self) -> FloatArray:
        """(classes,) rows of equal weight that carry as much as each class, over its weight: sum w / sum w^2."""
        total = (self.rows * self.weight[:, None]).sum(axis=0)
        return total / (self.rows * np.square(self.weight)[:, None]).sum(axis=0) / self.of_target

    @cached_property
    def whole(self) -> FloatArray:
        """(items, classes) weights of all rows."""
        return self.count(self.rows)

    @property
    def effective(self) -> float:
        """Rows of equal weight that the rarest class stands for."""
        return float((self.whole.sum(axis=0) * self.rows_per_weight).min())

    @property
    def all_effective(self) -> float:
        """Rows of equal weight that all rows stand for."""
        return float((self.whole.sum(axis=0) * self.rows_per_weight).sum())

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a bin: 1 of two classes, C - 1 of C classes of one size, less of others."""
        law = self._null_law
        return float(np.trace(law) ** 2 / np.square(law).sum())

    @property
    def null_scale(self) -> float:
        """Scale of the value's law where there is no information: 1/G + 1/B of two classes."""
        law = self._null_law
        scale = float(np.square(law).sum() / np.trace(law))
        return scale / 2 if law.shape[0] == 2 else scale

    @property
    def _null_law(self) -> FloatArray:
        """(classes, classes) covariance, there, of a bin's shares of each class less those of all others.

        In units of the bin's share. The sum of their squares has the law of a sum of chi-squares, each times an
        eigenvalue, which the first two moments stand for (Satterthwaite).
        """
        size = self.whole.sum(axis=0)
        rest = np.tile(size, (size.size, 1))
        np.fill_diagonal(rest, 0.0)
        contrast = np.eye(size.size) - rest / rest.sum(axis=1, keepdims=True)
        return np.asarray(contrast / (size * self.rows_per_weight) @ contrast.T)

    def pairs(self, n_folds: int, n_deals: int, rng: np.random.Generator) -> FloatArray:
        """Return the (pairs, 2, items, classes) weights of all pairs of folds of some random deals."""
        rows = np.broadcast_to(self.rows, (n_deals, *self.rows.shape))
        dealt = rng.multinomial(rows, np.full(n_folds, 1 / n_folds))
        return pairs_of(self.count(np.moveaxis(dealt, -1, 1)))

    def permuted(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Return the (size, items, classes) weights after permutations of the labels."""
        left = np.broadcast_to(self.rows.sum(axis=1), (size, self.item.size))
        drawn: list[IntArray] = []
        for n_rows in self.rows.sum(axis=0)[:0:-1]:  # the last class first, the first gets what is left
            if not drawn:
                taken = rng.multivariate_hypergeometric(left[0], n_rows, size=size, method="marginals")
            else:
                taken = np.stack([rng.multivariate_hypergeometric(row, n_rows, method="marginals") for row in left])
            drawn.append(taken)
            left = left - taken
        return self.count(np.stack([left, *drawn[::-1]], axis=-1))

    def usable(self, train: FloatArray, held: FloatArray) -> BoolArray:
        """Return for which (pairs, ...) weights all classes are in the training part and in both folds."""
        return (train.sum(axis=1) > 0).all(axis=1) & (held.sum(axis=2) > 0).all(axis=(1, 2))

    def compare(self, counts: FloatArray, others: FloatArray) -> FloatArray:
        """Return the values of bins with (..., bins, 2, classes) weights in a pair of folds."""
        del others
        scaled = self.rows_per_weight
        if counts.shape[-1] == 2:
            return compare_classes(counts, scaled)
        each = []
        for label in range(counts.shape[-1]):
            rest = np.arange(counts.shape[-1]) != label
            of_rest = float(np.average(scaled[rest], weights=self.whole.sum(axis=0)[rest]))
            two = np.stack([counts[..., rest].sum(axis=-1), counts[..., label]], axis=-1)
            each.append(compare_classes(two, np.array([of_rest, scaled[label]])))
        return np.sum(each, axis=0)


@dataclass(frozen=True)
class CrossFit:
    """Cross-fitted information values of the bins that a grouping chooses.

    Attributes
    ----------
    by_trend : dict of str to float
        Value under each candidate trend.
    value : float
        Value where each training part chooses the trend too.
    df : float
        Half the value's variance where there is no information, over the squared scale of the whole table.
    noise : float
        Standard deviation of the value there.
    """

    by_trend: dict[str, float]
    value: float
    df: float
    noise: float


def cross_fit(cells: Cells, n_items: int, grouping: Grouping, rng: np.random.Generator) -> CrossFit:
    """Estimate the information value on rows that did not choose the bins.

    Rows are dealt to folds at random, which needs their cells only: each is split by a multinomial law. The bins are
    chosen without a pair of folds; one of the pair gives the differences of shares, the other the weights of evidence,
    and the other way round. The expectation of a product of independent factors is the product of theirs, so that the
    value is without bias for bins chosen so, and zero where the feature carries nothing, up to the ratio bias of
    weighted shares.

    Parameters
    ----------
    cells : RowCells or NumberCells
        The first `n_items` items are grouped, the others (special, missing) stand.
    n_items : int
    grouping : Grouping
    rng : numpy.random.Generator

    Returns
    -------
    CrossFit

    References
    ----------
    Grassberger (2003), arXiv physics/0307138, for psi(n + 1), whose expectation is the logarithm of a count's mean
    up to an exponentially small term.
    """
    n_folds, n_deals = _numbers_of_folds(cells, grouping)
    held = cells.pairs(n_folds, n_deals, rng)
    train = cells.whole - held.sum(axis=1)
    if grouping.constraints.criterion.sums.amounts:
        train[train < 1e-9 * cells.whole] = 0.0  # zero up to rounding
    usable = cells.usable(train, held)
    if not usable.any():
        return CrossFit(dict.fromkeys(grouping.trends, 0.0), 0.0, 0.0, 0.0)
    held, train = held[usable], train[usable]
    bins, gains = _for_training(grouping, cells, n_folds).choose_many(train[:, :n_items], train.sum(axis=1))
    merged, n_bins = _merged(np.concatenate([held, train[:, None]], axis=1), bins, n_items)
    values = cells.compare(merged[..., :2, :], merged[..., 2, :])
    problems, best = np.arange(gains.shape[0]), np.argmax(gains, axis=1)
    # Of N^2 / 2 pairs of rows a deal has those in different folds; a second deal has other ones.
    inflation = 1 + (n_deals * n_folds**2 / (2 * held.shape[0]) - 1) / n_deals
    df = inflation * (1.0 if grouping.fixed else CHOICE) * float(n_bins[problems, best].mean() - 1) * cells.freedom
    return CrossFit(
        dict(zip(grouping.trends, values.mean(axis=0).tolist(), strict=True)),
        float(values[problems, best].mean()),
        df,
        float(np.sqrt(2 * df) * cells.null_scale),
    )


def _numbers_of_folds(cells: Cells, grouping: Grouping) -> tuple[int, int]:
    """Return the numbers of folds and of deals."""
    many = grouping.coarsen is not None and cells.effective >= MANY_EVENTS
    return (MANY_FOLDS, 1) if many else (N_FOLDS, N_DEALS)


def pairs_of(folds: FloatArray) -> FloatArray:
    """Return the (pairs, 2, items, k) sums of all pairs of (deals, folds, items, k) sums of folds."""
    pairs = np.array(list(combinations(range(folds.shape[1]), 2)))
    return folds[:, pairs].reshape(-1, 2, *folds.shape[2:])


def _merged(parts: FloatArray, bins: IntArray, n_items: int) -> tuple[FloatArray, IntArray]:
    """Return (pairs, trends, bins, parts, k) sums of parts of the rows, and numbers of bins.

    Parameters
    ----------
    parts : (pairs, parts, items + others, k) array
    bins : (pairs, trends, items) int64
    n_items : int
    """
    n_pairs, n_trends = bins.shape[:2]
    n_others = parts.shape[2] - n_items
    n_bins = bins.max(axis=2, initial=-1) + 1 + n_others
    places = np.concatenate([bins, n_bins[..., None] - n_others + np.arange(n_others)], axis=2)
    counts = np.zeros((n_pairs, n_trends, int(n_bins.max()), parts.shape[1], parts.shape[-1]))
    pair, trend = np.arange(n_pairs)[:, None, None], np.arange(n_trends)[:, None]
    np.add.at(counts, (pair, trend, places), np.swapaxes(parts, 1, 2)[:, None])
    return counts, n_bins


def compare_classes(counts: FloatArray, rows_per_weight: FloatArray) -> FloatArray:
    """Return products of one fold's differences of shares with the other's weights of evidence, summed over bins.

    Parameters
    ----------
    counts : (..., bins, 2, 2) array
        Folds, then classes.
    rows_per_weight : (2,) array
    """
    totals = counts.sum(axis=-3, keepdims=True)
    shares = counts / totals
    difference = shares[..., 0] - shares[..., 1]
    logarithm = log_mean(counts * rows_per_weight) - log_mean(totals * rows_per_weight)
    weight = logarithm[..., 0] - logarithm[..., 1]
    return (difference * weight[..., ::-1]).sum(axis=-2).mean(axis=-1)


def log_mean(rows: FloatArray) -> FloatArray:
    """Return an estimate of the logarithm of the mean of counts with a Poisson law: psi(n + 1), less a half at n = 0.

    The half takes back most of what psi(n + 1) adds at small means: the bias at 1/2, 1 and 2 is .26, .04 and -.02
    in place of .56, .22 and .05.
    """
    return special.digamma(rows + 1) - 0.5 * np.maximum(1 - rows, 0.0)


def _for_training(grouping: Grouping, cells: Cells, n_folds: int) -> Grouping:
    """Return the grouping with its constraints as they apply to a training part.

    Thresholds shrink with the part, and by two of its sampling errors: pre-bins are cut to the least share that a bin
    may have, and what is a bin in the whole sample must not be forbidden where chance took a row too many.
    """
    constraints = grouping.constraints
    rows = cells.all_effective
    part = 1 - 2 / n_folds
    error = np.sqrt((1 - part) / part / max(constraints.min_fraction * rows, 1.0))
    return replace(
        grouping,
        constraints=replace(
            constraints,
            min_fraction=constraints.min_fraction * max(1 - 2 * error, 0.0),
            min_class=constraints.min_class * part,
            penalty=constraints.penalty * (part if constraints.criterion.adds_rows else 1.0),
            rows_per_weight=constraints.rows_per_weight / part,
        ),
    )


def effective_rows(table: ContingencyTable) -> IntArray:
    """Return (bins, 2) rows of equal weight that carry as much as each cell: the counts themselves without weights."""
    rows = np.divide(np.square(table.counts), table.squares, out=np.zeros_like(table.counts), where=table.squares > 0)
    return np.maximum(np.rint(rows), table.counts > 0).astype(np.int64)


def permutation_pvalue(
    cells: Cells,
    n_items: int,
    grouping: Grouping,
    n_permutations: int,
    rng: np.random.Generator,
    on_step: Callable[[int], None] | None = None,
) -> float:
    """Return the p-value of the chosen bins' divergence under permuted labels.

    A permutation of the labels gives the cells' counts of events a multivariate hypergeometric law, so the cost does
    not depend on the number of rows. Each draw is binned anew by the same program, which makes the test exact for what
    was chosen from these counts (Fisher's conditional test, with selection inside). A row keeps its weight relative to
    its class: the test is of labels that tell of neither feature nor relative weight.

    Parameters
    ----------
    cells : RowCells
        The first `n_items` items are grouped, the others (special, missing) stand.
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
    observed = _statistics(cells.whole[None], n_items, grouping)[0]
    reached = 0
    for start in range(0, n_permutations, CHUNK):
        size = min(CHUNK, n_permutations - start)
        drawn = cells.permuted(size, rng)
        reached += int((_statistics(drawn, n_items, grouping) >= observed - 1e-12).sum())
        if on_step is not None:
            on_step(size)
    return (1 + reached) / (1 + n_permutations)


def _statistics(counts: FloatArray, n_items: int, grouping: Grouping) -> FloatArray:
    """Return the (problems,) criterion of the best bins of (problems, bins, k) sums."""
    totals = counts.sum(axis=1)
    others = filled_gain(counts[:, n_items:], totals[:, None], grouping.constraints.criterion)
    return grouping.totals_of_gains(counts[:, :n_items], totals) + others.sum(axis=-1)
