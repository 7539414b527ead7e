"""Limits of bounds of quantiles and of quantile effects against the population's bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import optimize, stats

from kullback.bounds import CausalBounds
from kullback.datasets import SimulatedConfounded, make_confounded
from kullback.datasets._confounded import CONCENTRATION, _feature_nodes

__all__ = ["coverage"]

ROWS = (500, 2000)
LEVEL = 0.95
PROBABILITIES = np.array([0.25, 0.4, 0.75])
"""Not one half, where P(arm) = 1/2 puts the worst case at the edge between finite and infinite."""
ODDS_RATIOS = {"worst_case": None, "odds_ratio": 2.0}
SETS = ("arm_1", "arm_0", "effect")


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Rates of samples whose limits hold each end of the population's bounds that is not an end of the support."""
    rng = np.random.default_rng(seed)
    ends = {name: population(ratio) for name, ratio in ODDS_RATIOS.items()}
    cells = []
    for n in ROWS:
        found = [_sample(make_confounded(n, random_state=rng), int(rng.integers(2**31))) for _ in range(replications)]
        for name in ODDS_RATIOS:
            limits = np.array([sample[name] for sample in found])
            cells += [
                {"model": name, "rows": n, "set": of, **_cell(limits[:, i], ends[name][i])} for i, of in enumerate(SETS)
            ]
    figures = {
        f"n_{n}": {
            f"{name}_{kind}": [
                rate for c in cells if (c["model"], c["rows"]) == (name, n) and c["set"] in sets for rate in c["ends"]
            ]
            for name in ODDS_RATIOS
            for kind, sets in (("quantiles", SETS[:2]), ("effects", SETS[2:]))
        }
        for n in ROWS
    }
    return {"figures": figures, "table": cells}


def population(odds_ratio: float | None) -> np.ndarray:
    """Return the (3, 2, k) bounds of the quantiles of arm 1 and of arm 0, and of their difference, by quadrature."""
    law = make_confounded(1, random_state=0).law
    X, weights = _feature_nodes()
    arms = []
    for arm in (1, 0):
        share = law.propensity(X) if arm else 1 - law.propensity(X)
        seen = law.observed_mean(X, arm)

        def cdf(t: float, side: int, share: np.ndarray = share, seen: np.ndarray = seen) -> float:
            inside = stats.beta.cdf(t, CONCENTRATION * seen, CONCENTRATION * (1 - seen))
            return float(weights @ (share * inside + (1 - share) * unseen(inside, odds_ratio)[side]))

        arms.append([[_inverse(lambda t, s=side: cdf(t, s), tau) for tau in PROBABILITIES] for side in (1, 0)])
    one, zero = np.array(arms)
    return np.array([one, zero, one - zero[::-1]])


def unseen(inside: np.ndarray, odds_ratio: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest CDF of those outside an arm, given that inside."""
    if odds_ratio is None:
        return np.zeros_like(inside), np.ones_like(inside)
    return (
        np.maximum(inside / odds_ratio, 1 - odds_ratio * (1 - inside)),
        np.minimum(odds_ratio * inside, 1 - (1 - inside) / odds_ratio),
    )


def _inverse(cdf: Callable[[float], float], probability: float) -> float:
    """Return where a CDF on [0, 1] reaches a probability: 0 or 1 where it does before, or not at all."""
    if cdf(1e-12) >= probability:
        return 0.0
    if cdf(1 - 1e-12) < probability:
        return 1.0
    return float(optimize.brentq(lambda t: cdf(t) - probability, 1e-12, 1 - 1e-12))


def _sample(data: SimulatedConfounded, seed: int) -> dict[str, np.ndarray]:
    """Return the (3, 2, k) limits under each model; all share the laws and propensities of one fit."""
    fitted = CausalBounds(estimand="quantile", arm=1, at=PROBABILITIES, outcome_bounds=(0.0, 1.0), random_state=seed)
    fitted.fit(data.X, data.outcome, treatment=data.treatment)
    free, found = fitted._model, {}
    for name, ratio in ODDS_RATIOS.items():
        fitted._model = replace(free, odds_ratio_bound=ratio)
        tables = [fitted.quantile_bounds(PROBABILITIES, arm, LEVEL) for arm in (1, 0)]
        tables.append(fitted.quantile_effect_bounds(PROBABILITIES, (1, 0), LEVEL))
        found[name] = np.array([table.frame[["limit_lower", "limit_upper"]].to_numpy().T for table in tables])
    return found


def _cell(limits: np.ndarray, ends: np.ndarray) -> dict[str, Any]:
    """Rates at which (samples, 2, k) limits hold (2, k) ends inside the support."""
    held = (limits[:, :1] <= ends) & (ends <= limits[:, 1:])
    inside = (np.abs(ends) > 0) & (np.abs(ends) < 1)
    return {"bounds": ends.tolist(), "ends": held.mean(axis=0)[inside].tolist()}
