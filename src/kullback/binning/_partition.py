"""From counts of pre-bins to bins: gain matrices, constraints, the dynamic program, and what re-runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kullback._core.partition import best_curved_partition, best_partition
from kullback._typing import BoolArray, FloatArray, IntArray
from kullback.binning._criterion import Criterion, cell_gain
from kullback.inference import smoothed

__all__ = [
    "CURVATURES",
    "DIRECTIONS",
    "Constraints",
    "Grouping",
    "bin_weights",
    "filled_gain",
    "group_items",
    "run_gain",
]

DIRECTIONS = {
    "none": (0, 0),
    "ascending": (1, 1),
    "descending": (-1, -1),
    "peak": (1, -1),
    "valley": (-1, 1),
}
"""Direction of the event rate before and after the turn."""

CURVATURES = {"concave": -1, "convex": 1}
"""Sign of the second differences of the event rate from bin to bin."""

_NO_RULE: BoolArray = np.zeros((0, 0, 0), dtype=np.bool_)

Coarsen = Callable[[FloatArray], IntArray]
NeighbourRule = Callable[[FloatArray, FloatArray], BoolArray]


@dataclass(frozen=True)
class Constraints:
    """What bins must obey, in weights of rows.

    Attributes
    ----------
    criterion : Criterion
        Its sum over bins, less `penalty` for each of them, is maximised.
    max_bins : int
        Most regular bins.
    min_fraction : float
        Least share of the weight in a bin.
    min_class : float
        Least weight of each class in a bin, found or expected in it at the overall rate: few events where many would
        be expected are evidence, not a thin bin.
    min_bins : int
        Fewest regular bins.
    min_gap : float
        Least difference of the event rates of neighbours.
    max_pvalue : float or None
        Greatest p-value of Pearson's test that two neighbours have one event rate.
    penalty : float
        Of a bin, in the unit of the criterion.
    neighbour_rule : callable or None
        (2, ...) counts of left and of right neighbours to whether they may be neighbours.
    rows_per_weight : float
        Rows of equal weight that a unit of weight stands for, in the test of neighbours.
    """

    criterion: Criterion
    max_bins: int
    min_fraction: float
    min_class: float
    min_bins: int = 1
    min_gap: float = 0.0
    max_pvalue: float | None = None
    penalty: float = 0.0
    neighbour_rule: NeighbourRule | None = None
    rows_per_weight: float = 1.0

    @property
    def about_pairs(self) -> bool:
        """Whether neighbours must pass more than a trend and a gap."""
        return self.max_pvalue is not None or self.neighbour_rule is not None


@dataclass(frozen=True)
class Grouping:
    """How the items of a feature become bins, as a function of their counts only.

    Because it needs no rows, the whole choice is repeated on thinned or permuted counts for cross-fitting and
    for the permutation test.

    Attributes
    ----------
    constraints : Constraints
    trends : tuple of str
        Candidates in :data:`DIRECTIONS` or :data:`CURVATURES`; more than one means that the better is chosen.
    coarsen : callable or None
        Supervised order or merge of the items: (items, 2) counts -> (items,) position of each item, before
        the dynamic program.
    fixed : bool
        Whether the items are the bins (cuts given by the user).
    parted : tuple of int
        Items before which a bin must begin. Where the constraints allow no such bins, these alone begin them.
    """

    constraints: Constraints
    trends: tuple[str, ...]
    coarsen: Coarsen | None = None
    fixed: bool = False
    parted: tuple[int, ...] = ()

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
        if self.coarsen is None:
            return self._group(counts, totals, self.parted)
        for problem in range(n_problems):
            position, parted = self._coarse(counts[problem])
            coarse = np.zeros((1, int(position.max(initial=0)) + 1, counts.shape[2]))
            np.add.at(coarse[0], position, counts[problem])
            found, gains[problem] = self._group(coarse, totals[problem][None], parted)
            bins[problem] = found[0][:, position]
        return bins, gains

    def _coarse(self, counts: FloatArray) -> tuple[IntArray, tuple[int, ...]]:
        """Return the coarse item of each item, and where bins must begin among these."""
        assert self.coarsen is not None
        position = self.coarsen(counts)
        if not self.parted:
            return position, ()
        parts = np.isin(np.arange(position.size), self.parted).cumsum()  # the items are in order if any is parted
        position = np.unique(position + parts, return_inverse=True)[1].astype(np.int64)
        return position, tuple(position[list(self.parted)].tolist())

    def _group(self, counts: FloatArray, totals: FloatArray, parted: tuple[int, ...]) -> tuple[IntArray, FloatArray]:
        return group_items(counts, totals, self.constraints, self.trends, parted)

    def totals_of_gains(self, counts: FloatArray, totals: FloatArray) -> FloatArray:
        """Return the (problems,) best sum of gains of (problems, items, 2) counts with (problems, 2) totals."""
        if self.fixed:
            return filled_gain(counts, totals[:, None], self.constraints.criterion).sum(axis=-1)
        return self.choose_many(counts, totals)[1].max(axis=1)


def group_items(
    counts: FloatArray,
    totals: FloatArray,
    constraints: Constraints,
    trends: tuple[str, ...],
    parted: tuple[int, ...] = (),
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
        Names in :data:`DIRECTIONS` or :data:`CURVATURES`.
    parted : tuple of int
        Items before which a bin must begin.

    Returns
    -------
    bins : (problems, trends, items) int64
        Where no partition satisfies the constraints all 0, or the parts that are asked for.
    gains : (problems, trends) array
        Sums of gains, less the penalties.
    """
    n_problems, n_items = counts.shape[:2]
    parts = np.isin(np.arange(n_items), parted) if parted else np.zeros(n_items, dtype=np.bool_)
    bins = np.zeros((n_problems, len(trends), n_items), dtype=np.int64)
    gains = np.full((n_problems, len(trends)), -np.inf)
    if n_items > 1:
        gain, level = run_gain(counts, totals, constraints)
        gain -= constraints.penalty
        if parted:
            _forbid_spans(gain, parts)
        for problem in range(n_problems):
            rule = _pair_rule(counts[problem], constraints)
            for position, trend in enumerate(trends):
                starts, total = _best_runs(gain[problem], level[problem], trend, rule, constraints)
                bins[problem, position, starts[1:] if starts.size else parts] = 1
                gains[problem, position] = total
    none = np.isneginf(gains)
    if none.any():
        gains = np.where(none, _least_gain(counts, totals, constraints, parts)[:, None], gains)
    return np.cumsum(bins, axis=-1), gains


