"""Showing that a divergence between groups is below a bound: the one-sided non-central test (specification 2.7)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special

from kullback.inference import noncentral_cdf
from kullback.metrics import information_value
from validation.calibration._tables import Batch, design, draw_cohort, estimate

BINS = (2, 5, 10)
GROUPS = ((1400, 600), (14000, 6000), (140000, 60000))
"""People expected in each of two groups."""
BOUNDS = (0.02, 0.05, 0.1)
Z = special.ndtri(0.95)


def rejection(*, seed: int, replications: int) -> dict[str, Any]:
    """Rate of declaring a divergence below a bound where it is the bound itself, and where it is zero."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, groups, bound in itertools.product(BINS, GROUPS, BOUNDS):
        cell: dict[str, Any] = {"bins": n_bins, "groups": list(groups), "bound": bound}
        for name, truth in (("size", bound), ("power", 0.0)):
            p, q = design(rng, n_bins, truth)
            counts = draw_cohort(rng, p, q, groups, replications)
            batch = estimate(counts)
            declared = _declared(batch, bound)
            _agree(counts, bound, declared)
            cell[name] = {method: float(below.mean()) for method, below in declared.items()}
        cells.append(cell)
    figures: dict[str, Any] = {}
    for method in ("noncentral", "wald", "paper"):
        figures[method] = [cell["size"][method] for cell in cells]
        figures[f"{method}_range"] = [min(figures[method]), max(figures[method])]
    few = [cell for cell in cells if cell["bins"] == 10 and cell["groups"] == [1400, 600] and cell["bound"] == 0.02]
    figures["power_few_rows"] = few[0]["power"]
    return {"figures": figures, "table": cells}


def _declared(batch: Batch, bound: float) -> dict[str, np.ndarray]:
    """Return for each method where it declares the divergence below the bound at 5%; the paper's is Eq. (26)."""
    return {
        "noncentral": noncentral_cdf(batch.statistic, batch.df, bound / batch.scale) < 0.05,
        "wald": batch.value + Z * batch.standard_error < bound,
        "paper": batch.value + Z * batch.paper_error < bound,
    }


def _agree(counts: np.ndarray, bound: float, declared: dict[str, np.ndarray]) -> None:
    for i in range(5):
        pair = {"events": counts[i, :, 1], "non_events": counts[i, :, 0]}
        for method, below in declared.items():
            found = information_value(**pair, method=method).test(bound, "less")
            assert (found.pvalue[0] < 0.05) == below[i]
