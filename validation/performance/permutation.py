"""The permutation test works on counts of pre-bins: a hundred times the rows cost the same."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from kullback.binning import OptimalBinner
from validation.performance._data import EVENT_RATE

__all__ = ["cost"]

N_ROWS = (10_000, 1_000_000)
SHIFTS = (0.0, 0.1, 0.3)
N_PERMUTATIONS = 999


def cost(*, seed: int, replications: int) -> dict[str, Any]:
    """CPU milliseconds of 999 permutations of a feature of 50 pre-bins, by number of rows; medians."""
    rng = np.random.default_rng(seed)
    binners = [_binner(rng, n_rows) for n_rows in N_ROWS]
    binners[0].permutation_test(1)
    times = np.array([[_time(binner) for binner in binners] for _ in range(replications)])
    few, many = np.median(times, axis=0)
    return {
        "figures": {
            "milliseconds_a_feature": {"few_rows": round(1000 * few, 1), "many_rows": round(1000 * many, 1)},
            "ratio": float(many / few),
            "prebins": [fit.n_items for fit in binners[1]._fits.values()],
        }
    }


def _binner(rng: np.random.Generator, n_rows: int) -> OptimalBinner:
    y = (rng.random(n_rows) < EVENT_RATE).astype(np.int64)
    return OptimalBinner().fit(rng.normal(size=(n_rows, len(SHIFTS))) + np.outer(y, SHIFTS), y)


def _time(binner: OptimalBinner) -> float:
    started = time.process_time()
    binner.permutation_test(N_PERMUTATIONS)
    return (time.process_time() - started) / len(SHIFTS)
