"""Tests by the normal and the chi-square law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError

__all__ = ["Adjustment", "Alternative", "TestResult", "adjust_pvalues", "joint_test", "normal_pvalue"]

Alternative = Literal["two-sided", "less", "greater"]

LEAST_EIGENVALUE = 1e-11
"""Of a correlation matrix, over the greatest: sums over a million rows leave rounding of 1e-13."""
LEAST_GAP = 1e-4
"""In standard errors: a direction counted as without variance may have one of 3e-6."""
ROUNDING = 1e-9
"""Of the greatest gap in standard errors."""


Adjustment = Literal["holm", "fdr_bh", "fdr_by"]


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

    def adjusted(self, method: Adjustment = "holm") -> FloatArray:
        """Return p-values adjusted for there being several of them.

        Parameters
        ----------
        method : {"holm", "fdr_bh", "fdr_by"}
            "holm" holds the chance of any false rejection, whatever the dependence; "fdr_bh" (Benjamini and Hochberg)
            holds the expected share of false ones among rejections where tests are independent or positively
            dependent, "fdr_by" (Benjamini and Yekutieli) always.

        Returns
        -------
        array of the shape of `pvalue`

        References
        ----------
        Holm (1979), Scand. J. Statist. 6, 65-70; Benjamini and Hochberg (1995), JRSS B 57, 289-300; Benjamini and
        Yekutieli (2001), Annals of Statistics 29, 1165-1188.

        Examples
        --------
        >>> import numpy as np
        >>> none, pvalue = np.zeros(3), np.array([0.01, 0.04, 0.03])
        >>> test = TestResult(none, pvalue, None, none, "greater", "permutation of labels")
        >>> test.adjusted(), test.adjusted("fdr_bh")
        (array([0.03, 0.06, 0.06]), array([0.03, 0.04, 0.04]))
        """
        return adjust_pvalues(self.pvalue, method)


def adjust_pvalues(pvalue: ArrayLike, method: Adjustment = "holm") -> FloatArray:
    """Return p-values adjusted for their number; see :meth:`TestResult.adjusted`.

    Parameters
    ----------
    pvalue : array-like
    method : {"holm", "fdr_bh", "fdr_by"}

    Examples
    --------
    >>> adjust_pvalues([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    given = np.asarray(pvalue, dtype=np.float64)
    if method not in ("holm", "fdr_bh", "fdr_by"):
        raise InputError(f'method must be "holm", "fdr_bh" or "fdr_by"; {method!r} came.')
    if not ((given >= 0) & (given <= 1)).all():
        raise InputError("p-values must lie in [0, 1].")
    if given.size == 0:
        return given
    if method != "holm":
        flat = stats.false_discovery_control(given.ravel(), method="bh" if method == "fdr_bh" else "by")
        return np.asarray(flat).reshape(given.shape)
    order = np.argsort(given, axis=None)
    scaled = np.maximum.accumulate(given.ravel()[order] * np.arange(given.size, 0, -1))
    adjusted = np.empty(given.size)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted.reshape(given.shape)


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
