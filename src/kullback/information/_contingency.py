"""Counts of non-events and events by bin, which add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback._core.counts import count_by_class, weighted_count_by_class
from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError

__all__ = ["ContingencyTable"]


@dataclass(frozen=True, eq=False)
class ContingencyTable:
    """Weighted counts of non-events and events by bin: all that weights of evidence need from the data.

    Tables of the same bins add up, so that a sample may be counted in parts, in any order.

    Parameters
    ----------
    counts : (bins, 2) array
        Sums of weights, first the non-events.
    squares : (bins, 2) array
        Sums of squared weights, for standard errors; equal to `counts` where every weight is 1.

    Examples
    --------
    >>> import numpy as np
    >>> part = ContingencyTable.from_codes(np.array([0, 0, 1]), np.array([0, 1, 1]), n_bins=2)
    >>> (part + part).counts
    array([[2., 2.],
           [0., 2.]])
    """

    counts: FloatArray
    squares: FloatArray

    def __post_init__(self) -> None:
        if self.counts.shape != self.squares.shape or self.counts.shape[1:] != (2,):
            raise InputError(
                f"counts and squares must both have shape (bins, 2); they have {self.counts.shape} "
                f"and {self.squares.shape}."
            )

    @classmethod
    def from_codes(
        cls, codes: IntArray, events: IntArray, weights: FloatArray | None = None, *, n_bins: int
    ) -> ContingencyTable:
        """Count rows by bin code, each in [0, n_bins), and event (0 or 1).

        Raises
        ------
        InputError
            If a code or an event is out of its range.
        """
        codes, events = (np.require(x, np.int64, ["C", "W"]) for x in (codes, events))
        _check_range(codes, n_bins, "codes")
        _check_range(events, 2, "events")
        if weights is None:
            counts = count_by_class(codes, events, n_bins)
            return cls(counts, counts)
        weights = np.require(weights, np.float64, ["C", "W"])
        counts = weighted_count_by_class(codes, events, weights, n_bins)
        return cls(counts, weighted_count_by_class(codes, events, np.square(weights), n_bins))

    def __add__(self, other: ContingencyTable) -> ContingencyTable:
        if not isinstance(other, ContingencyTable):
            return NotImplemented
        if self.counts.shape != other.counts.shape:
            raise InputError(f"Tables must have the same bins to be added; they have {len(self)} and {len(other)}.")
        return ContingencyTable(self.counts + other.counts, self.squares + other.squares)

    def __len__(self) -> int:
        return self.counts.shape[0]

    @property
    def totals(self) -> FloatArray:
        """(2,) weights of all non-events and of all events."""
        return self.counts.sum(axis=0)

    @property
    def rows(self) -> float:
        """Effective rows GB / (G + B), at most those of the smaller column; with weights, G is (sum w)^2 / sum w^2."""
        return float(1.0 / (self.squares.sum(axis=0) / np.square(self.totals)).sum())

    @property
    def weighted(self) -> bool:
        """Whether any weight differs from 1."""
        return not np.array_equal(self.counts, self.squares)

    def merge(self, groups: IntArray, n_groups: int) -> ContingencyTable:
        """Return the table in which bin j is part of ``groups[j]``."""
        counts, squares = np.zeros((n_groups, 2)), np.zeros((n_groups, 2))
        np.add.at(counts, groups, self.counts)
        np.add.at(squares, groups, self.squares)
        return ContingencyTable(counts, squares)


def _check_range(values: IntArray, stop: int, name: str) -> None:
    # A kernel does not look: a code beyond the table would write into memory that is not its own.
    if values.size and (values.min() < 0 or values.max() >= stop):
        raise InputError(f"{name} must lie in [0, {stop}); they reach from {values.min()} to {values.max()}.")
