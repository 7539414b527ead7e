"""Tests by the normal and the chi-square law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from kullback._typing import FloatArray
from kullback.exceptions import InputError

__all__ = ["Alternative", "TestResult", "joint_test", "normal_pvalue"]

Alternative = Literal["two-sided", "less", "greater"]

LEAST_EIGENVALUE = 1e-11
"""Of a correlation matrix, over the greatest: sums over a million rows leave rounding of 1e-13."""
LEAST_GAP = 1e-4
"""In standard errors: a direction counted as without variance may have one of 3e-6."""
ROUNDING = 1e-9
"""Of the greatest gap in standard errors."""


@dataclass(frozen=True)
class TestResult:
    """Result of a test.

    Attributes
    ----------
    statistic : (k,) or scalar array
    pvalue : (k,) or scalar array
    df : (k,) array or None
        Degrees of freedom where the law has any.
    null : (k,) array
    alternative : str
    method : str
        Law that the p-value comes from.
    """

    __test__ = False  # not a test case, whatever its name looks like to a test collector

    statistic: FloatArray
    pvalue: FloatArray
    df: FloatArray | None
    null: FloatArray
    alternative: str
    method: str


def normal_pvalue(z: FloatArray, alternative: str) -> FloatArray:
    """Return P(a standard normal at least as far out as z)."""
    if alternative == "two-sided":
        return 2 * special.ndtr(-np.abs(z))
    if alternative == "greater":
        return special.ndtr(-z)
    if alternative == "less":
        return special.ndtr(z)
    raise InputError(f'alternative must be "two-sided", "less" or "greater"; {alternative!r} came.')


def joint_test(value: FloatArray, null: FloatArray, covariance: FloatArray, most: int | None = None) -> TestResult:
    """Test ``value == null`` by the chi-square law with the covariance's rank as degrees of freedom.

    Parameters
    ----------
    value, null : (k,) array
    covariance : (k, k) array
    most : int, optional
        Rank of the covariance under the null, where it is less than that of the estimated one: as many
        directions of greatest variance are tested.
    """
    gap, error = value - null, np.sqrt(np.diag(covariance))
    free = error > 0
    if not free.any():
        raise InputError("A Wald test needs a standard error above zero; all are zero here.")
    # Correlations: of statistics on scales of 1 and 1e-8 none is lost as rounding of the other.
    eigenvalues, vectors = np.linalg.eigh(covariance[np.ix_(free, free)] / np.outer(error[free], error[free]))
    z = gap[free] / error[free]
    along = vectors.T @ z
    kept = eigenvalues > LEAST_EIGENVALUE * eigenvalues[-1]
    beyond = np.abs(along[~kept]) > LEAST_GAP + ROUNDING * np.abs(z).max()
    certain = (gap[~free] != 0).any() or beyond.any()
    if most is not None:
        kept[: max(kept.size - most, 0)] = False
    rank = int(kept.sum())
    statistic = np.asarray(np.inf if certain else (along[kept] ** 2 / eigenvalues[kept]).sum())
    pvalue = np.asarray(special.chdtrc(rank, statistic))
    return TestResult(statistic, pvalue, np.asarray(float(rank)), np.array(null), "two-sided", "chi-square (Wald)")
