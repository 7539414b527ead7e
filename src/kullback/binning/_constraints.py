"""Further constraints on the bins of a feature, as users state them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray
from kullback.binning._partition import NeighbourRule
from kullback.exceptions import InputError

__all__ = ["BinConstraints"]


@dataclass(frozen=True)
class BinConstraints:
    """What the bins of a feature must obey, beside their number, size and trend.

    Attributes
    ----------
    min_bins : int
        Fewest regular bins.
    min_gap : float
        Least difference of the event rates of neighbours, of means for numbers, of rates for counts.
    max_pvalue : float, optional
        Greatest p-value of Pearson's test, on the rows that choose the bins, that two neighbours have one event rate
        (Welch's of one mean for numbers, the score test of one rate for counts). A rule for merging bins, not a test of
        them.
    penalty : float
        Taken off the criterion for each bin, in its unit.
    fixed_cuts : sequence of float
        Where a bin must begin. Always honoured: where no bins with them satisfy the other constraints, they alone are
        the cuts, and what they break is reported.
    forbidden_cuts : sequence of float or of (low, high)
        Where no bin may begin: at a value, or anywhere so that the values low and high are parted.
    neighbour_rule : callable, optional
        Takes the (2, pairs) counts of non-events and events of left neighbours and those of right ones, and returns
        (pairs,) bool: which may stand next to each other. For numbers and counts these are (3, pairs): weights of rows,
        and weighted sums of the target, less its mean for numbers, and of the square of that.
    min_level_rows : float
        Levels of a categorical with a lower weight of rows are joined before the levels are put in order: the event
        rate of a few rows is noise. Which they are is told by ``rare_levels`` of the table.

    Raises
    ------
    InputError
        If an entry is not what it must be.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import BinConstraints, OptimalBinner
    >>> rng = np.random.default_rng(0)
    >>> age = rng.uniform(18, 80, size=(3000, 1))
    >>> y = rng.random(3000) < 0.4 - age[:, 0] / 250
    >>> rules = BinConstraints(fixed_cuts=[25], forbidden_cuts=[(60, 67)], max_pvalue=0.01)
    >>> binner = OptimalBinner(constraints={0: rules}).fit(age, y)
    >>> bool(25 in binner.tables_["x0"].cuts)
    True
    """

    min_bins: int = 1
    min_gap: float = 0.0
    max_pvalue: float | None = None
    penalty: float = 0.0
    fixed_cuts: Sequence[float] = ()
    forbidden_cuts: Sequence[Any] = ()
    neighbour_rule: NeighbourRule | None = None
    min_level_rows: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.min_bins, Integral) or self.min_bins < 1:
            raise InputError(f"min_bins must be a whole number of at least 1; {self.min_bins!r} came.")
        amounts = {"min_gap": self.min_gap, "penalty": self.penalty, "min_level_rows": self.min_level_rows}
        for name, value in amounts.items():
            if not isinstance(value, Real) or not 0 <= value < np.inf:
                raise InputError(f"{name} must be a finite number of at least 0; {value!r} came.")
        if self.max_pvalue is not None and not (isinstance(self.max_pvalue, Real) and 0 < self.max_pvalue <= 1):
            raise InputError(f"max_pvalue must lie in (0, 1]; {self.max_pvalue!r} came.")
        if self.neighbour_rule is not None and not callable(self.neighbour_rule):
            raise InputError(f"neighbour_rule must be callable; {self.neighbour_rule!r} came.")
        object.__setattr__(self, "fixed_cuts", _fixed(self.fixed_cuts))
        object.__setattr__(self, "forbidden_cuts", tuple(_interval(entry) for entry in self.forbidden_cuts))
        both = [cut for cut in self.fixed_cuts if self.forbids(np.array([cut]))[0]]
        if both:
            raise InputError(f"fixed_cuts and forbidden_cuts contradict each other at {both[0]:g}.")

    def forbids(self, cuts: FloatArray) -> BoolArray:
        """Return which of (k,) cuts are forbidden: a cut parts the values below it from itself and those above."""
        forbidden = np.zeros(cuts.size, dtype=np.bool_)
        for low, high in self.forbidden_cuts:
            forbidden |= (cuts == low) if low == high else (low < cuts) & (cuts <= high)
        return forbidden

    def applied_to(self, cuts: FloatArray) -> FloatArray:
        """Return candidate cuts without the forbidden ones and with the fixed ones."""
        return np.union1d(cuts[~self.forbids(cuts)], np.asarray(self.fixed_cuts, dtype=np.float64))

    @property
    def about_cuts(self) -> bool:
        """Whether any is about values of the feature, which levels do not have."""
        return bool(self.fixed_cuts) or bool(self.forbidden_cuts)


def _fixed(cuts: Any) -> tuple[float, ...]:
    try:
        array = np.asarray(cuts, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array([[np.nan]])
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError(f"fixed_cuts must be finite numbers; {cuts!r} came.")
    return tuple(np.unique(array).tolist())


def _interval(entry: Any) -> tuple[float, float]:
    """Return (low, high) of an entry of forbidden cuts, equal for a single value."""
    try:
        low, high = (float(entry),) * 2 if np.ndim(entry) == 0 else map(float, entry)
    except (TypeError, ValueError):
        low, high = np.nan, np.nan
    if not low <= high:
        raise InputError(f"forbidden_cuts must hold numbers or pairs (low, high) with low <= high; {entry!r} came.")
    return low, high
