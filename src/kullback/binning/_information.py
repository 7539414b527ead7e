"""What features say of the target, cross-fitted, with the covariance between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._typing import FloatArray
from kullback.binning._class_table import ClassTable
from kullback.binning._fit import FeatureFit
from kullback.binning._number_table import NumberTable
from kullback.binning._table import BinningTable
from kullback.binning._target import Table, Target
from kullback.inference import HALF, InformationEstimate, TwoSamples, covariance_root
from kullback.information import ContingencyTable, get_divergence
from kullback.metrics import null_eigenvalues

__all__ = ["cross_fitted_information"]

BLOCK = 8192
"""Rows whose influence values are in memory at a time."""

TARGETS = {
    "binary": "information value of the chosen bins in the population (cross-fitted)",
    "multiclass": "sum over classes of the chosen bins' information value in the population (cross-fitted)",
    "continuous": "share of the target's variance between the chosen bins in the population (cross-fitted)",
    "count": "divergence of events from exposures over the chosen bins in the population, in nats (cross-fitted)",
}


@dataclass(frozen=True, eq=False)
class _Explained:
    """What a feature's bins explain of the rows that chose them, and how much each row moves it.

    Attributes
    ----------
    value : float
    cells : (k, bins, classes) array
        Influence of a unit of weight: cells[0] + cells[1] y + cells[2] y^2 of a number y, cells[0] of a class.
    null_scale : float
        Scale of the value's law at zero.
    extra : float
        Variance of what was added to empty cells.
    several : bool
        Whether more than one bin has rows: one says nothing, exactly.
    smoothed : bool
    """

    value: float
    cells: FloatArray
    null_scale: float
    several: bool
    extra: float = 0.0
    smoothed: bool = False


def cross_fitted_information(
    fits: list[FeatureFit], codes: list[Any], target: Target, weights: FloatArray | None
) -> InformationEstimate:
    """Return the cross-fitted values with the covariance of the full-gradient influence on the chosen bins.

    Parameters
    ----------
    fits : list of FeatureFit
    codes : list of (rows,) arrays
        Bin of each row, a feature an array.
    target : Target
    weights : (rows,) array or None
    """
    found = [_EXPLAINED[target.kind](fit) for fit in fits]
    covariance = np.zeros((len(fits), len(fits)))
    for start in range(0, len(target), BLOCK):
        rows = slice(start, start + BLOCK)
        labels, values = target.codes[rows], target.values[rows]
        psi = np.stack([_influence(f.cells, code[rows], labels, values) for f, code in zip(found, codes, strict=True)])
        if weights is not None:
            psi *= weights[rows]
        covariance += psi @ psi.T
    covariance += np.diag([f.extra for f in found])
    in_sample = np.array([f.value for f in found])
    null_scale = np.array([f.null_scale for f in found])
    value = np.array([fit.cross_fitted.value for fit in fits])
    df = np.maximum([fit.cross_fitted.df * _spread(fit.table) for fit in fits], 1.0)
    scale, factor = _out_of_sample(value, df, in_sample, np.diag(covariance), null_scale)
    several = np.array([f.several for f in found])
    return InformationEstimate(
        np.where(several, value, 0.0),
        covariance_root(covariance * np.outer(factor, factor)),
        df=np.where(several, df, 0.0),
        null_scale=scale,
        bias=0.0,
        smoothed=[f.smoothed for f in found],
        method="crossfit",
        names=[str(fit.table.feature) for fit in fits],
        target=TARGETS[target.kind],
    )


def _influence(cells: FloatArray, code: Any, labels: Any, values: FloatArray) -> FloatArray:
    psi = np.take(cells[0], code * cells.shape[2] + labels)
    for power, column in enumerate(cells[1:], start=1):
        psi += np.take(column, code) * values**power
    return psi


def _spread(table: Table) -> float:
    """Return the variance at zero over that of weights that do not vary in a class."""
    if not isinstance(table, BinningTable) or not table.contingency.weighted or (table.count > 0).sum() < 2:
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


def _of_two_classes(fit: FeatureFit) -> _Explained:
    table = fit.table
    assert isinstance(table, BinningTable)
    return _two_classes(table.contingency)


def _two_classes(contingency: ContingencyTable) -> _Explained:
    jeffreys = get_divergence("jeffreys")
    sample = TwoSamples.from_table(contingency)
    influence = sample.divergence_influence(jeffreys)
    cells = np.zeros((1, len(contingency), 2))
    cells[0, contingency.counts.sum(axis=1) > 0] = influence.reshape(2, -1).T
    return _Explained(
        float(jeffreys.terms(*sample.shares).sum()),
        cells,
        sample.null_scale,
        sample.counts.shape[0] > 1,
        HALF * float(np.square(influence).sum()) if sample.was_smoothed else 0.0,  # a unit of its own in each cell
        sample.was_smoothed,
    )


def _of_classes(fit: FeatureFit) -> _Explained:
    """Return the sum over classes; a row is of its class in one table, and of all others in the other tables."""
    table = fit.table
    assert isinstance(table, ClassTable)
    n_classes = table.classes.size
    each = [_two_classes(table.against_rest(position)) for position in range(n_classes)]
    rest = np.sum([f.cells[0, :, 0] for f in each], axis=0)
    cells = np.stack([rest - f.cells[0, :, 0] + f.cells[0, :, 1] for f in each], axis=-1)[None]
    return _Explained(
        sum(f.value for f in each),
        cells,
        fit.items.null_scale,
        each[0].several,
        sum(f.extra for f in each),
        any(f.smoothed for f in each),
    )


def _of_numbers(fit: FeatureFit) -> _Explained:
    """Return the ratio B / V: a row moves B by (m_j - m)^2 - B + 2 (m_j - m)(y - m_j), and V by (y - m)^2 - V."""
    table = fit.table
    assert isinstance(table, NumberTable)
    weight, total, squares = table.sums.totals
    mean, filled = total / weight, table.count > 0
    variance = squares / weight - mean**2
    cells = np.zeros((3, filled.size, 1))
    if variance > 0:
        own = np.where(filled, table.relative, mean)
        ratio, step = table.explained, own - mean
        cells[0, :, 0] = step**2 - 2 * step * own - ratio * mean**2
        cells[1, :, 0] = 2 * step + 2 * ratio * mean
        cells[2] = -ratio
        cells /= variance * weight
    return _Explained(table.explained, cells, fit.items.null_scale, int(filled.sum()) > 1)


def _of_counts(fit: FeatureFit) -> _Explained:
    """Return the divergence D of shares of events from those of exposure, r_j their ratio.

    A row with y events moves it by y (ln r_j - D) / Y - (r_j - 1) / W, with Y events and W exposures in all.
    """
    table = fit.table
    assert isinstance(table, NumberTable)
    weight, total, _ = table.sums.totals
    filled = table.count > 0
    cells = np.zeros((2, filled.size, 1))
    if total > 0:
        ratio = np.where(filled, table.relative, total / weight) * weight / total
        cells[0, :, 0] = (1 - ratio) / weight
        cells[1, :, 0] = (np.log(np.where(ratio > 0, ratio, 1.0)) - table.explained) / total  # no event has ratio 0
    return _Explained(table.explained, cells, fit.items.null_scale, int(filled.sum()) > 1)


_EXPLAINED: dict[str, Callable[[FeatureFit], _Explained]] = {
    "binary": _of_two_classes,
    "multiclass": _of_classes,
    "continuous": _of_numbers,
    "count": _of_counts,
}
