"""Limits and p-values from the non-central chi-square law."""

from __future__ import annotations

import numpy as np
from scipy import special

from kullback._typing import FloatArray

__all__ = ["noncentral_cdf", "noncentrality_interval"]

_LARGE = 3000.0
"""Above this statistic scipy's series are slow, and the root of the law, less df - 1, is normal: all but
exactly with one degree of freedom, within .25% of the interval's width with 50."""


_MANY = 100.0
"""The root has the variance of the law only where the degrees of freedom are few beside the statistic."""


def noncentrality_interval(statistic: FloatArray, df: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Return the non-centralities at which the statistic lies at its upper and lower `tail` quantile.

    Parameters
    ----------
    statistic : (k,) array, not negative
    df : (k,) array, positive
    tail : float
        Probability left out on each side.

    Returns
    -------
    lower, upper : (k,) arrays
        Solutions of F(statistic; df, lower) = 1 - tail and F(statistic; df, upper) = tail; 0 where the
        statistic is below the central law's quantile.
    """
    statistic, df = np.broadcast_arrays(np.asarray(statistic, float), np.asarray(df, float))
    z = special.ndtri(1 - tail)
    root = _root(statistic, df)
    lower, upper = np.square(np.maximum(root - z, 0.0)), np.square(root + z)
    exact = (statistic <= _LARGE) | (df > statistic / _MANY)
    x, k = statistic[exact], df[exact]
    lower[exact] = np.where(special.chdtr(k, x) > 1 - tail, _solve(x, k, 1 - tail), 0.0)
    upper[exact] = np.where(special.chdtr(k, x) > tail, _solve(x, k, tail), 0.0)
    return lower, upper


def _solve(x: FloatArray, df: FloatArray, probability: float) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.asarray(special.chndtrinc(x, df, probability))


def noncentral_cdf(statistic: FloatArray, df: FloatArray, noncentrality: FloatArray) -> FloatArray:
    """Return F(statistic; df, noncentrality), elementwise; by the normal law of the root far out."""
    x, k, nc = np.broadcast_arrays(
        np.asarray(statistic, float), np.asarray(df, float), np.asarray(noncentrality, float)
    )
    far = (np.maximum(x, nc) > _LARGE) & (k <= np.maximum(x, nc) / _MANY)
    with np.errstate(all="ignore"):
        value = special.ndtr(_root(x, k) - np.sqrt(nc))
        value[~far] = special.chndtr(x[~far], k[~far], nc[~far])
    return np.asarray(value)


def _root(statistic: FloatArray, df: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(statistic - (df - 1.0), 0.0))
