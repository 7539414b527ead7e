"""Standard errors of a scorecard's log-odds: weights of evidence and coefficients come from the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._typing import FloatArray, IntArray
from kullback.binning import BinningTable
from kullback.inference import HALF, TwoSamples
from kullback.scorecard._logistic import LogisticFit

__all__ = ["log_odds_errors"]

BLOCK = 8192
"""Rows whose influence values are in memory at a time."""


@dataclass(frozen=True, eq=False)
class _Feature:
    """A feature of the model, as its influence needs it.

    Attributes
    ----------
    woe : (bins,) array
    unit : (2 bins, bins) array
        Influence of a unit in each cell on the weights of evidence, first the non-events' cells.
    cell : (rows,) int64
        Cell of each row.
    smoothed : bool
    """

    woe: FloatArray
    unit: FloatArray
    cell: IntArray
    smoothed: bool

    @classmethod
    def of(cls, table: BinningTable, codes: IntArray, events: IntArray) -> _Feature:
        samples = TwoSamples.from_table(table.contingency)
        n_bins, filled = table.count.size, np.flatnonzero(table.count > 0)
        unit = np.zeros((2, n_bins, n_bins))
        unit[:, filled[:, None], filled] = samples.log_ratio_influence(centred=True).reshape(2, filled.size, -1)
        known = np.where(codes < n_bins, codes, 0)  # a value without a bin is in a row without weight
        return cls(table.woe, unit.reshape(2 * n_bins, n_bins), known + n_bins * events, samples.was_smoothed)


def log_odds_errors(
    fit: LogisticFit,
    design: FloatArray,
    tables: list[BinningTable],
    codes: list[IntArray],
    events: IntArray,
    weights: FloatArray | None,
) -> list[FloatArray]:
    """Return, for each feature, the (bins,) standard errors of b_f WoE_fj + b_0 / m.

    A row moves the weights of evidence of its bins, and the coefficients both by its own score and by those weights.
    With H the bread of the regression, s_i = x_i (y_i - p_i) and C the derivative of sum s by the weights of evidence,
    its influence on the coefficients is H (s_i + C psi_i), psi_i that on the weights of evidence; the errors are the
    roots of the sums of squares of w psi_b + b psi_w + psi_0 / m. Adding the two variances instead would count twice
    what the coefficients give back: with one feature b is -1 whatever the rows are.

    Parameters
    ----------
    fit : LogisticFit
    design : (rows, m) array
        Weights of evidence of each row.
    tables : list of m BinningTable
    codes : list of m (rows,) int64
        Bin of each row.
    events : (rows,) int64
    weights : (rows,) array or None

    Returns
    -------
    list of m (bins,) arrays

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
    # What a unit in each cell does to the coefficients through the weights of evidence, before the bread.
    through = [
        feature.unit @ _score_by_weight(feature, constant, used * residual, precision, fit, position).T
        for position, feature in enumerate(features, start=1)
    ]
    variance = [np.zeros(feature.woe.size) for feature in features]
    for start in range(0, events.size, BLOCK):
        rows = slice(start, start + BLOCK)
        score = constant[rows] * residual[rows, None]
        for feature, direction in zip(features, through, strict=True):
            score += direction[feature.cell[rows]]
        on_coefficients = score @ fit.bread.T
        for position, feature in enumerate(features):
            own = feature.unit[feature.cell[rows]]
            _add_squares(variance, features, fit, on_coefficients, used[rows], position, own)
    for position, (feature, direction) in enumerate(zip(features, through, strict=True)):
        if feature.smoothed:  # the half added to each cell is a unit of its own
            halves = np.full(direction.shape[0], np.sqrt(HALF))
            for other in range(len(features)):
                own = feature.unit if other == position else np.zeros((direction.shape[0], features[other].woe.size))
                _add_squares(variance, features, fit, direction @ fit.bread.T, halves, other, own)
    return [np.sqrt(v) for v in variance]


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


def _add_squares(
    variance: list[FloatArray],
    features: list[_Feature],
    fit: LogisticFit,
    on_coefficients: FloatArray,
    weight: FloatArray,
    position: int,
    own: Any,
) -> None:
    """Add the squared influence of some units on the log-odds of one feature's bins."""
    influence = on_coefficients[:, [1 + position]] * features[position].woe + on_coefficients[:, [0]] / len(features)
    influence += fit.coefficients[1 + position] * own
    variance[position] += np.square(influence * weight[:, None]).sum(axis=0)
