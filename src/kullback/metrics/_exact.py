"""Limits of weights of evidence that hold for counts of any size."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from kullback._checks import check_confidence_level, check_counts, check_lengths
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError

__all__ = ["exact_weight_limits"]


def exact_weight_limits(
    events: ArrayLike,
    non_events: ArrayLike,
    *,
    kind: Literal["woe", "log_odds"] = "woe",
    confidence_level: float = 0.95,
) -> FloatArray:
    """Return limits of each bin's weight of evidence, or log-odds, by the exact law of its counts.

    Parameters
    ----------
    events, non_events : (bins,) array-like
        Whole counts by bin; an empty cell needs no half.
    kind : {"woe", "log_odds"}
    confidence_level : float

    Returns
    -------
    (bins, 2) array
        In nats; infinite on one side where a bin holds one class only.

    Raises
    ------
    InputError
        If a count is not whole, lengths differ, or a bin or a class holds no row.

    Notes
    -----
    Given its rows, a bin's count of events is binomial: Clopper and Pearson's limits of its rate give those of the
    log-odds ln(g/b), which cover at least as often as asked for. A weight of evidence is the log-odds less those of
    the whole sample. These are taken as observed; their error goes the other way, since the bin is part of the
    sample, so that the limits are safe, and too wide for a bin that holds much of the sample.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> exact_weight_limits([0, 5, 95], [40, 100, 760]).round(2)
    array([[ 0.14,   inf],
           [-0.08,  1.94],
           [-0.33,  0.11]])
    """
    if kind not in ("woe", "log_odds"):
        raise InputError(f'kind must be "woe" or "log_odds"; {kind!r} came.')
    level = check_confidence_level(confidence_level)
    b, g = check_counts(events, "events"), check_counts(non_events, "non_events")
    check_lengths(events=b, non_events=g)
    if ((g + b) == 0).any():
        raise InputError("Every bin must hold a row; leave out the empty ones.")
    if ((g % 1 != 0) | (b % 1 != 0)).any():
        raise InputError('Exact limits need whole counts; use method="wald" for sums of weights.')
    tail = (1 - level) / 2
    with np.errstate(divide="ignore"):
        lower, upper = (_odds(g, b + 1, tail), _odds(g + 1, b, 1 - tail))
        shift = np.log(g.sum() / b.sum()) if kind == "woe" else 0.0
        return np.column_stack([np.log(lower), np.log(upper)]) - shift


def _odds(successes: FloatArray, failures: FloatArray, probability: float) -> FloatArray:
    """Return the odds at a quantile of the beta law: 0 without successes, infinite without failures."""
    some = (successes > 0) & (failures > 0)
    ones = np.ones_like(successes)
    of = special.betaincinv(np.where(some, successes, ones), np.where(some, failures, ones), probability)
    return np.where(some, of / (1 - of), np.where(successes > 0, np.inf, 0.0))
