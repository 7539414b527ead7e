"""The test of one law for both columns of a table, with sampling weights."""

from __future__ import annotations

import numpy as np
from scipy import stats

from kullback._typing import FloatArray
from kullback.information import ContingencyTable

__all__ = ["no_divergence", "null_eigenvalues"]


def no_divergence(*tables: ContingencyTable) -> float:
    """Return the p-value of one law for both columns: Pearson's, with weights corrected by Rao and Scott.

    Of several tables, strata with laws of their own, the statistics are summed. It is finite with empty cells, and 1
    for a single bin. Sampling weights give Pearson's statistic the law of a weighted sum of chi-squares, of which two
    moments are kept (Satterthwaite).

    References
    ----------
    Rao and Scott (1984), Annals of Statistics 12, 46-60.
    """
    statistic, total, squared = np.sum([_pearson(table) for table in tables], axis=0) if tables else (0.0, 0.0, 0.0)
    if total == 0:
        return 1.0
    ratio = total / squared
    return float(stats.chi2.sf(statistic * ratio, total * ratio))


def _pearson(table: ContingencyTable) -> tuple[float, float, float]:
    """Return Pearson's statistic, and the sums of its law's weights and of their squares: J - 1 without weights."""
    seen = table.counts.sum(axis=1) > 0
    if seen.sum() < 2:
        return 0.0, 0.0, 0.0
    if not table.weighted:
        found = stats.chi2_contingency(table.counts[seen], correction=False)
        return float(found.statistic), float(found.dof), float(found.dof)
    p, q = (table.counts[seen] / table.totals).T
    statistic = (np.square(p - q) / _pooled(table)[seen]).sum() * table.rows
    eigenvalues = null_eigenvalues(table)
    return float(statistic), float(eigenvalues.sum()), float(np.square(eigenvalues).sum())


def null_eigenvalues(table: ContingencyTable) -> FloatArray:
    """Return the weights of the squared normals whose law a table's divergence has at zero.

    They are the eigenvalues of the shares' covariance by that without weights, and in units of 1/G + 1/B: as many ones
    as bins less one where weights do not vary in a class.
    """
    seen = table.counts.sum(axis=1) > 0
    counts, squares = table.counts[seen], table.squares[seen]
    drawn = squares.any(axis=0)  # a known population has no errors, and is the law itself
    rows = _effective(table)[drawn]
    shares, pooled = (counts / counts.sum(axis=0)).T, _pooled(table)[seen]
    of_squares, of_rows = squares[:, drawn] / squares[:, drawn].sum(axis=0) @ rows, shares[drawn].T @ rows
    spread = pooled * np.divide(of_squares, of_rows, out=np.ones_like(pooled), where=of_rows > 0)
    spread /= spread.sum()
    covariance = np.diag(spread) - np.outer(spread, pooled) - np.outer(pooled, spread) + np.outer(pooled, pooled)
    return np.asarray(np.linalg.eigvalsh(covariance / np.sqrt(np.outer(pooled, pooled))))


def _effective(table: ContingencyTable) -> FloatArray:
    """Return (2,) rows of equal weight that carry as much as each column; 0 for a known population."""
    squares = table.squares.sum(axis=0)
    return np.divide(np.square(table.totals), squares, out=np.zeros(2), where=squares > 0)


def _pooled(table: ContingencyTable) -> FloatArray:
    rows = _effective(table)
    return np.average(table.counts / table.totals, axis=1, weights=rows if rows.all() else rows == 0)
