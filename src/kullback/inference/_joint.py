"""The covariance between the tables of one set of units, under the hypothesis that none of them diverges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kullback._checks import check_labels
from kullback._typing import ArrayLike, FloatArray, IntArray
from kullback.inference._multinomial import HALF, TwoSamples
from kullback.inference._quadratic import weighted_chi_square_sf
from kullback.information import ContingencyTable

__all__ = ["JointGaps", "TableRows"]

ROUNDING = 1e-6
"""Of the eigenvalues' sum: roots of directions without variance are some 1e-8."""


@dataclass(frozen=True, eq=False)
class TableRows:
    """Rows of one table, each in a unit that tables share.

    Attributes
    ----------
    codes, events, units : (rows,) int64
        Bin, class (0 or 1) and unit of each row; a unit is a row or a cluster of rows.
    weights : (rows,) array
    """

    codes: IntArray
    events: IntArray
    units: IntArray
    weights: FloatArray

    @classmethod
    def of(
        cls, codes: IntArray, events: IntArray, weights: FloatArray | None = None, clusters: ArrayLike | None = None
    ) -> TableRows:
        """Return rows that are units of their own, or in clusters."""
        units: IntArray = np.arange(events.size)
        if clusters is not None:
            units = np.unique(check_labels(clusters, "clusters"), return_inverse=True)[1].astype(np.int64)
        return cls(codes, events, units, np.ones(events.size) if weights is None else weights)

    def table(self) -> ContingencyTable:
        """Return the counts."""
        return ContingencyTable.from_codes(
            self.codes, self.events, self.weights, n_bins=int(self.codes.max(initial=-1)) + 1
        )


@dataclass(frozen=True, eq=False)
class JointGaps:
    """Differences of shares between both classes of some tables, each over the root of the pooled share.

    Near zero a Jeffreys divergence is the sum of their squares, so that their covariance gives the law of all sums and
    differences of divergences there, where influence values vanish.

    Attributes
    ----------
    value : (cells,) array
    covariance : (cells, cells) array
    table : (cells,) int64
        Which table each belongs to.
    """

    value: FloatArray
    covariance: FloatArray
    table: IntArray

    @classmethod
    def from_rows(cls, tables: Sequence[TableRows]) -> JointGaps:
        """Return the gaps of tables whose units may be the same; empty bins are left out."""
        n_units = 1 + max(int(rows.units.max(initial=-1)) for rows in tables)
        values, influences, halves = [], [], []
        for rows in tables:
            table = rows.table()
            samples = TwoSamples.from_table(table)
            gaps, by_cell = _whitened(samples)
            seen = table.counts.sum(axis=1) > 0
            used = seen[rows.codes]
            cell = (np.cumsum(seen) - 1)[rows.codes] + rows.events * gaps.size
            shape = (n_units, 2 * gaps.size)
            counted = sparse.coo_array((rows.weights[used], (rows.units[used], cell[used])), shape=shape).tocsr()
            values.append(gaps)
            influences.append(counted @ sparse.csr_array(by_cell))
            halves.append(HALF * samples.was_smoothed * by_cell.T @ by_cell)
        joint = sparse.hstack(influences, format="csr")
        covariance = (joint.T @ joint).toarray()
        start = 0
        for half in halves:  # a half added to each cell is a unit of its own
            covariance[start : start + len(half), start : start + len(half)] += half
            start += len(half)
        return cls(np.concatenate(values), covariance, np.repeat(np.arange(len(values)), [v.size for v in values]))

    def pvalue(self) -> float:
        """Return the p-value of no divergence in any table: Pearson's, summed over tables, with its exact law.

        References
        ----------
        Rao and Scott (1984), Annals of Statistics 12, 46-60.
        """
        weights = self.eigenvalues(np.ones(int(self.table.max(initial=-1)) + 1))
        return weighted_chi_square_sf(float(np.square(self.value).sum()), weights) if weights.size else 1.0

    def between(self) -> FloatArray:
        """Return the (tables, tables) covariance of the divergences where all are zero."""
        starts = np.flatnonzero(np.diff(self.table, prepend=-1))
        return 2 * np.add.reduceat(np.add.reduceat(np.square(self.covariance), starts, axis=0), starts, axis=1)

    def eigenvalues(self, coefficients: FloatArray) -> FloatArray:
        """Return the weights of the squared normals whose law a combination of the divergences has where all are zero.

        Parameters
        ----------
        coefficients : (tables,) array
        """
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        found = np.linalg.eigvalsh((root.T * coefficients[self.table]) @ root)
        return found[np.abs(found) > ROUNDING * values.sum()]


def _whitened(samples: TwoSamples) -> tuple[FloatArray, FloatArray]:
    """Return the gaps of a table and the (2 bins, bins) influence of a unit in each cell on them.

    Units count as often as their cells would hold them if both classes had the pooled law, which makes the sum of
    squares of one table without weights Pearson's.
    """
    shares = np.stack(samples.shares)
    pooled = (1 / samples.unit_scale) @ shares / (1 / samples.unit_scale).sum()
    own = (np.eye(pooled.size) - pooled) / np.sqrt(pooled)
    often = np.sqrt(pooled / shares) / samples.totals[:, None]
    return (shares[0] - shares[1]) / np.sqrt(pooled), np.vstack([own * often[0][:, None], -own * often[1][:, None]])
