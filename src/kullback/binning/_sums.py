"""Sums over the rows of each bin, for targets of several classes, numbers and counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback._typing import FloatArray, IntArray

__all__ = ["BinSums"]


@dataclass(frozen=True, eq=False)
class BinSums:
    """Weighted sums by bin, which add up.

    Attributes
    ----------
    counts : (bins, k) array
        Of several classes their weights; of numbers and counts weights, and weighted sums of the target and its square.
    squares : (bins, k) array
        The same with squared weights, for standard errors.
    """

    counts: FloatArray
    squares: FloatArray

    @classmethod
    def of_rows(cls, codes: IntArray, columns: FloatArray, weights: FloatArray | None, n_bins: int) -> BinSums:
        """Sum (k, rows) columns by the code of each row, with weights."""
        counts = _by_code(codes, columns, weights, n_bins)
        return cls(counts, counts if weights is None else _by_code(codes, columns, np.square(weights), n_bins))

    def __len__(self) -> int:
        return self.counts.shape[0]

    @property
    def totals(self) -> FloatArray:
        """(k,) sums over all bins."""
        return self.counts.sum(axis=0)

    @property
    def weighted(self) -> bool:
        """Whether any weight differs from 1."""
        return not np.array_equal(self.counts, self.squares)

    def __add__(self, other: BinSums) -> BinSums:
        return BinSums(self.counts + other.counts, self.squares + other.squares)

    def merge(self, groups: IntArray, n_groups: int) -> BinSums:
        """Return the sums in which bin j is part of ``groups[j]``."""
        counts, squares = np.zeros((n_groups, self.counts.shape[1])), np.zeros((n_groups, self.counts.shape[1]))
        np.add.at(counts, groups, self.counts)
        np.add.at(squares, groups, self.squares)
        return BinSums(counts, squares)


def _by_code(codes: IntArray, columns: FloatArray, weights: FloatArray | None, n_bins: int) -> FloatArray:
    return np.column_stack(
        [np.bincount(codes, column if weights is None else column * weights, n_bins) for column in columns]
    )
