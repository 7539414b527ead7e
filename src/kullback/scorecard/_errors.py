"""Errors of a scorecard's coefficients and log-odds: weights of evidence and coefficients come from the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from kullback._typing import FloatArray, IntArray
from kullback.binning import BinningTable
from kullback.inference import HALF, TwoSamples
from kullback.scorecard._logistic import LogisticFit

__all__ = ["TwoStepErrors", "two_step_errors"]

BLOCK = 8192
"""Rows whose influence values are in memory at a time."""


@dataclass(frozen=True, eq=False)
class TwoStepErrors:
    """Errors of both steps together, the bins given.

    Attributes
    ----------
    covariance : (1 + m, 1 + m) array
        Of the coefficients, first the intercept.
    log_odds : list of m (bins,) arrays
        Standard errors of b_f WoE_fj + b_0 / m.
    """

    covariance: FloatArray
    log_odds: list[FloatArray]


@dataclass(frozen=True, eq=False)
class _Feature:
    """A feature of the model, as its influence needs it; cells are its bins, first with the non-events.

    Attributes
    ----------
    woe : (bins,) array
    unit : (2 bins, bins) array
        Influence of a unit in each cell on the weights of evidence.
    squares : (2 bins,) array
        Sum of the squared weights of the units in each cell, with the half that was added where one is empty.
    added : (2 bins,) array
        Of these, what was added.
    cell : (rows,) array
        Cell of each row.
    """

    woe: FloatArray
    unit: FloatArray
    squares: FloatArray
    added: FloatArray
    cell: IntArray

    @classmethod
    def of(cls, table: BinningTable, codes: IntArray, events: IntArray) -> _Feature:
        samples = TwoSamples.from_table(table.contingency)
        n_bins, filled = table.count.size, np.flatnonzero(table.count > 0)
        cells = np.concatenate([filled, n_bins + filled])
        unit, squares, added = np.zeros((2 * n_bins, n_bins)), np.zeros(2 * n_bins), np.zeros(2 * n_bins)
        unit[np.ix_(cells, filled)] = samples.log_ratio_influence(centred=True)
        squares[cells] = samples.multiplicity
        added[cells] = HALF * samples.was_smoothed
        known = np.where(codes < n_bins, codes, 0)  # a value without a bin is in a row without weight
        return cls(table.woe, unit, squares, added, (known + n_bins * events).astype(np.int32))

    def sums(self, rows: slice, values: FloatArray) -> FloatArray:
        """Return the (2 bins,) sums of the values of some rows."""
        return np.bincount(self.cell[rows], values, minlength=self.squares.size).astype(np.float64, copy=False)


def two_step_errors(
    fit: LogisticFit,
    design: FloatArray,
    tables: Iterable[BinningTable],
    codes: Iterable[IntArray],
    events: IntArray,
    weights: FloatArray | None,
) -> TwoStepErrors:
    """Return the errors that rows make in the coefficients and in the log-odds of bins, whichever way they take.

    A row moves the weights of evidence of its bins, and the coefficients both by its own score and by those weights.
    With H the bread of the regression, s_i = x_i (y_i - p_i) and C the derivative of sum s by the weights of evidence,
    its influence on the coefficients is psi_b = H (s_i + C psi_w), psi_w that on the weights of evidence, and on a
    bin's log-odds w psi_b + b psi_w + psi_0 / m. Variances are sums of their squares. To take the weights of evidence
    as given leaves C out, and makes the errors of coefficients too large: with one feature b is -1 whatever the rows.

    Parameters
    ----------
    fit : LogisticFit
    design : (rows, m) array
        Weights of evidence of each row.
    tables : iterable of m BinningTable
    codes : iterable of m (rows,) int64
        Bin of each row.
    events : (rows,) int64
    weights : (rows,) array or None

    Returns
    -------
    TwoStepErrors

    References
    ----------
    Murphy and Topel (1985), J. Business and Economic Statistics 3, 370-379, for two-step estimates.
    """
    features = [_Feature.of(table, code, events) for table, code in zip(tables, codes, strict=True)]
    used = np.ones(events.size) if weights is None else weights
    constant = np.column_stack([np.ones(events.size), design])
    probability = special.expit(constant @ fit.coefficients)
    residual = events - probability
    precision = used * probability * (1 - probability)
    # What a unit in each cell does to the coefficients through the weights of evidence.
    through = [
        feature.unit @ _score_by_weight(feature, constant, used * residual, precision, fit, position).T @ fit.bread
        for position, feature in enumerate(features, start=1)
    ]
    covariance, moved = _sums_of_squares(features, through, constant, residual, used, fit.bread)
    log_odds = [
        _log_odds_errors(feature, sums, covariance, fit, position)
        for position, (feature, sums) in enumerate(zip(features, moved, strict=True), start=1)
    ]
    return TwoStepErrors(covariance, log_odds)


def _sums_of_squares(
    features: list[_Feature],
    through: list[FloatArray],
    constant: FloatArray,
    residual: FloatArray,
    used: FloatArray,
    bread: FloatArray,
) -> tuple[FloatArray, list[FloatArray]]:
    """Return sum w^2 psi_b psi_b', and of each feature the (2, 2 bins) sums of w^2 psi_0 and w^2 psi_b by cell."""
    covariance, moved = np.zeros_like(bread), [np.zeros((2, feature.squares.size)) for feature in features]
    for start in range(0, residual.size, BLOCK):
        rows = slice(start, start + BLOCK)
        influence = (constant[rows] * residual[rows, None]) @ bread
        for feature, direction in zip(features, through, strict=True):
            influence += direction[feature.cell[rows]]
        influence *= used[rows, None]
        covariance += influence.T @ influence
        for column, (feature, sums) in enumerate(zip(features, moved, strict=True), start=1):
            sums[0] += feature.sums(rows, used[rows] * influence[:, 0])
            sums[1] += feature.sums(rows, used[rows] * influence[:, column])
    for column, (feature, direction) in enumerate(zip(features, through, strict=True), start=1):
        by_added = feature.added[:, None] * direction  # what was added are units too
        covariance += by_added.T @ direction
        moved[column - 1] += by_added[:, [0, column]].T
    return covariance, moved


def _score_by_weight(
    feature: _Feature,
    constant: FloatArray,
    residual: FloatArray,
    precision: FloatArray,
    fit: LogisticFit,
    position: int,
) -> FloatArray:
    """Return the (1 + m, bins) derivative of the sum of scores by the feature's weights of evidence."""
    n_bins = feature.woe.size
    bins = feature.cell % n_bins
    columns = [np.bincount(bins, precision * x, minlength=n_bins) for x in constant.T]
    derivative = -fit.coefficients[position] * np.array(columns)
    derivative[position] += np.bincount(bins, residual, minlength=n_bins)
    return derivative


def _log_odds_errors(
    feature: _Feature, moved: FloatArray, covariance: FloatArray, fit: LogisticFit, position: int
) -> FloatArray:
    """Return the (bins,) roots of the sums of squares of w psi_b + b psi_w + psi_0 / m."""
    m, own, woe = fit.coefficients.size - 1, fit.coefficients[position], feature.woe
    by_coefficients = np.column_stack([np.full(woe.size, 1 / m), woe])
    ways = covariance[np.ix_([0, position], [0, position])]
    variance = ((by_coefficients @ ways) * by_coefficients).sum(axis=1)
    variance += 2 * own * (by_coefficients * (moved @ feature.unit).T).sum(axis=1)
    variance += own**2 * (feature.squares @ np.square(feature.unit))
    return np.sqrt(variance)
