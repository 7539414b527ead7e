"""Population stability index: coverage, size, minimum-effect and equivalence tests (specification 2.6)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special

from kullback.inference import noncentral_cdf
from kullback.metrics import population_stability_index
from validation.calibration._tables import agree, design, estimate, jeffreys

BINS = (5, 10, 20)
SAMPLES = ((5000, 5000), (50000, 5000), (10000, 2000))
"""Rows of the reference and of the current sample."""
SHIFTS = (0.0, 0.1, 0.3, 0.5)
"""Shift of a normal score, in standard deviations: PSI about its square."""
BOUNDS = (0.02, 0.1, 0.25)


def own_quantiles(*, seed: int, replications: int) -> dict[str, Any]:
    """Size at no shift and coverage under shifts, with bins at the reference sample's own quantiles."""
    rng = np.random.default_rng(seed)
    _quantile_counts_as_simulated(rng)
    cells = []
    for n_bins, (n, m), shift in itertools.product(BINS, SAMPLES, SHIFTS):
        counts, truth = _draw_quantile_bins(rng, n_bins, n, m, shift, replications)
        batch = estimate(counts)
        agree(counts, batch)
        cell = {"bins": n_bins, "samples": [n, m], "shift": shift, "mean_truth": float(truth.mean())}
        cell |= {method: float(batch.covers(method, truth).mean()) for method in ("noncentral", "wald", "paper")}
        if shift == 0:
            cell["size"] = float((batch.pearson < 0.05).mean())
            cell["paper_size"] = float((batch.value > special.ndtri(0.95) * batch.paper_error).mean())
        cells.append(cell)
    figures: dict[str, Any] = {
        "size": [cell["size"] for cell in cells if "size" in cell],
        "paper_size": [cell["paper_size"] for cell in cells if "size" in cell],
    }
    for method in ("noncentral", "wald", "paper"):
        rates = [cell[method] for cell in cells]
        figures[method] = rates
        figures[f"{method}_range"] = [min(rates), max(rates)]
    return {"figures": figures, "table": cells}


def _draw_quantile_bins(
    rng: np.random.Generator, n_bins: int, n: int, m: int, shift: float, replications: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw counts without the rows: the spacings of n uniform order statistics are Dirichlet.

    A bin between the reference sample's quantiles holds n / bins of its rows by construction; what is random
    is its share of the population, on which the current counts depend. The first cut is the value after the
    quantile, so that the first bin spans one spacing more.
    """
    per_bin = np.full(n_bins, float(n // n_bins))
    spacings = per_bin + (np.arange(n_bins) == 0)
    reference = rng.dirichlet(spacings, size=replications)
    cuts = np.clip(np.cumsum(reference, axis=1), 0.0, 1.0)
    cuts[:, -1] = 1.0
    current = np.diff(special.ndtr(special.ndtri(cuts) - shift), axis=1, prepend=0.0)
    counts = np.empty((replications, n_bins, 2))
    counts[..., 0] = per_bin
    counts[..., 1] = rng.multinomial(m, current)
    return counts, jeffreys(reference, current)


def _quantile_counts_as_simulated(rng: np.random.Generator) -> None:
    """Raise unless ``bins=10`` counts a continuous reference sample as the simulation does."""
    reference, current = rng.standard_normal(5000), rng.standard_normal(500)
    cuts = np.sort(reference)[500::500]
    actual = np.bincount(np.searchsorted(cuts, current, side="right"), minlength=10)
    by_counts = population_stability_index([500] * 10, actual)
    by_values = population_stability_index(reference, current, bins=10)
    np.testing.assert_allclose(by_values.value, by_counts.value, rtol=1e-12)


def bounds(*, seed: int, replications: int) -> dict[str, Any]:
    """Sizes at 5% of H0: PSI <= d (minimum effect) and of H0: PSI >= d (equivalence) where PSI = d."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_bins, (n, m), bound in itertools.product(BINS, SAMPLES, BOUNDS):
        p, q = design(rng, n_bins, bound)
        counts = np.stack([rng.multinomial(n, p, replications), rng.multinomial(m, q, replications)], axis=2)
        batch = estimate(counts)
        below = noncentral_cdf(batch.statistic, batch.df, bound / batch.scale)
        _tests_agree(counts, bound, below)
        cells.append(
            {
                "bins": n_bins,
                "samples": [n, m],
                "bound": bound,
                "empty": float(batch.has_empty_cell.mean()),
                "minimum_effect": float((1 - below < 0.05).mean()),
                "equivalence": float((below < 0.05).mean()),
            }
        )
    figures: dict[str, Any] = {}
    for name in ("minimum_effect", "equivalence"):
        figures[name] = [cell[name] for cell in cells]
        figures[f"{name}_range"] = [min(figures[name]), max(figures[name])]
    return {"figures": figures, "table": cells}


def _tests_agree(counts: np.ndarray, bound: float, below: np.ndarray) -> None:
    for i in range(5):
        psi = population_stability_index(counts[i, :, 0], counts[i, :, 1])
        ours = [psi.test(bound, "less").pvalue[0], psi.test(bound).pvalue[0]]
        np.testing.assert_allclose(ours, [below[i], 1 - below[i]], rtol=1e-6, atol=1e-10)
