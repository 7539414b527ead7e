"""The test of one law for both columns of a table, with sampling weights."""

from __future__ import annotations

import numpy as np
from scipy import stats

from kullback.information import ContingencyTable

__all__ = ["no_divergence"]


def no_divergence(*tables: ContingencyTable) -> float:
    """Return the p-value of one law for both columns: Pearson's, with weights corrected by Rao and Scott.

    Of several tables, strata with laws of their own, the statistics are summed. It is finite with empty cells, and 1
    for a single bin. Sampling weights give Pearson's statistic the law of a weighted sum of chi-squares, whose weights
    are the eigenvalues of the shares' covariance by that without weights; two moments of it are kept (Satterthwaite).

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
    counts, squares = table.counts[seen], table.squares[seen]
    scale = squares.sum(axis=0) / np.square(counts.sum(axis=0))
    drawn = scale > 0  # a known population has no errors, and is the law itself
    rows = np.divide(1.0, scale, out=np.zeros(2), where=drawn)
    p, q = shares = (counts / counts.sum(axis=0)).T
    pooled = np.average(shares, axis=0, weights=rows if drawn.all() else ~drawn)
    of_squares, of_rows = squares[:, drawn] / squares[:, drawn].sum(axis=0) @ rows[drawn], shares[drawn].T @ rows[drawn]
    spread = pooled * np.divide(of_squares, of_rows, out=np.ones_like(pooled), where=of_rows > 0)
    spread /= spread.sum()
    covariance = np.diag(spread) - np.outer(spread, pooled) - np.outer(pooled, spread) + np.outer(pooled, pooled)
    eigenvalues = np.linalg.eigvalsh(covariance / np.sqrt(np.outer(pooled, pooled)))
    statistic = (np.square(p - q) / pooled).sum() / scale.sum()
    return float(statistic), float(eigenvalues.sum()), float(np.square(eigenvalues).sum())
