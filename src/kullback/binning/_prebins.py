"""Pre-bins: the finest cuts and levels that the dynamic program may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.binning._criterion import SUMS, Sums
from kullback.binning._partition import Coarsen
from kullback.binning._rule import is_missing
from kullback.exceptions import InputError, MissingDependencyError

__all__ = [
    "OBJECTIVES",
    "STUMP_CANDIDATES",
    "merge_levels",
    "quantile_cuts",
    "stump_groups",
    "supervised_coarsening",
    "uniform_cuts",
    "user_cuts",
    "user_groups",
]

OBJECTIVES = {"binary": "binary:logistic", "continuous": "reg:squarederror", "count": "count:poisson"}
"""Of the stumps, by kind of target."""

STUMP_CANDIDATES = 256
"""Quantile cuts that the stumps choose from: as many as XGBoost's own histogram has by default."""


def quantile_cuts(
    values: FloatArray, weights: FloatArray | None, max_bins: int, min_fraction: float = 0.0
) -> FloatArray:
    """Return at most ``max_bins - 1`` ascending cuts between about equal weights of rows.

    A value that holds at least 1 / max_bins of the weight is a pre-bin of its own, so that a spike is not mixed with
    its neighbours (where so many such values leave no room for what lies between, each begins a pre-bin). The least
    weight that a bin may have is cut off exactly at both ends, where a trend has most to say, if cuts in between are
    left. Weights count as repetition.

    Parameters
    ----------
    values : (rows,) float64 array without NaN; infinities are values
    weights : (rows,) float64 array, positive, or None
    max_bins : int
    min_fraction : float
        Least share of the weight in a bin.
    """
    sample = _Ordered.of(values, weights)
    if sample.values.size == 0 or sample.values[0] == sample.values[-1]:
        return np.empty(0)
    heavy, following = sample.heavy_values(max_bins)
    tails = np.concatenate([sample.cuts_after([min_fraction]), sample.cuts_before([1 - min_fraction])])
    for fixed, fewest in ((np.concatenate([heavy, following, tails]), 2), (np.concatenate([heavy, following]), 1)):
        for parts in range(max_bins, fewest - 1, -1):
            cuts = np.union1d(fixed, sample.cuts_after(np.arange(1, parts) / parts))
            cuts = cuts[cuts > sample.values[0]]
            if cuts.size < max_bins:
                return cuts
    return heavy[heavy > sample.values[0]]


@dataclass(frozen=True, eq=False)
class _Ordered:
    """Ascending values with the weight reached at each; None where each weighs 1."""

    values: FloatArray
    reached: FloatArray | None

    @classmethod
    def of(cls, values: FloatArray, weights: FloatArray | None) -> _Ordered:
        if weights is None:
            return cls(np.sort(values), None)
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.cumsum(weights[order]))

    @property
    def total(self) -> float:
        return float(self.values.size if self.reached is None else self.reached[-1])

    def _weight_before(self, position: IntArray) -> FloatArray:
        """Return the weight of the first `position` entries."""
        if self.reached is None:
            return position.astype(np.float64)
        return np.where(position > 0, self.reached[np.maximum(position, 1) - 1], 0.0)

    def _entry_at(self, weight: FloatArray) -> IntArray:
        """Return the position of the entry that covers each weight, at most the last."""
        if self.reached is None:
            position = np.floor(weight).astype(np.int64)
        else:
            position = np.searchsorted(self.reached, weight, side="right")
        return np.minimum(position, self.values.size - 1)

    def cuts_after(self, shares: ArrayLike) -> FloatArray:
        """Return the least value each with at least these shares of the weight below it, if any has."""
        at = np.asarray(shares) * self.total * (1 - 1e-12)
        value = self.values[self._entry_at(at)]
        short = self._weight_before(np.searchsorted(self.values, value, side="left")) < at
        following = np.searchsorted(self.values, value, side="right")
        return np.where(short, self.values[np.minimum(following, self.values.size - 1)], value)

    def cuts_before(self, shares: ArrayLike) -> FloatArray:
        """Return the greatest value each with at most these shares of the weight below it."""
        return self.values[self._entry_at(np.asarray(shares) * self.total * (1 + 1e-12))]

    def heavy_values(self, max_bins: int) -> tuple[FloatArray, FloatArray]:
        """Return the values that hold at least 1 / max_bins of the weight, and the values that follow them."""
        # Such a value covers one of the shares 0, 1 / (2 max_bins), 2 / (2 max_bins), ... at least.
        probes = np.unique(self.values[self._entry_at(np.arange(2 * max_bins) / (2 * max_bins) * self.total)])
        start = np.searchsorted(self.values, probes, side="left")
        after = np.searchsorted(self.values, probes, side="right")
        mass = self._weight_before(after) - self._weight_before(start)
        heavy = mass >= self.total / max_bins * (1 - 1e-12)
        following = after[heavy]
        return probes[heavy], self.values[following[following < self.values.size]]


