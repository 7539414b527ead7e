"""Coverage of the weight of evidence's standard error, the full one and the paper's (specification 2.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from kullback.metrics import weight_of_evidence
from validation.calibration._tables import design, draw_cohort

CELLS = ((2, (8500, 1500)), (3, (850, 150)), (5, (8500, 1500)), (10, (8500, 1500)), (10, (19000, 1000)))
"""Number of bins, and non-events and events expected."""


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of 95% limits of each bin's weight of evidence and of its log-odds, at an IV of .3."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, cohort in CELLS:
        p, q = design(rng, n_bins, 0.3)
        counts = draw_cohort(rng, p, q, cohort, replications)
        woe, error, log_odds, odds_error = _estimates(counts)
        _agree(counts, woe, error, log_odds, odds_error)
        truth = np.log(p / q)
        shift = np.log(cohort[0] / cohort[1])
        cells.append(
            {
                "bins": n_bins,
                "size": list(cohort),
                "sd": woe.std(axis=0).tolist(),
                "standard_error": error.mean(axis=0).tolist(),
                "paper_error": odds_error.mean(axis=0).tolist(),
                "full": _rate(woe, error, truth),
                "paper": _rate(woe, odds_error, truth),
                "log_odds": _rate(log_odds, odds_error, truth + shift),
            }
        )
    figures = {name: [rate for cell in cells for rate in cell[name]] for name in ("full", "paper", "log_odds")}
    figures["paper_two_bins"] = cells[0]["paper"]
    figures["paper_mean"] = float(np.mean(figures["paper"]))
    return {"figures": figures, "table": cells}


def _estimates(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    empty = (counts == 0).any(axis=(1, 2), keepdims=True)
    cells = counts + 0.5 * empty
    totals = cells.sum(axis=1, keepdims=True)
    log_odds = np.log(cells[..., 0] / cells[..., 1])
    bin_variance = (1 / cells).sum(axis=2)
    woe = log_odds - np.log(totals[..., 0] / totals[..., 1])
    return woe, np.sqrt(bin_variance - (1 / totals).sum(axis=2)), log_odds, np.sqrt(bin_variance)


def _agree(counts: np.ndarray, *ours: np.ndarray) -> None:
    """Raise unless the package gives these figures on the first tables."""
    for i in range(5):
        pair = {"events": counts[i, :, 1], "non_events": counts[i, :, 0]}
        woe, log_odds = weight_of_evidence(**pair), weight_of_evidence(**pair, kind="log_odds")
        theirs = [woe.value, woe.standard_error, log_odds.value, log_odds.standard_error]
        np.testing.assert_allclose([x[i] for x in ours], theirs, rtol=1e-9)  # a few sums in double precision


def _rate(value: np.ndarray, error: np.ndarray, truth: np.ndarray) -> list[float]:
    return (np.abs(value - truth) <= special.ndtri(0.975) * error).mean(axis=0).tolist()
