"""Coverage of the information value's intervals, and size of its tests (specification 2.3 and 2.5)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special

from validation.calibration._tables import SIZES, agree, design, draw_cohort, estimate

BINS = (2, 5, 10, 20)
TRUTHS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.3, 0.6, 1.0)
METHODS = ("noncentral", "wald", "paper")
RARE = 0.01
"""Cells are judged where fewer replications than this have an empty cell; elsewhere every method fails."""


def coverage(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of the 95% interval in 160 cells: bins x sizes x information values, cohort sampling."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, size, truth in itertools.product(BINS, SIZES, TRUTHS):
        p, q = design(rng, n_bins, truth)
        counts = draw_cohort(rng, p, q, size, replications)
        batch = estimate(counts)
        agree(counts, batch)
        covered = {method: float(batch.covers(method, truth).mean()) for method in METHODS}
        cells.append(
            {"bins": n_bins, "size": list(size), "truth": truth, "empty": float(batch.has_empty_cell.mean())} | covered
        )
    judged = [cell for cell in cells if cell["empty"] < RARE]
    figures: dict[str, Any] = {"cells": len(cells), "cells_judged": len(judged)}
    for method in METHODS:
        figures[method] = _summary(judged, method)
    figures["noncentral_by_cell"] = [cell["noncentral"] for cell in judged]
    figures["noncentral_by_cell_at_zero"] = [cell["noncentral"] for cell in judged if cell["truth"] == 0]
    return {"figures": figures, "table": cells}


def _summary(cells: list[dict[str, Any]], method: str) -> dict[str, float]:
    rates = np.array([cell[method] for cell in cells])
    truths = np.array([cell["truth"] for cell in cells])
    bands = {"0": truths == 0, "(0, .02]": (truths > 0) & (truths <= 0.02)}
    bands |= {"(.02, .1]": (truths > 0.02) & (truths <= 0.1), "(.1, 1]": truths > 0.1}
    return {
        "mean": float(rates.mean()),
        "min": float(rates.min()),
        "max": float(rates.max()),
        "share_below_93": float((rates < 0.93).mean()),
    } | {f"mean at IV in {name}": float(rates[band].mean()) for name, band in bands.items()}


def size(*, seed: int, replications: int) -> dict[str, Any]:
    """Rate of rejecting IV = 0 at 5% where it is true: Pearson's test, (2 IV/SE)^2, and the paper's."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, cohort in itertools.product(BINS, SIZES):
        p, q = design(rng, n_bins, 0.0)
        counts = draw_cohort(rng, p, q, cohort, replications)
        batch = estimate(counts)
        agree(counts, batch)
        paper = batch.value > special.ndtri(0.95) * batch.paper_error
        scaled = special.chdtrc(batch.df, batch.statistic) < 0.05
        cells.append(
            {
                "bins": n_bins,
                "size": list(cohort),
                "empty": float(batch.has_empty_cell.mean()),
                "pearson": float((batch.pearson < 0.05).mean()),
                "scaled": float(scaled.mean()),
                "paper": float(paper.mean()),
            }
        )
    judged = [cell for cell in cells if cell["empty"] < RARE]
    figures: dict[str, Any] = {"cells_judged": len(judged)}
    for method in ("pearson", "scaled", "paper"):
        figures[method] = [cell[method] for cell in judged]
        figures[f"{method}_range"] = [min(figures[method]), max(figures[method])]
    return {"figures": figures, "table": cells}
