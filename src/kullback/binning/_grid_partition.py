"""From counts on a grid to rectangles: gains, constraints, the dynamic program, and what re-runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kullback._core.guillotine import best_guillotine, best_guillotine_totals
from kullback._typing import FloatArray, IntArray
from kullback.binning._criterion import cell_gain
from kullback.binning._partition import Coarsen, Constraints, filled_gain

__all__ = ["GridGrouping", "rectangle_gain"]

Block = tuple[slice, slice]


@dataclass(frozen=True)
class GridGrouping:
    """How the cells of a grid become rectangles, as a function of their counts only.

    It stands where :class:`~kullback.binning._partition.Grouping` does in cross-fitting and the permutation test. The
    cells of regular values are cut into rectangles; the row of a special or missing value is cut by itself, along the
    other feature, and so is each such column.

    Attributes
    ----------
    constraints : Constraints
        On each rectangle; `max_bins` is for each of the parts that are cut by themselves.
    shape : tuple of 2 int
        Items of each feature, special and missing ones last.
    regular : tuple of 2 int
        Items that are neither.
    orders : tuple of 2 callables or None
        Supervised order and merge of the regular items of each feature by their counts; None where they stay.
    """

    constraints: Constraints
    shape: tuple[int, int]
    regular: tuple[int, int]
    orders: tuple[Coarsen | None, Coarsen | None] = (None, None)

    trends: ClassVar[tuple[str, ...]] = ("none",)
    fixed: ClassVar[bool] = False

    @property
    def coarsen(self) -> Coarsen | None:
        """What orders items, if anything does."""
        return self.orders[0] or self.orders[1]

    def choose_many(self, counts: FloatArray, totals: FloatArray) -> tuple[IntArray, FloatArray]:
        """Choose rectangles for many problems.

        Parameters
        ----------
        counts : (problems, cells, 2) array
        totals : (problems, 2) array

        Returns
        -------
        bins : (problems, 1, cells) int64
        gains : (problems, 1) array
        """
        bins = np.empty((counts.shape[0], 1, counts.shape[1]), dtype=np.int64)
        gains = np.empty((counts.shape[0], 1))
        for problem, (cells, total) in enumerate(zip(counts, totals, strict=True)):
            place, gains[problem, 0] = self.choose(cells, total)
            rows, columns = self.positions(cells)
            bins[problem, 0] = place[np.ix_(rows, columns)].ravel()
        return bins, gains

    def choose(self, cells: FloatArray, totals: FloatArray) -> tuple[IntArray, float]:
        """Return the number of the rectangle of each cell of the ordered grid, and the sum of gains."""
        rows, columns = self.positions(cells)
        grid = self._ordered(cells[None], rows, columns)
        place = np.empty(grid.shape[1:3], dtype=np.int64)
        found, total = 0, 0.0
        for block in self._blocks(rows, columns):
            part, gain = self._cut(grid[0][block], totals)
            place[block] = part + found
            found += int(part.max()) + 1
            total += gain
        return place, total

    def _cut(self, grid: FloatArray, totals: FloatArray) -> tuple[IntArray, float]:
        """Return the rectangles of one part of the grid; one where no cut is allowed."""
        gain = rectangle_gain(grid, totals, self.constraints)
        place, total = best_guillotine(gain, grid.shape[0], grid.shape[1], self.constraints.max_bins)
        return place, total if np.isfinite(total) else float(self._single(grid, totals))

    def _single(self, grid: FloatArray, totals: FloatArray) -> FloatArray:
        whole = grid.sum(axis=(-3, -2))
        return filled_gain(whole, totals, self.constraints.criterion)

    def totals_of_gains(self, counts: FloatArray, totals: FloatArray) -> FloatArray:
        """Return the (problems,) best sum of gains of (problems, cells, 2) counts with (problems, 2) totals."""
        if self.coarsen is not None:
            return np.array([self.choose(cells, total)[1] for cells, total in zip(counts, totals, strict=True)])
        rows, columns = self.positions(counts[0])
        grid = self._ordered(counts, rows, columns)
        sums = np.zeros(counts.shape[0])
        for block in self._blocks(rows, columns):
            part = np.ascontiguousarray(grid[:, block[0], block[1]])
            gain = rectangle_gain(part, totals, self.constraints)
            best = best_guillotine_totals(gain, part.shape[1], part.shape[2], self.constraints.max_bins)
            sums += np.where(np.isfinite(best), best, self._single(part, totals))
        return sums

    def positions(self, cells: FloatArray) -> tuple[IntArray, IntArray]:
        """Return the position of each item of both features, given the (cells, 2) counts."""
        grid = cells.reshape(*self.shape, 2)
        return self._along(0, grid.sum(axis=1)), self._along(1, grid.sum(axis=0))

    def _along(self, axis: int, margin: FloatArray) -> IntArray:
        n_regular, order = self.regular[axis], self.orders[axis]
        first = np.arange(n_regular) if order is None else order(margin[:n_regular])
        others = int(first.max(initial=-1)) + 1 + np.arange(self.shape[axis] - n_regular)
        return np.concatenate([first, others]).astype(np.int64)

    def _ordered(self, counts: FloatArray, rows: IntArray, columns: IntArray) -> FloatArray:
        grid = counts.reshape(-1, *self.shape, 2)
        ordered = np.zeros((grid.shape[0], int(rows.max()) + 1, int(columns.max()) + 1, 2))
        place: Any = (slice(None), rows[:, None], columns)
        np.add.at(ordered, place, grid)
        return ordered

    def _blocks(self, rows: IntArray, columns: IntArray) -> Iterator[Block]:
        """Yield the parts that are cut by themselves, the regular one first."""
        for down in self._runs(0, rows):
            for across in self._runs(1, columns):
                yield down, across

    def _runs(self, axis: int, positions: IntArray) -> Iterator[slice]:
        n_regular = int(positions[: self.regular[axis]].max(initial=-1)) + 1
        if n_regular:
            yield slice(0, n_regular)
        for position in range(n_regular, int(positions.max()) + 1):
            yield slice(position, position + 1)


def _triangle(size: int) -> tuple[IntArray, IntArray]:
    """Return the first and the last item of each run, in the kernel's numbering."""
    last, first = np.tril_indices(size)
    return first, last


