"""Credit tables whose law is known, so that estimates can be held against the truth."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import special, stats

from kullback._typing import FloatArray, IntArray, RandomState
from kullback.exceptions import InputError

__all__ = ["SimulatedCredit", "make_credit"]


@dataclass(frozen=True, eq=False)
class SimulatedCredit:
    """A simulated table with its truth.

    Attributes
    ----------
    data : pandas.DataFrame
        Features, and ``group``, the protected attribute.
    target : (rows,) int64
        1 for a default, the event.
    probability : (rows,) float64
        P(event | row), exact.
    information_value : dict of str to float
        Jeffreys divergence of each column between the classes, exact, in nats: what finer and finer bins
        approach from below.

    Examples
    --------
    >>> from kullback.datasets import make_credit
    >>> credit = make_credit(1000, event_rate=0.2, random_state=0)
    >>> credit.target.mean(), credit.probability.mean().round(3), credit.information_value["noise_0"]
    (np.float64(0.193), np.float64(0.199), 0.0)
    """

    data: Any
    target: IntArray
    probability: FloatArray
    information_value: dict[Hashable, float]


_PURPOSE = {
    "car": (0.34, 0.26), "furniture": (0.26, 0.22), "education": (0.18, 0.14), "business": (0.12, 0.20),
    "repairs": (0.10, 0.18),
}  # fmt: skip
_REGION = {  # share among non-events and events, of group 0 and of group 1
    "north": ((0.40, 0.34), (0.15, 0.12)), "south": ((0.25, 0.27), (0.30, 0.33)),
    "east": ((0.20, 0.20), (0.25, 0.22)), "west": ((0.15, 0.19), (0.30, 0.33)),
}  # fmt: skip
_GROUP = (0.28, 0.36)  # share of group 1 among non-events and events
_OWNER = (0.62, 0.44)
_NO_FILE, _MISSING = (0.05, 0.11), (0.06, 0.04)  # bureau_score: special code -1, and missing
_GAUSSIAN = {  # mean among non-events and events, common standard deviation, of the transformed feature
    "income": (10.6, 10.4, 0.5), "utilization": (-0.6, 0.2, 1.0), "bureau_score": (680.0, 630.0, 70.0),
}  # fmt: skip
_MONTHS = (60.0, 40.0)  # mean of the exponential law
_DELINQUENCIES = (0.25, 0.60)  # mean of the Poisson law


def make_credit(
    n_samples: int = 5000, *, event_rate: float = 0.1, n_noise: int = 2, random_state: RandomState = None
) -> SimulatedCredit:
    """Draw a credit table from a law whose probabilities and information values are known in closed form.

    The class is drawn first, then each feature given the class, independently of the others but for ``region``,
    which depends on the protected ``group`` too. ``income`` is log-normal, ``utilization`` logistic-normal,
    ``months_on_book`` exponential, ``delinquencies`` Poisson, ``bureau_score`` normal with a special code (-1: no
    file) and missing values, both more or less likely by class; ``purpose``, ``region`` and ``owner`` are
    discrete; ``noise_*`` carry nothing.

    Parameters
    ----------
    n_samples : int
    event_rate : float
        Probability of the event, between 0 and 1.
    n_noise : int
        Number of columns without information.
    random_state : int, Generator or RandomState, optional

    Returns
    -------
    SimulatedCredit

    Raises
    ------
    InputError
        If `n_samples` or `n_noise` is not a whole number in range, or `event_rate` is not between 0 and 1.

    Examples
    --------
    >>> from kullback.datasets import make_credit
    >>> credit = make_credit(1000, random_state=0)
    >>> credit.data.shape, round(credit.information_value["income"], 3)
    ((1000, 11), 0.16)
    """
    if not isinstance(n_samples, Integral) or n_samples < 1 or not isinstance(n_noise, Integral) or n_noise < 0:
        raise InputError(f"n_samples must be at least 1 and n_noise at least 0; {n_samples!r} and {n_noise!r} came.")
    if not isinstance(event_rate, Real) or not 0 < float(event_rate) < 1:
        raise InputError(f"event_rate must be between 0 and 1; {event_rate!r} came.")
    import pandas as pd

    rng = _generator(random_state)
    n = int(n_samples)
    y = (rng.random(n) < float(event_rate)).astype(np.int64)
    log_odds = np.full(n, special.logit(float(event_rate)))
    columns: dict[str, Any] = {}
    _draw_numeric(columns, log_odds, y, rng)
    _draw_discrete(columns, log_odds, y, rng)
    for j in range(int(n_noise)):
        columns[f"noise_{j}"] = rng.normal(size=n)
    return SimulatedCredit(pd.DataFrame(columns), y, special.expit(log_odds), _truth(int(n_noise)))


def _generator(random_state: RandomState) -> np.random.Generator:
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)


def _draw_numeric(columns: dict[str, Any], log_odds: FloatArray, y: IntArray, rng: np.random.Generator) -> None:
    drawn = {name: _gaussian(y, log_odds, law, rng) for name, law in _GAUSSIAN.items() if name != "bureau_score"}
    columns["income"] = np.exp(drawn["income"])
    columns["utilization"] = special.expit(drawn["utilization"])
    months = rng.exponential(np.take(_MONTHS, y))
    log_odds += stats.expon.logpdf(months, scale=_MONTHS[1]) - stats.expon.logpdf(months, scale=_MONTHS[0])
    columns["months_on_book"] = months
    count = rng.poisson(np.take(_DELINQUENCIES, y))
    log_odds += stats.poisson.logpmf(count, _DELINQUENCIES[1]) - stats.poisson.logpmf(count, _DELINQUENCIES[0])
    columns["delinquencies"] = count
    columns["bureau_score"] = _bureau_score(y, log_odds, rng)


def _gaussian(
    y: IntArray,
    log_odds: FloatArray,
    law: tuple[float, float, float],
    rng: np.random.Generator,
    used: Any = True,
) -> FloatArray:
    low, high, sd = law
    x = rng.normal(np.where(y == 1, high, low), sd)
    log_odds += np.where(used, stats.norm.logpdf(x, high, sd) - stats.norm.logpdf(x, low, sd), 0.0)
    return x


def _bureau_score(y: IntArray, log_odds: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw a state (no file, missing, scored), then a score."""
    u = rng.random(y.size)
    no_file, missing = np.take(_NO_FILE, y), np.take(_MISSING, y)
    state = np.where(u < no_file, 0, np.where(u < no_file + missing, 1, 2))
    shares = _bureau_shares()
    log_odds += np.log(shares[state, 1] / shares[state, 0])
    score = _gaussian(y, log_odds, _GAUSSIAN["bureau_score"], rng, state == 2)
    return np.where(state == 0, -1.0, np.where(state == 1, np.nan, score))


