"""The table that the binners are timed on: 15 numeric and 5 categorical columns of a stated law."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

__all__ = ["CATEGORICAL", "EVENT_RATE", "NUMERIC", "draw_table"]

EVENT_RATE = 0.1

SHAPES = {
    "normal": lambda z: z,
    "lognormal": np.exp,
    "uniform": special.ndtr,
    "whole": lambda z: np.round(3 * z),
    "censored": lambda z: np.maximum(z, 0.0),
}
"""Column from z ~ N(shift * y, 1): each is monotone in z, so that the event rate is monotone in the column."""

_SHIFTS = (0.8, -0.5, 0.4, -0.3, 0.3, 0.2, -0.2, 0.15, -0.1, 0.1, 0.6, -0.05, 0.05, 0.0, 0.0)
_MISSING = ((0.0, 0.0), (0.03, 0.06), (0.0, 0.0), (0.08, 0.05), (0.0, 0.0))

NUMERIC = {
    f"{shape}_{j}": (shape, shift, _MISSING[j % 5])
    for j, (shape, shift) in enumerate(zip(list(SHAPES) * 3, _SHIFTS, strict=True))
}
"""Shape, shift, and share of missing values among non-events and events."""

CATEGORICAL = {"levels_4": 4, "levels_8": 8, "levels_15": 15, "levels_30": 30, "levels_60": 60}
"""Number of levels. Shares among non-events p ~ Dirichlet(4, ...), among events q in proportion to p exp(.3 z)."""

_LAW_SEED = 20250910


def draw_table(n_rows: int, seed: Any) -> tuple[Any, np.ndarray]:
    """Return a pandas table and (rows,) int64 events; the columns are independent given the event."""
    import pandas as pd

    rng, law = np.random.default_rng(seed), np.random.default_rng(_LAW_SEED)
    y = (rng.random(n_rows) < EVENT_RATE).astype(np.int64)
    columns: dict[str, Any] = {}
    for name, (shape, shift, missing) in NUMERIC.items():
        values = SHAPES[shape](rng.normal(size=n_rows) + shift * y)
        values[rng.random(n_rows) < np.take(missing, y)] = np.nan
        columns[name] = values
    for name, n_levels in CATEGORICAL.items():
        p = law.dirichlet(np.full(n_levels, 4.0))
        q = p * np.exp(0.3 * law.normal(size=n_levels))
        u = rng.random(n_rows)
        codes = np.where(y == 1, _quantile(q / q.sum(), u), _quantile(p, u))
        levels = np.array([f"level {j:02d}" for j in range(n_levels)] + [None], dtype=object)
        codes[rng.random(n_rows) < 0.02] = n_levels
        columns[name] = pd.Series(levels[codes], dtype="str")
    return pd.DataFrame(columns), y


def _quantile(shares: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares)[:-1], u, side="right")
