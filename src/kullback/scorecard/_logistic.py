"""Logistic regression with the covariance of its coefficients."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kullback._typing import FloatArray, IntArray
from kullback.exceptions import KullbackWarning

__all__ = ["LogisticFit", "fit_logistic"]

CERTAIN = 1e-8
"""A fitted variance p(1 - p) below this means that some bins separate the classes: the likelihood has no maximum."""

SEPARATION_PENALTY = 1.0


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Intercept and coefficients with their covariance, and the log-likelihoods.

    Attributes
    ----------
    coefficients : (1 + k,) array
        First the intercept.
    covariance : (1 + k, 1 + k) array
    bread : (1 + k, 1 + k) array
        Inverse of the information, plus any penalty.
    log_likelihood, null_log_likelihood : float
    penalty : float or None
        The one used.
    """

    coefficients: FloatArray
    covariance: FloatArray
    bread: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    penalty: float | None


def fit_logistic(
    design: FloatArray, events: IntArray, weights: FloatArray | None, penalty: float | None
) -> LogisticFit:
    """Fit P(event) = sigmoid(b0 + design b).

    Parameters
    ----------
    design : (rows, k) array
        Without a constant.
    events : (rows,) int64, 0 or 1
    weights : (rows,) array or None
        Sampling weights: the covariance is then the sandwich's.
    penalty : float or None
        Adds ``penalty / 2 * sum b^2`` (not b0^2) to the negative log-likelihood. Where the classes are separated
        there is no finite estimate without one: `SEPARATION_PENALTY` is used then, with a warning.
    """
    if weights is not None and (weights == 0).any():  # such rows are not in the sample
        positive = weights > 0
        design, events, weights = design[positive], events[positive], weights[positive]
    constant = np.column_stack([np.ones(events.size), design])
    used = np.ones(events.size) if weights is None else weights
    basis = np.eye(constant.shape[1]) if penalty is not None else _row_space(constant)
    inside = None if penalty is not None else _maximum_likelihood(constant @ basis, events, used / used.mean())
    if inside is None:
        penalty = SEPARATION_PENALTY if penalty is None else penalty
        basis, inside = np.eye(constant.shape[1]), _ridge(design, events, used, penalty)
    beta = basis @ inside
    probability = special.expit(constant @ beta)
    overall = np.average(events, weights=used)
    return LogisticFit(
        beta,
        *_covariance(constant, events - probability, used * probability * (1 - probability), weights, penalty, basis),
        _log_likelihood(events, probability, used),
        _log_likelihood(events, np.full(events.size, overall), used),
        penalty,
    )


def _covariance(
    constant: FloatArray,
    residual: FloatArray,
    precision: FloatArray,
    weights: FloatArray | None,
    penalty: float | None,
    basis: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the inverse information in the row space, or the sandwich with weights; and its bread."""
    information = (constant * precision[:, None]).T @ constant
    curvature = information.copy()
    if penalty is not None:
        curvature[1:, 1:] += penalty * np.eye(curvature.shape[0] - 1)
    bread = basis @ np.linalg.pinv(basis.T @ curvature @ basis, hermitian=True) @ basis.T
    if weights is None:
        return bread @ information @ bread, bread
    score = constant * (weights * residual)[:, None]
    return bread @ (score.T @ score) @ bread, bread


def _log_likelihood(events: IntArray, probability: FloatArray, weights: FloatArray) -> float:
    return float(weights @ (special.xlogy(events, probability) + special.xlog1py(1 - events, -probability)))


def _row_space(constant: FloatArray) -> FloatArray:
    """Return an orthonormal (1 + k, rank) basis of the rows: the identity, unless columns are linearly dependent.

    Coefficients inside the row space are those of least norm; outside it the likelihood knows nothing, and iteration
    on a singular matrix need not converge.
    """
    _, values, rows = np.linalg.svd(np.linalg.qr(constant, mode="r"), full_matrices=False)
    rank = int((values > values[0] * max(constant.shape) * np.finfo(np.float64).eps).sum())
    if rank == constant.shape[1]:
        return np.eye(rank)
    warnings.warn(
        "Some features are linearly dependent after binning, so their coefficients are one solution of many "
        "(that of least norm). Leave one of them out, or set penalty.",
        KullbackWarning,
        stacklevel=4,
    )
    return np.asarray(rows[:rank].T, dtype=np.float64)


def _maximum_likelihood(design: FloatArray, events: IntArray, weights: FloatArray) -> FloatArray | None:
    """Fit by iteratively reweighted least squares (statsmodels); None, with a warning, where classes are separated.

    Weights must be of a mean near one: convergence is judged by an absolute change of the deviance.
    """
    import statsmodels.api as sm

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # statsmodels' separation warnings: told below, in one voice
        fitted = sm.GLM(events, design, family=sm.families.Binomial(), freq_weights=weights).fit()
    probability = np.asarray(fitted.fittedvalues)
    variance = probability * (1 - probability)
    if fitted.converged and np.isfinite(fitted.params).all() and (variance > CERTAIN).all():
        return np.asarray(fitted.params, dtype=np.float64)
    warnings.warn(
        "Some bins separate events from non-events without error, so the coefficients have no finite estimate: "
        f"penalty={SEPARATION_PENALTY:g} is used. Look for a feature known only after the event, or set penalty.",
        KullbackWarning,
        stacklevel=4,
    )
    return None


def _ridge(design: FloatArray, events: IntArray, weights: FloatArray, penalty: float) -> FloatArray:
    from sklearn.linear_model import LogisticRegression

    if design.shape[1] == 0:
        return np.array([special.logit(np.average(events, weights=weights))])
    model: Any = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-10, max_iter=200)
    model.fit(design, events, sample_weight=weights)
    return np.concatenate([model.intercept_, model.coef_[0]])