def uniform_cuts(values: FloatArray, max_bins: int) -> FloatArray:
    """Return ``max_bins - 1`` cuts at equal distances over the range of the finite values; quantiles if it is empty."""
    finite = values[np.isfinite(values)]
    if finite.size == 0 or finite.min() == finite.max():
        return quantile_cuts(values, None, max_bins)
    share = np.arange(1, max_bins) / max_bins
    cuts = finite.min() * (1 - share) + finite.max() * share  # the range itself may be too large for a float
    return np.unique(cuts[cuts > finite.min()])


def supervised_coarsening(kind: str, prebinning: Any, max_prebins: int, sums: Sums = SUMS["binary"]) -> Coarsen | None:
    """Return what orders or merges a feature's items by their sums, or None where they stay as they are."""
    if kind == "categorical":
        return partial(merge_levels, max_items=max_prebins, sums=sums)
    if prebinning == "stumps":
        return partial(stump_groups, max_items=max_prebins, sums=sums.name)
    return None


def merge_levels(counts: FloatArray, *, max_items: int, sums: Sums = SUMS["binary"]) -> IntArray:
    """Order levels by event rate and merge neighbours of the order into at most `max_items` items of like weight.

    Parameters
    ----------
    counts : (levels, k) array
        A level without rows stands at the overall rate.
    max_items : int
    sums : Sums
        What the counts are; says what the levels are put in order by.

    Returns
    -------
    (levels,) int64 position of each level, 0 the lowest event rate. Levels of equal rate share no order of
    their own: they follow their position.
    """
    size = sums.size(counts.T)
    total = max(size.sum(), np.finfo(float).tiny)
    overall = sums.order(counts.sum(axis=0)[:, None])
    rate = np.where(size > 0, sums.order(counts.T), overall)
    order = np.argsort(rate, kind="stable")
    position = np.empty(size.size, dtype=np.int64)
    if size.size <= max_items:
        position[order] = np.arange(size.size)
        return position
    middle = np.cumsum(size[order]) - size[order] / 2
    step = np.minimum((middle / total * max_items).astype(np.int64), max_items - 1)
    position[order] = np.unique(step, return_inverse=True)[1]
    return position