def _bureau_shares() -> FloatArray:
    """Return (3, 2) shares of the states among non-events and events."""
    special_and_missing = np.array([_NO_FILE, _MISSING])
    return np.vstack([special_and_missing, 1 - special_and_missing.sum(axis=0)])


def _draw_discrete(columns: dict[str, Any], log_odds: FloatArray, y: IntArray, rng: np.random.Generator) -> None:
    purpose, owner, group, region = _discrete_laws()
    columns["purpose"] = np.array(list(_PURPOSE))[_draw(purpose, y, rng, log_odds)]
    columns["owner"] = _draw(owner, y, rng, log_odds).astype(bool)
    g = _draw(group, y, rng, log_odds)
    columns["region"] = np.array(list(_REGION))[_draw(region, y, rng, log_odds, g)]
    columns["group"] = g


def _discrete_laws() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the (levels, classes) shares of purpose, owner and group, and (levels, groups, classes) of region."""
    owner, group = (np.array([[1 - share for share in law], law]) for law in (_OWNER, _GROUP))
    return np.array(list(_PURPOSE.values())), owner, group, np.array(list(_REGION.values()))


def _draw(
    law: FloatArray, y: IntArray, rng: np.random.Generator, log_odds: FloatArray, g: IntArray | None = None
) -> IntArray:
    """Draw a level from shares given the class, and the group where there is one; add its log-likelihood ratio."""
    if g is None:
        law, g = law[:, np.newaxis], np.zeros_like(y)
    above = rng.random(y.size) > np.cumsum(law, axis=0)[:, g, y]
    level = np.minimum(above.sum(axis=0), law.shape[0] - 1).astype(np.int64)
    log_odds += np.log(law[level, g, 1] / law[level, g, 0])
    return level


def _jeffreys(shares: FloatArray) -> float:
    """Return the Jeffreys divergence of the columns of (levels, 2) shares."""
    return float(((shares[:, 1] - shares[:, 0]) * np.log(shares[:, 1] / shares[:, 0])).sum())


def _truth(n_noise: int) -> dict[Hashable, float]:
    """Return the Jeffreys divergences: between normals (difference / sd)^2, and so on."""
    shift = {name: (low - high) ** 2 / sd**2 for name, (low, high, sd) in _GAUSSIAN.items()}
    shares = _bureau_shares()
    scored = float(shares[2].sum()) / 2 * shift["bureau_score"]  # sum of p KL(f0, f1) and q KL(f1, f0)
    slow, fast = _MONTHS
    few, many = _DELINQUENCIES
    purpose, owner, group, region = _discrete_laws()
    return {
        "income": shift["income"],
        "utilization": shift["utilization"],
        "months_on_book": (slow - fast) ** 2 / (slow * fast),
        "delinquencies": (many - few) * float(np.log(many / few)),
        "bureau_score": _jeffreys(shares) + scored,
        "purpose": _jeffreys(purpose),
        "owner": _jeffreys(owner),
        "region": _jeffreys((region * group).sum(axis=1)),
        "group": _jeffreys(group),
        **{f"noise_{j}": 0.0 for j in range(n_noise)},
    }
