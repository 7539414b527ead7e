"""The calibration slope of a propensity with its error."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray
from kullback.inference import Estimate

__all__ = ["slope_limits"]

NORMAL = 1.959963984540054


def slope_limits(
    share: FloatArray, inside: BoolArray, clusters: Any, weights: FloatArray | None = None
) -> dict[str, float | None]:
    """Return the standard error and the 95% limits of the slope of :meth:`CausalBounds.overlap`.

    That of maximum likelihood, or with weights or clusters the sandwich; given the propensity, which other rows have
    taught. None where the slope is infinite or has no meaning.
    """
    from statsmodels.api import GLM, add_constant, families

    keys = ("calibration_slope_se", "calibration_slope_lower", "calibration_slope_upper")
    used = (share > 0) & (share < 1)
    log_odds, treated = np.log(share[used] / (1 - share[used])), inside[used]
    if not _overlap(log_odds, treated):
        return dict.fromkeys(keys)
    w, columns = np.ones(treated.size) if weights is None else weights[used], add_constant(log_odds)
    fitted = GLM(treated.astype(float), columns, families.Binomial(), freq_weights=w).fit()
    slope, error = float(fitted.params[1]), float(fitted.bse[1])
    if weights is not None or clusters is not None:
        chance = fitted.fittedvalues
        information = columns.T @ (columns * (w * chance * (1 - chance))[:, None])
        scores = columns * (w * (treated - chance))[:, None]
        estimate = Estimate(fitted.params, np.linalg.solve(information, scores.T).T)
        error = float((estimate if clusters is None else estimate.cluster(clusters[used])).standard_error[1])
    return dict(zip(keys, (error, slope - NORMAL * error, slope + NORMAL * error), strict=True))


def _overlap(log_odds: FloatArray, treated: BoolArray) -> bool:
    """Return whether the log-odds of both sets of rows overlap, without which no slope is finite."""
    if treated.all() or not treated.any() or np.ptp(log_odds) == 0:
        return False
    inside, outside = log_odds[treated], log_odds[~treated]
    return bool(inside.min() < outside.max() and inside.max() > outside.min())
