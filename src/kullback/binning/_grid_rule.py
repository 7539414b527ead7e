"""Rectangles of two features: the rule that gives a pair of values its own, and their table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._frames import Column, column_of
from kullback._typing import FloatArray, IntArray, ObjectArray
from kullback.binning._rule import BinRule
from kullback.binning._table import BinningTable

__all__ = ["GridRule", "TwoWayTable"]


@dataclass(frozen=True, eq=False)
class GridRule:
    """Rectangles on the grid of two features' pre-bins.

    Attributes
    ----------
    rows, columns : BinRule
        Pre-bins of the first and of the second feature.
    place : (pre-bins of the first, pre-bins of the second) int64 array
        Number of the rectangle of each cell.
    """

    rows: BinRule
    columns: BinRule
    place: IntArray

    kind = "grid"
    groups = ()
    rare = ()

    @property
    def cuts(self) -> FloatArray:
        """No cuts: these are the features'."""
        return np.empty(0)

    @property
    def feature(self) -> str:
        """Names of both features."""
        return f"{self.rows.feature} x {self.columns.feature}"

    @property
    def n_bins(self) -> int:
        """Number of rectangles; also the code of a pair that belongs to none."""
        return int(self.place.max()) + 1

    @property
    def n_regular(self) -> int:
        """Number of rectangles in which both values are regular."""
        return self.roles.count("regular")

    def codes(self, pair: tuple[Column, Column]) -> IntArray:
        """Return the (rows,) rectangle of each pair of values; `n_bins` where a value has no pre-bin."""
        lookup = np.full((self.rows.n_bins + 1, self.columns.n_bins + 1), self.n_bins, dtype=np.int64)
        lookup[:-1, :-1] = self.place
        return lookup[self.rows.codes(pair[0]), self.columns.codes(pair[1])]

    @property
    def spans(self) -> IntArray:
        """(rectangles, 4) first and last row, first and last column of each."""
        found = [np.argwhere(self.place == j) for j in range(self.n_bins)]
        return np.array([[*cells.min(axis=0), *cells.max(axis=0)] for cells in found])[:, [0, 2, 1, 3]]

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the values of the first feature in each rectangle, and of the second."""
        spans = self.spans
        return (
            tuple(_side(self.rows, first, last) for first, last in spans[:, :2]),
            tuple(_side(self.columns, first, last) for first, last in spans[:, 2:]),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rectangles."""
        return tuple(f"{a} & {b}" for a, b in zip(*self.sides, strict=True))

    @property
    def roles(self) -> tuple[str, ...]:
        """Of each rectangle: "missing" or "special" where one of its values is so, else "regular"."""
        firsts = self.spans[:, [0, 2]]
        pairs = ({self.rows.roles[i], self.columns.roles[j]} for i, j in firsts)
        return tuple(next(role for role in ("missing", "special", "regular") if role in pair) for pair in pairs)


def _side(rule: BinRule, first: int, last: int) -> str:
    """Write the values of a run of pre-bins."""
    if first == 0 and last == rule.n_regular - 1:
        return "any value"
    if first >= rule.n_regular:
        return rule.labels[first]
    item = np.arange(rule.n_regular)
    _, runs = np.unique((item >= first).astype(np.int64) + (item > last), return_inverse=True)
    return rule.merge(runs).labels[runs[first]]


@dataclass(frozen=True, eq=False, repr=False)
class TwoWayTable(BinningTable):
    """Rectangles of two features with their counts and weights of evidence: a :class:`BinningTable` of pairs.

    Attributes
    ----------
    rule : GridRule
        Gives a pair of values its rectangle; its `rows` and `columns` are the pre-bins of the features, its `place` has
        the number of the rectangle of each cell of their grid.
    contingency : ContingencyTable
        (rectangles, 2) counts, first the non-events.
    trend : str
        "none".
    violations : tuple of str
        None.
    """

    rule: GridRule  # type: ignore[assignment]

    def lookup(self, values: Any) -> ObjectArray:
        """Return the (rows,) name of the rectangle of each pair; "unknown" where it has none.

        Parameters
        ----------
        values : pair of (rows,) array-likes or series
            Values of the first and of the second feature.
        """
        first, second = values
        pair = column_of(first, self.rule.rows.feature), column_of(second, self.rule.columns.feature)
        return np.array([*self.labels, "unknown"], dtype=object)[self.rule.codes(pair)]

    def to_frame(self) -> Any:
        """Return a pandas dataframe, a row a rectangle, with a column for the values of each feature."""
        frame = super().to_frame().drop(columns="bin")
        first, second = self.rule.sides
        frame.insert(0, str(self.rule.rows.feature), first)
        frame.insert(1, str(self.rule.columns.feature), second)
        return frame