def stump_groups(counts: FloatArray, *, max_items: int, sums: str = "binary") -> IntArray:
    """Merge ordered items between the split points of a boosted depth-1 XGBoost model.

    The items are the candidates of XGBoost's histogram: a model fitted on their counts as weights is the one
    fitted on the rows. (Sudjianto and Burakov 2025, section 7, bin by "depth-1 XGBoost decision stumps".)

    Returns
    -------
    (items,) int64 position of each item
    """
    n_items = counts.shape[0]
    if n_items < 2:
        return np.zeros(n_items, dtype=np.int64)
    xgboost = _require_xgboost()
    if sums == "binary":
        place = np.tile(np.arange(n_items, dtype=np.float64), 2)[:, None]
        label, weight = np.repeat([0.0, 1.0], n_items), counts.T.ravel()
    else:  # of a target of numbers the mean is all that splits depend on
        place, weight = np.arange(n_items, dtype=np.float64)[:, None], counts[:, 0]
        label = np.divide(counts[:, 1], weight, out=np.zeros(n_items), where=weight > 0)
    used = weight > 0
    data = xgboost.DMatrix(place[used], label=label[used], weight=weight[used])
    settings = {
        "objective": OBJECTIVES[sums], "max_depth": 1, "tree_method": "exact", "nthread": 1, "verbosity": 0,
        "min_child_weight": 0.0,
    }  # fmt: skip
    model = xgboost.train(settings, data, num_boost_round=max_items - 1)
    frame = model.trees_to_dataframe()
    # A split between items i and i + 1 is at i + 1/2, or at i + 1 where the model writes "less than".
    cuts = np.unique(np.ceil(frame.loc[frame["Feature"] != "Leaf", "Split"].to_numpy(dtype=np.float64)))
    groups = np.searchsorted(cuts, np.arange(n_items), side="right")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _require_xgboost() -> Any:
    try:
        import xgboost
    except ImportError:
        raise MissingDependencyError(
            'prebinning="stumps" needs XGBoost. Install it with: pip install "kullback[boost-cpu]" (small, no GPU), or '
            'pip install "kullback[boost]" (with GPU support); not both.'
        ) from None
    return xgboost


def user_cuts(cuts: Any, feature: Any) -> FloatArray:
    """Return the cuts given for a feature, ascending and finite."""
    try:
        array = np.asarray(cuts, dtype=np.float64)
    except (TypeError, ValueError):
        array = None
    if array is None or array.ndim != 1:
        raise InputError(f"The cuts given for {feature!r} must be a list of numbers; {cuts!r} came.")
    if not np.isfinite(array).all() or (np.diff(array) <= 0).any():
        raise InputError(f"The cuts given for {feature!r} must be finite and ascending; {cuts!r} came.")
    return array


def user_groups(groups: Any, levels: list[Any], feature: Any) -> tuple[tuple[Any, ...], ...]:
    """Return the groups of levels given for a categorical, which must hold every level once.

    A level that stands by itself is a group of one. The levels of a set take the order of `levels`.
    """
    if not isinstance(groups, list | tuple | np.ndarray):
        raise _no_groups(groups, feature)
    place = {level: position for position, level in enumerate(levels)}
    try:
        given = [_group(group, place) for group in groups]
        flat = [level for group in given for level in group]
        known = set(flat)
    except TypeError:
        raise _no_groups(groups, feature) from None
    if any(is_missing(level) for level in flat):
        raise InputError(
            f"The groups given for {feature!r} must be of levels; one holds a missing value, which has a bin of its "
            "own. Leave it out, or fill missing values in with a level before."
        )
    if len(known) < len(flat):
        raise InputError(
            f"The groups given for {feature!r} must hold each level once; {_repeated(flat)!r} comes twice."
        )
    left_out = [level for level in levels if level not in known]
    if left_out:
        raise InputError(
            f"The groups given for {feature!r} must hold every level; {', '.join(map(repr, left_out[:5]))} "
            f"{'are' if len(left_out) > 1 else 'is'} in none. Add them, or declare them in special_values."
        )
    return tuple(given)


def _no_groups(groups: Any, feature: Any) -> InputError:
    return InputError(
        f"The groups given for {feature!r} must be a list of lists of levels, such as [['a', 'b'], ['c']]; "
        f"{groups!r} came."
    )


def _group(group: Any, place: dict[Any, int]) -> tuple[Any, ...]:
    if isinstance(group, set | frozenset):  # in no order of its own, which changes from run to run
        return tuple(sorted(group, key=lambda level: (place.get(level, len(place)), str(level))))
    return tuple(group) if isinstance(group, list | tuple | np.ndarray) else (group,)


def _repeated(entries: list[Any]) -> Any:
    return next(entry for i, entry in enumerate(entries) if entry in entries[:i])
