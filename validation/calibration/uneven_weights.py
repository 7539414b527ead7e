"""Information values of rows whose weights spread differently from bin to bin: coverage and size."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import optimize

from kullback.inference import InformationEstimate
from kullback.metrics import information_value
from validation.calibration._tables import jeffreys

ROWS, EVENT_RATE = 4000, 0.2
TRUTHS = (0.0, 0.02, 0.1, 0.4)
SPREADS = {
    "growing": np.linspace(0.0, 1.2, 6),
    "two heavy bins": np.array([0.0, 0.0, 0.0, 0.0, 1.2, 1.2]),
}
"""Standard deviation of the logarithm of a weight in each bin; the mean weight is 1 everywhere."""
SIGNALS = {
    "in all bins": np.arange(6.0) - 2.5,
    "in light bins": np.array([1.0, -1.0, 1.0, -1.0, 0.0, 0.0]),
    "in heavy bins": np.array([0.0, 0.0, 0.0, 0.0, 1.0, -1.0]),
}


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits and size at 5%, by degrees of freedom: bins less one, or matching the mean."""
    rng = np.random.default_rng(seed)
    cells = []
    for spread, signal, truth in itertools.product(SPREADS, SIGNALS, TRUTHS):
        if truth == 0 and signal != "in all bins":
            continue
        p = np.full(6, 1 / 6)
        law = np.concatenate([(1 - EVENT_RATE) * p, EVENT_RATE * _tilted(p, SIGNALS[signal], truth)])
        limits, matched, rejected = [], [], []
        for _ in range(replications):
            cell = rng.choice(12, size=ROWS, p=law)
            deviation = SPREADS[spread][cell % 6]
            weight = np.exp(deviation * rng.standard_normal(ROWS) - deviation**2 / 2)
            iv = information_value(codes=cell % 6, y=cell // 6, sample_weight=weight)
            limits.append(iv.conf_int()[0])
            by_mean = InformationEstimate(iv.value, iv.influence, null_scale=1 / iv.rows, bias=iv.bias)
            matched.append(by_mean.conf_int()[0])
            rejected.append(iv.pvalue[0] < 0.05)
        cells.append(
            {"spread": spread, "signal": signal, "truth": truth}
            | _misses(np.array(limits), truth, "")
            | _misses(np.array(matched), truth, "matched_")
            | {"rejects": float(np.mean(rejected))}
        )
    above = [c for c in cells if c["truth"] > 0]
    return {
        "figures": {
            "covered": [c["covered"] for c in cells],
            "covered_at_zero": [c["covered"] for c in cells if c["truth"] == 0],
            "covered_mean": float(np.mean([c["covered"] for c in above])),
            "matched": [c["matched_covered"] for c in cells],
            "matched_mean": float(np.mean([c["matched_covered"] for c in above])),
            "size": [c["rejects"] for c in cells if c["truth"] == 0],
        },
        "table": cells,
    }


def _misses(limits: np.ndarray, truth: float, name: str) -> dict[str, float]:
    above, below = float((limits[:, 0] > truth).mean()), float((limits[:, 1] < truth).mean())
    return {f"{name}covered": 1 - above - below, f"{name}above": above, f"{name}below": below}


def _tilted(p: np.ndarray, z: np.ndarray, truth: float) -> np.ndarray:
    def law(s: float) -> np.ndarray:
        weight = p * np.exp(s * z)
        return weight / weight.sum()

    return law(optimize.brentq(lambda s: jeffreys(p, law(s)) - truth, 0.0, 20.0)) if truth else p
