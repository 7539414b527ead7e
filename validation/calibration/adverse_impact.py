"""Limits of the adverse impact ratio and size of its four-fifths test, by group size and rate (report, row 14)."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
from scipy import special

from kullback.exceptions import SmallCountWarning
from kullback.metrics import adverse_impact_ratio

GROUPS = ((200, 20), (500, 50), (1000, 100), (1000, 1000), (5000, 500))
"""People in the reference group and in the other."""
RATES = (0.05, 0.1, 0.3, 0.7)
"""Selection rate of the reference group."""
RATIOS = (0.5, 0.8, 1.0)
FEW, MANY = 5, 20
"""Selected people that the other group expects: cells with fewer, between and more are told apart."""
WEIGHTS = (0.2, 1.0, 5.0)
PER_WEIGHTED = 10
"""Replications for each one with weights, which needs rows."""
Z, ONE_SIDED = special.ndtri(0.975), special.ndtri(0.95)
RULES = ("wald", "log", "half", "wald_less", "log_less", "half_less")


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits, and the rate at which a ratio is found to be below itself at 5%.

    "Log" is the package's: on the logarithmic scale, exact where nobody is selected. "Wald" takes the same standard
    error to the ratio itself, "half" to the logarithm with a half for nobody. "None selected" are the samples without
    a selected person in the other group.
    """
    rng = np.random.default_rng(seed)
    cells = []
    for groups, rate, ratio in itertools.product(GROUPS, RATES, RATIOS):
        selected = rng.binomial(groups, [rate, rate * ratio], (replications, 2))
        selected = selected[selected[:, 0] > 0]  # there is no ratio to a rate of zero
        found = _held(selected, np.array(groups), ratio)
        _agree(selected, groups, ratio, found)
        cell: dict[str, Any] = {"groups": list(groups), "rate": rate, "ratio": ratio}
        cell["expected"] = float(groups[1] * rate * ratio)
        cell["none_selected"] = float((selected[:, 1] == 0).mean())
        cells.append(cell | {name: float(found[name].mean()) for name in RULES})
    weighted = [_weighted(rng, rate, ratio, replications // PER_WEIGHTED) for rate, ratio in ((0.3, 0.8), (0.7, 0.5))]
    figures: dict[str, Any] = {"weighted": weighted}
    for name, low, high in (("few", 0, FEW), ("some", FEW, MANY), ("many", MANY, np.inf)):
        own = [cell for cell in cells if low <= cell["expected"] < high]
        figures[name] = {method: [cell[method] for cell in own] for method in RULES}
        figures[name] |= {f"{method}_range": [min(rates), max(rates)] for method, rates in list(figures[name].items())}
    return {"figures": figures, "table": cells}


def _held(selected: np.ndarray, groups: np.ndarray, ratio: float) -> dict[str, np.ndarray]:
    rate = selected / groups
    estimate = rate[:, 1] / rate[:, 0]
    relative = (1 - rate[:, 0]) / selected[:, 0]
    error = np.sqrt(rate[:, 1] * (1 - rate[:, 1]) / groups[1] + (estimate * rate[:, 0]) ** 2 * relative) / rate[:, 0]
    none = selected[:, 1] == 0
    filled = np.where(none, 0.5, selected[:, 1])
    gap = np.log(filled / groups[1] / rate[:, 0] / ratio)
    log_error = np.sqrt((1 - filled / groups[1]) / filled + relative)
    chance = (1 + ratio * groups[1] / groups[0]) ** -selected[:, 0].astype(np.float64)
    return {
        "estimate": estimate,
        "error": error,
        "wald": np.abs(estimate - ratio) <= Z * error,
        "wald_less": estimate - ratio < -ONE_SIDED * error,
        "half": np.abs(gap) <= Z * log_error,
        "half_less": gap < -ONE_SIDED * log_error,
        "log": np.where(none, chance >= 0.025, np.abs(gap) <= Z * log_error),
        "log_less": np.where(none, chance < 0.05, gap < -ONE_SIDED * log_error),
    }


def _agree(selected: np.ndarray, groups: tuple[int, int], ratio: float, found: dict[str, np.ndarray]) -> None:
    """Raise unless the package gives these figures, where not all of a group are selected."""
    plain = (selected < groups).all(axis=1)
    for i in [*np.flatnonzero(plain)[:3], *np.flatnonzero(plain & (selected[:, 1] == 0))[:1]]:
        group = np.repeat([0, 1], groups)
        place = np.concatenate([np.arange(n) for n in groups])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SmallCountWarning)  # nobody selected: what is studied here
            own = adverse_impact_ratio(place < selected[i][group], group, reference=0)
            (low, high), pvalue = own.conf_int()[0], own.test(ratio, "less").pvalue[0]
        expected = [found["estimate"][i], found["error"][i]]
        np.testing.assert_allclose([own.value[0], own.standard_error[0]], expected, rtol=1e-9)
        assert ((low <= ratio <= high), pvalue < 0.05) == (found["log"][i], found["log_less"][i])


def _weighted(rng: np.random.Generator, rate: float, ratio: float, replications: int) -> float:
    """Return the coverage where people weigh .2, 1 or 5, apart from their selection."""
    group = np.repeat([0, 1], (1000, 500))
    held = []
    for _ in range(replications):
        chosen = rng.uniform(size=group.size) < rate * np.array([1.0, ratio])[group]
        found = adverse_impact_ratio(chosen, group, reference=0, sample_weight=rng.choice(WEIGHTS, group.size))
        low, high = found.conf_int()[0]
        held.append(low <= ratio <= high)
    return float(np.mean(held))