def rectangle_gain(counts: FloatArray, totals: FloatArray, constraints: Constraints) -> FloatArray:
    """Return the gain of every rectangle of a grid, ``-inf`` where it is too small or too thin.

    Parameters
    ----------
    counts : (..., rows, columns, 2) array
    totals : (..., 2) array
        Of the whole sample.
    constraints : Constraints

    Returns
    -------
    (..., runs of rows, runs of columns) array
        Runs are numbered as :func:`~kullback._core.guillotine.best_guillotine` has them.
    """
    n_rows, n_columns = counts.shape[-3:-1]
    sums = np.zeros((*counts.shape[:-3], n_rows + 1, n_columns + 1, 2))
    sums[..., 1:, 1:, :] = counts.cumsum(axis=-3).cumsum(axis=-2)
    first, last = _triangle(n_rows)
    strips = sums[..., last + 1, :, :] - sums[..., first, :, :]
    first, last = _triangle(n_columns)
    cells = strips[..., last + 1, :] - strips[..., first, :]
    of_classes = np.broadcast_to(totals[..., None, None, :], cells.shape)
    whole = totals.sum(axis=-1)[..., None, None]
    cells[cells < 1e-9 * whole[..., None]] = 0.0  # zero up to rounding
    size = cells.sum(axis=-1)
    expected = size[..., None] * of_classes / whole[..., None]
    thin = (np.maximum(cells, expected) < constraints.min_class - 1e-12 * whole[..., None]).any(axis=-1)
    possible = (size > 0) & (size >= constraints.min_fraction * whole * (1 - 1e-12)) & ~thin
    gain = np.full(size.shape, -np.inf)
    gain[possible] = cell_gain(cells[possible], of_classes[possible], constraints.criterion)
    return gain
