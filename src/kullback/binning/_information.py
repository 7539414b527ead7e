"""Information values of all features, with the covariance between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.binning._fit import FeatureFit
from kullback.binning._table import BinningTable
from kullback.inference import HALF, InformationEstimate, TwoSamples, covariance_root
from kullback.information import get_divergence
from kullback.metrics import null_eigenvalues

__all__ = ["cross_fitted_information"]

BLOCK = 8192
"""Rows whose influence values are in memory at a time."""


def cross_fitted_information(
    fits: list[FeatureFit], codes: list[Any], events: IntArray, weights: FloatArray | None
) -> InformationEstimate:
    """Return the cross-fitted values with the covariance of the full-gradient influence on the chosen bins.

    Parameters
    ----------
    fits : list of FeatureFit
    codes : list of (rows,) arrays
        Bin of each row, a feature an array.
    events : (rows,) int64
    weights : (rows,) array or None
    """
    samples = [TwoSamples.from_table(fit.table.contingency) for fit in fits]
    jeffreys = get_divergence("jeffreys")
    cells = [
        _cells(fit.table, sample.divergence_influence(jeffreys)) for fit, sample in zip(fits, samples, strict=True)
    ]
    covariance = np.zeros((len(fits), len(fits)))
    for start in range(0, events.size, BLOCK):
        rows = slice(start, start + BLOCK)
        psi = np.empty((len(fits), events[rows].size))
        for row, cell, code in zip(psi, cells, codes, strict=True):
            np.take(cell, code[rows] + events[rows] * (cell.size // 2), out=row)
        if weights is not None:
            psi *= weights[rows]
        covariance += psi @ psi.T
    halves = [HALF * np.square(cell).sum() if s.was_smoothed else 0.0 for s, cell in zip(samples, cells, strict=True)]
    covariance += np.diag(halves)  # the half added to each cell of a table with an empty one is a unit of its own
    in_sample = np.array([jeffreys.terms(*sample.shares).sum() for sample in samples])
    null_scale = np.array([sample.null_scale for sample in samples])
    value = np.array([fit.cross_fitted.value for fit in fits])
    df = np.maximum([fit.cross_fitted.df * _spread(fit.table) for fit in fits], 1.0)
    scale, factor = _out_of_sample(value, df, in_sample, np.diag(covariance), null_scale)
    several = np.array([sample.counts.shape[0] > 1 for sample in samples])  # one bin says nothing, exactly
    return InformationEstimate(
        np.where(several, value, 0.0),
        covariance_root(covariance * np.outer(factor, factor)),
        df=np.where(several, df, 0.0),
        null_scale=scale,
        bias=0.0,
        smoothed=[sample.was_smoothed for sample in samples],
        method="crossfit",
        names=[str(fit.table.feature) for fit in fits],
        target="information value of the chosen bins in the population (cross-fitted)",
    )


def _spread(table: BinningTable) -> float:
    """Return the variance at zero over that of weights that do not vary in a class."""
    if not table.contingency.weighted or (table.count > 0).sum() < 2:
        return 1.0
    return float(np.square(null_eigenvalues(table.contingency)).sum() / ((table.count > 0).sum() - 1))


def _out_of_sample(
    value: FloatArray, df: FloatArray, in_sample: FloatArray, variance: FloatArray, null_scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the scale c of each value's law, and the factor of its standard error.

    Bins chosen on these rows look further apart than they are, and errors grow with the divergence. The scale goes
    from 1/G + 1/B at zero to SE^2 / (4 IV) of the table at its own IV; it is taken, and the error 4 c IV with it, at
    value + df c, whose statistic is the value's.
    """
    own = np.divide(variance, 4 * in_sample, out=np.zeros_like(value), where=in_sample > 0)
    own = np.where(own > 0, own, null_scale)
    at = np.minimum(np.maximum(value, 0.0) + df * null_scale, in_sample)
    part = np.divide(at, in_sample, out=np.ones_like(value), where=in_sample > 0)
    scale = null_scale + part * (own - null_scale)
    return scale, np.sqrt(part * scale / own)


def _cells(table: BinningTable, influence: FloatArray) -> FloatArray:
    """Return (2 bins,) influence of a unit in each cell, with room for the bins that hold no row."""
    cells = np.zeros((2, table.rule.n_bins))
    cells[:, table.count > 0] = influence.reshape(2, -1)
    return cells.ravel()