def _best_runs(
    gain: FloatArray, level: FloatArray, trend: str, rule: BoolArray, constraints: Constraints
) -> tuple[IntArray, float]:
    least, most = constraints.min_bins, min(constraints.max_bins, gain.shape[0])
    if trend in CURVATURES:
        return best_curved_partition(gain, level, CURVATURES[trend], constraints.min_gap, rule, least, most)
    return best_partition(gain, level, *DIRECTIONS[trend], constraints.min_gap, rule, least, most)


def _least_gain(counts: FloatArray, totals: FloatArray, constraints: Constraints, parts: BoolArray) -> FloatArray:
    """Return the (problems,) gain of the fewest bins: one, or as many as are asked for; 0 where they are empty."""
    if not counts.shape[1]:
        return np.zeros(counts.shape[0])
    cells = np.add.reduceat(counts, np.flatnonzero(parts | (np.arange(parts.size) == 0)), axis=1)
    gain = filled_gain(cells, totals[:, None], constraints.criterion)
    return (gain - constraints.penalty).sum(axis=-1)


def filled_gain(cells: FloatArray, totals: FloatArray, criterion: Criterion) -> FloatArray:
    """Return the gain of each of (..., 2) cells, 0 for an empty one."""
    filled = criterion.sums.size(np.moveaxis(cells, -1, 0)) > 0
    gain = np.zeros(filled.shape)
    gain[filled] = cell_gain(cells[filled], np.broadcast_to(totals, cells.shape)[filled], criterion)
    return gain


