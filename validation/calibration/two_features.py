"""Conditional information, and two features binned together: coverage and size."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
from scipy import optimize

from kullback.binning import TwoWayBinner
from kullback.exceptions import KullbackWarning
from kullback.metrics import conditional_information

SHAPES = ((3, 3), (5, 4))
"""Bins of the given feature, and of the other."""
SIZES = ((1400, 600), (8500, 1500))
TRUTHS = (0.0, 0.01, 0.05, 0.3)
TILT = 0.7
"""Spread of the log-ratio of the given feature's laws: strata differ by class, so that each has a scale of its own."""


def conditional(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of IV(X2 | X1), and rate of rejecting IV(X2 | X1) = 0 at 5% where it is true."""
    rng = np.random.default_rng(seed)
    cells = []
    for shape, size, truth in itertools.product(SHAPES, SIZES, TRUTHS):
        p, q = _laws(rng, shape, truth)
        covered = rejected = 0
        y = np.repeat([0, 1], size)
        for _ in range(replications):
            cell = np.concatenate([rng.choice(p.size, n, p=law.ravel()) for n, law in zip(size, (p, q), strict=True)])
            known, added = np.divmod(cell, shape[1])
            estimate = conditional_information(added, known, y)
            low, high = estimate.conf_int()[0]
            covered += low <= truth <= high
            rejected += estimate.pvalue[0] < 0.05
        cells.append(
            {
                "strata": shape[0],
                "bins": shape[1],
                "size": list(size),
                "truth": truth,
                "coverage": float(covered / replications),
                "rejected": float(rejected / replications),
            }
        )
    figures = {
        "coverage": [cell["coverage"] for cell in cells],
        "size": [cell["rejected"] for cell in cells if cell["truth"] == 0],
    }
    return {"figures": figures, "table": cells}


def _laws(rng: np.random.Generator, shape: tuple[int, int], truth: float) -> tuple[np.ndarray, np.ndarray]:
    """Laws of the pairs of bins by class, whose strata differ, with the conditional information asked for."""
    given_p = rng.dirichlet(np.full(shape[0], 8.0))
    given_q = given_p * np.exp(TILT * rng.standard_normal(shape[0]))
    given_q /= given_q.sum()
    base, z = rng.dirichlet(np.full(shape[1], 8.0), size=shape[0]), rng.standard_normal(shape)

    def tilted(s: float) -> np.ndarray:
        weight = base * np.exp(s * z)
        return weight / weight.sum(axis=1, keepdims=True)

    def beyond(s: float) -> float:
        p, q = given_p[:, None] * base, given_q[:, None] * tilted(s)
        return float(((p - q) * np.log(base / tilted(s))).sum())

    s = 0.0 if truth == 0 else optimize.brentq(lambda s: beyond(s) - truth, 0.0, 20.0, xtol=1e-14)
    return given_p[:, None] * base, given_q[:, None] * tilted(s)


def together(*, seed: int, replications: int) -> dict[str, Any]:
    """Rectangles of two normal features, 2,000 rows: size on noise, and coverage for the chosen rectangles."""
    rng = np.random.default_rng(seed)
    population = rng.standard_normal((200_000, 2))
    cells = []
    for name, law in LAWS.items():
        covered = above = rejected = 0
        for _ in range(replications):
            X = rng.standard_normal((2000, 2))
            binner = _fitted(X, rng.random(2000) < law(X))
            low, high = binner.information_value_.conf_int()[0]
            covered += low <= _truth(binner, population, law(population)) <= high
            above += low > 0
            rejected += name == "noise" and binner.permutation_test(19).pvalue[0] <= 0.05
        rates = {"coverage": covered, "lower_above_zero": above, "permutation": rejected}
        cells.append({"law": name} | {key: float(count / replications) for key, count in rates.items()})
    noise = cells[0]
    figures = {
        "coverage": [cell["coverage"] for cell in cells[1:]],
        "noise_lower_above_zero": noise["lower_above_zero"],
        "noise_permutation": noise["permutation"],
    }
    return {"figures": figures, "table": cells}


LAWS = {
    "noise": lambda X: np.full(len(X), 0.15),
    "exclusive or": lambda X: np.where(X[:, 0] * X[:, 1] > 0, 0.2, 0.1),
    "additive": lambda X: 1 / (1 + np.exp(2 - 0.5 * X[:, 0] - 0.5 * X[:, 1])),
}


def _fitted(X: np.ndarray, y: np.ndarray) -> TwoWayBinner:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        return TwoWayBinner(max_prebins=8, max_bins=6).fit(X, y)


def _truth(binner: TwoWayBinner, population: np.ndarray, rate: np.ndarray) -> float:
    """Information value of the rectangles in the population; rounding aside, 0 where the rate is the same for all."""
    codes = binner.bin_codes(population)
    p, q = (np.bincount(codes, weight) / weight.sum() for weight in (1 - rate, rate))
    return round(float(((p - q) * np.log(p / q)).sum()), 12)
