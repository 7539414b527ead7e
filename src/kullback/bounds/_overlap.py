"""How well treatments overlap: what the propensity says before any bound is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback._typing import BoolArray, FloatArray, IntArray, ObjectArray

__all__ = ["effective_rows", "odds_factors", "overlap_table"]

SMALL = 0.05


def overlap_table(
    propensity: FloatArray,
    arm: IntArray,
    levels: ObjectArray,
    treated: int | None = None,
    weights: FloatArray | None = None,
) -> Any:
    """Return a pandas dataframe with a row a treatment; its columns are those of :meth:`CausalBounds.overlap`.

    With `treated` also those of the effect on that treatment.
    """
    import pandas as pd

    weights = np.ones(arm.size) if weights is None else weights
    records = []
    for position in range(levels.size):
        share, inside = propensity[:, position], arm == position
        low, middle, high = weighted_quantiles(share, weights, (0.01, 0.5, 0.99))
        records.append(
            {
                "rows": int(inside.sum()),
                "least": share.min(),
                "1%": low,
                "50%": middle,
                "99%": high,
                "greatest": share.max(),
                f"below {SMALL:g}": int((share < SMALL).sum()),
                "effective_rows": effective_rows(share[inside], weights[inside]),
                **_on_treated(propensity, inside, position, treated, weights),
                "calibration_slope": _calibration_slope(share, inside, weights),
            }
        )
    return pd.DataFrame(records, index=pd.Index(levels, name="treatment"))


def weighted_quantiles(values: FloatArray, weights: FloatArray, probabilities: Sequence[float]) -> FloatArray:
    """Return quantiles under weights; those of numpy where all weights are the same."""
    if np.ptp(weights) == 0:
        return np.quantile(values, probabilities)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    at = np.searchsorted(reached, np.asarray(probabilities) * reached[-1])
    return np.asarray(values[order[np.minimum(at, order.size - 1)]])


def _on_treated(
    propensity: FloatArray, inside: BoolArray, position: int, treated: int | None, weights: FloatArray
) -> dict[str, float]:
    if treated is None:
        return {}
    of = weights[inside] * propensity[inside, treated]
    return {"effective_rows_att": effective_rows(propensity[inside, position], of)}


def effective_rows(share: FloatArray, of: FloatArray | float = 1.0) -> float:
    """Return the effective number of rows with weights `of` over `share`, (sum w)^2 / sum w^2."""
    if (share <= 0).any():
        return 0.0
    weights = of / share
    return float(weights.sum() ** 2 / (weights**2).sum())


def _calibration_slope(share: FloatArray, inside: BoolArray, weights: FloatArray) -> float:
    """Return the slope of the log-odds in a logistic regression of the treatment on them.

    NaN where the log-odds or the treatment do not vary, infinite where the log-odds separate it.
    """
    from statsmodels.api import GLM, add_constant, families

    used = (share > 0) & (share < 1)
    log_odds, treated = np.log(share[used] / (1 - share[used])), inside[used]
    if treated.all() or not treated.any() or np.ptp(log_odds) == 0:
        return np.nan
    if log_odds[treated].min() >= log_odds[~treated].max():
        return np.inf
    if log_odds[treated].max() <= log_odds[~treated].min():
        return -np.inf
    weighted = GLM(treated.astype(float), add_constant(log_odds), families.Binomial(), freq_weights=weights[used])
    return float(weighted.fit().params[1])


def odds_factors(full: FloatArray, reduced: FloatArray) -> list[float]:
    """Return the 50%, 90% and 99% quantiles over rows, and the greatest, of the factor between odds of a treatment."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.abs(np.log(full) - np.log1p(-full) - np.log(reduced) + np.log1p(-reduced))
    factor = np.where(np.isnan(factor), 0.0, factor).max(axis=1)  # certain with and without the covariate: no change
    quantiles = np.quantile(factor, [0.5, 0.9, 0.99, 1], method="inverted_cdf")  # they may be infinite
    return [float(np.exp(q)) for q in quantiles]
