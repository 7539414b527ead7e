"""CPU time of the pointwise bounds of many laws."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from kullback.bounds._balls import BALLS
from kullback.bounds._laws import LocalLaws

__all__ = ["speed"]

N_POINTS = 100
CHUNK = 10_000
PER = 100_000


def speed(*, seed: int, replications: int) -> dict[str, Any]:
    """CPU seconds of 1e5 solves, from `replications` laws of 100 points, half of them with an atom at the top."""
    rng = np.random.default_rng(seed)
    seconds = dict.fromkeys(BALLS, 0.0)
    _time_all(seconds | {}, *_draw(rng, 10))  # compiled before it is timed
    done = 0
    while done < replications:
        n_laws = min(CHUNK, replications - done)
        _time_all(seconds, *_draw(rng, n_laws))
        done += n_laws
    return {"figures": {"cpu_seconds": {name: round(total * PER / done, 3) for name, total in seconds.items()}}}


def _draw(rng: np.random.Generator, n_laws: int) -> tuple[LocalLaws, np.ndarray, np.ndarray]:
    values = np.sort(rng.normal(size=(n_laws, N_POINTS)), axis=1)
    weights = rng.dirichlet(np.ones(N_POINTS), size=n_laws)
    top = values[:, -1] + np.where(np.arange(n_laws) % 2, 0.3 * rng.exponential(size=n_laws), 0.0)
    laws = LocalLaws(values.ravel(), weights.ravel(), np.arange(n_laws + 1, dtype=np.int64) * N_POINTS)
    return laws, rng.uniform(0.05, 0.95, n_laws), top


def _time_all(seconds: dict[str, float], laws: LocalLaws, share: np.ndarray, top: np.ndarray) -> None:
    for name, ball in BALLS.items():
        started = time.process_time()
        ball.solve(laws, share, top)
        seconds[name] += time.process_time() - started