def _forbid_spans(gain: FloatArray, parts: BoolArray) -> None:
    """Forbid the runs of (problems, items, items) gains that go over an item at which a bin must begin."""
    part = np.cumsum(parts)
    gain[:, part[:, None] != part] = -np.inf


def _pair_rule(counts: FloatArray, constraints: Constraints) -> BoolArray:
    """Return whether the run u..s-1 may stand next to s..t, (items, items, items); empty where any may."""
    if not constraints.about_pairs:
        return _NO_RULE
    n = counts.shape[0]
    u, s, t = (axis.ravel() for axis in np.indices((n, n, n)))
    ordered = (u < s) & (s <= t)
    u, s, t = u[ordered], s[ordered], t[ordered]
    sums = np.vstack([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)]).T
    left, right = sums[:, s] - sums[:, u], sums[:, t + 1] - sums[:, s]
    rule = np.zeros((n, n, n), dtype=np.bool_)
    rule[u, s, t] = pairs_allowed(left, right, constraints)
    return rule


def pairs_allowed(left: FloatArray, right: FloatArray, constraints: Constraints) -> BoolArray:
    """Return whether bins with these (2, pairs) counts may be neighbours."""
    allowed = np.ones(left.shape[1:], dtype=np.bool_)
    if constraints.max_pvalue is not None:
        alike = constraints.criterion.sums.alike
        allowed &= alike(left, right, constraints.rows_per_weight) <= constraints.max_pvalue
    if constraints.neighbour_rule is not None:
        allowed &= constraints.neighbour_rule(left, right)
    return allowed


def run_gain(counts: FloatArray, totals: FloatArray, constraints: Constraints) -> tuple[FloatArray, FloatArray]:
    """Return the gain and the level of every run s..t of items.

    Parameters
    ----------
    counts : (..., items, k) array
    totals : (..., k) array
    constraints : Constraints

    Returns
    -------
    gain : (..., items, items) array
        ``-inf`` for a run that is too small or too thin, and below the diagonal. A run without one class is
        counted with a half added to both of its cells, so that the gain is finite.
    level : (..., items, items) array
        Event rates, or what else a trend is about.
    """
    # What is summed leads, each in a block of memory of its own, which numpy works through faster than pairs.
    target = constraints.criterion.sums
    columns = np.moveaxis(counts, -1, 0)
    sums = np.zeros((*columns.shape[:-1], columns.shape[-1] + 1))
    np.cumsum(columns, axis=-1, out=sums[..., 1:])
    runs = sums[..., None, 1:] - sums[..., :-1, None]
    of_all = np.moveaxis(np.broadcast_to(totals, (*counts.shape[:-2], counts.shape[-1])), -1, 0)[..., None, None]
    whole = target.size(of_all)
    if target.amounts:
        runs[runs < 1e-9 * whole] = 0.0  # zero up to rounding, or below the diagonal
    size = target.size(runs)
    held, expected = target.held(runs), size * (target.held(of_all) / whole)
    thin = (np.maximum(held, expected) < constraints.min_class - 1e-12 * whole).any(axis=0)
    least = np.maximum(constraints.min_fraction * (1 - 1e-12), 1e-9) * whole
    possible = (size >= least) & ~thin
    gain = np.full(size.shape, -np.inf)
    # Row by row, which is eight times as fast as a mask over the last axes.
    cells = np.stack([row[possible] for row in runs])
    of_cells = np.stack([row[possible] for row in np.broadcast_to(of_all, runs.shape)])
    gain[possible] = constraints.criterion.gain(cells, of_cells)
    return gain, target.level(runs)


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
