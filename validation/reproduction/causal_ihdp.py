"""Figure 3 of Jung and Kang (2026): infants of a trial, with an outcome simulated as Hill (2011) did."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from kullback.datasets import load_ihdp
from validation.reproduction._causal_paper import DIVERGENCES, Drawn, intersected, paper_bounds, paper_propensity

__all__ = ["figure_3"]

N_COVARIATES, N_SUBSAMPLE, N_TREES = 5, 500, 400
PAPER = {"lower": (4.0, 5.4), "upper": (7.6, 12.8), "truth": (5.7, 7.6), "propensity": (0.07, 0.56)}
ALIKE = 0.25
ITBOUND_WIDTH = {"kl": 8.87, "tv": 7.21, "hellinger": 6.00, "chi2": 9.57, "js": 5.73, "kth": 5.28}
"""Of the published package, one subsample of 500, in the specification's own run."""


def figure_3(*, seed: int, replications: int) -> dict[str, Any]:
    """Bounds of E[Y | do(1)] given five covariates, for subsamples of 500 of 747 infants; the truth is given all 25."""
    infants = _like_the_papers()
    X = infants.X.to_numpy(dtype=np.float64)[:, :N_COVARIATES]
    mean = infants.truth["mu1"].to_numpy()
    arm = infants.arm.to_numpy().astype(np.int64)
    rng = np.random.default_rng(seed)
    ends, shares, runs = [], [], []
    for replication in range(replications):
        rows = rng.choice(len(X), N_SUBSAMPLE, replace=False)
        drawn = Drawn(X[rows], arm[rows], infants.y.to_numpy()[rows], np.full(N_SUBSAMPLE, np.nan), mean[rows])
        found, share = paper_bounds(drawn, X, paper_propensity(seed + replication, N_TREES), seed + replication)
        runs.append(found)
        ends.append(intersected(found))
        shares.append(share)
    width = {name: float(np.mean([np.ptp(found[name], axis=1) for found in runs])) for name in DIVERGENCES}
    by_divergence = list(width.values())
    width["kth"] = float(np.mean(np.ptp(ends, axis=2)))
    lower, upper = np.mean(ends, axis=0).T
    spans = {"lower": lower, "upper": upper, "truth": mean, "propensity": np.mean(shares, axis=0)}
    table = [{"of": name, **_span(values, PAPER[name])} for name, values in spans.items()]
    table += [{"of": f"width {name}", "ours": value, "itbound": ITBOUND_WIDTH[name]} for name, value in width.items()]
    figures = {
        "covered": float(np.mean([(e[:, 0] <= mean) & (mean <= e[:, 1]) for e in ends])),
        "covered_by_mean": float(np.mean((lower <= mean) & (mean <= upper))),
        "width_ratio": width["kth"] / _mid_width(),
        "widest_over_tightest": max(by_divergence) / min(by_divergence),
        "width": width,
    }
    return {"figures": figures, "table": table}


def _like_the_papers() -> Any:
    """Return the first draw of Hill's surface B whose means under treatment lie where those of the paper's file do."""
    middle = float(np.mean(PAPER["truth"]))
    draws = (load_ihdp("B", random_state=draw) for draw in itertools.count())
    return next(infants for infants in draws if abs(infants.truth["mu1"].median() - middle) < ALIKE)


def _mid_width() -> float:
    """Return the width between the middles of the paper's ends."""
    return float(np.mean(PAPER["upper"]) - np.mean(PAPER["lower"]))


def _span(values: np.ndarray, paper: tuple[float, float]) -> dict[str, Any]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {"5%": float(low), "median": float(middle), "95%": float(high), "paper": list(paper)}
