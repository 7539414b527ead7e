"""Limits of a bin's weight of evidence and log-odds at few expected events: Wald's with a half, and exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from kullback.metrics import exact_weight_limits, weight_of_evidence

EXPECTED = (1.0, 3.0, 5.0, 20.0)
SHARES = (0.05, 0.3)
"""Of all non-events in the bin."""
ROWS, EVENT_RATE = 4000, 0.1


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits for the first of two bins, cohort sampling; draws without a row in it are left out."""
    rng = np.random.default_rng(seed)
    cells = []
    for expected in EXPECTED:
        for share in SHARES:
            q = expected / (ROWS * EVENT_RATE)
            law = np.array([(1 - EVENT_RATE) * share, (1 - EVENT_RATE) * (1 - share), EVENT_RATE * q])
            law = np.append(law, 1 - law.sum())
            truths = {"woe": np.log(share / q), "log_odds": np.log(law[0] / law[2])}
            tables = rng.multinomial(ROWS, law, size=replications).reshape(-1, 2, 2)
            cell: dict[str, Any] = {"expected": expected, "share": share}
            for kind, truth in truths.items():
                found = np.array([_limits(table, kind) for table in tables])
                inside = (found[..., 0] <= truth) & (truth <= found[..., 1])
                cell |= {f"wald_{kind}": float(inside[:, 0].mean()), f"exact_{kind}": float(inside[:, 1].mean())}
            cells.append(cell)
    names = [f"{method}_{kind}" for method in ("wald", "exact") for kind in ("woe", "log_odds")]
    return {"figures": {name: [cell[name] for cell in cells] for name in names}, "table": cells}


def _limits(table: np.ndarray, kind: Any) -> np.ndarray:
    """Return the (2, 2) limits of the first bin, Wald's first."""
    g, b = table
    wald = weight_of_evidence(b, g, kind=kind)
    half = special.ndtri(0.975) * wald.standard_error[0]
    return np.array([[wald.value[0] - half, wald.value[0] + half], exact_weight_limits(b, g, kind=kind)[0]])
