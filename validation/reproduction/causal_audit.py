"""What the figures of Jung and Kang (2026) rest on: an outcome without bounds, and a propensity that is shrunk."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from kullback.bounds._balls import BALLS
from kullback.bounds._laws import LocalLaws
from validation.reproduction._causal_paper import DESIGNS, DIVERGENCES, paper_propensity

__all__ = ["heavy_tails", "propensity"]

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
QUOTED = (1.6, 6.3, 10.9, 22.7, 80.6)
"""Upper ends in the specification's own run, one draw."""
SHARE = 0.5
N_ROWS, N_FEATURES, N_FOLDS = 2000, 5, 2
SLACK = 1e-12


def heavy_tails(*, seed: int, replications: int) -> dict[str, Any]:
    """Upper bound of the mean of t(3) outcomes whose support is the sample's range, e = 1/2, as rows are added."""
    rng = np.random.default_rng(seed)
    found = np.array([[_upper_ends(rng.standard_t(3, n)) for n in SIZES] for _ in range(replications)])
    median = np.median(found, axis=0)
    table = [
        {"rows": n, **dict(zip(DIVERGENCES, median[i].tolist(), strict=True)), "specification": QUOTED[i]}
        for i, n in enumerate(SIZES)
    ]
    rises = np.diff(median, axis=0) / median[:-1]
    slopes = np.polyfit(np.log(SIZES), np.log(median), 1)[0]
    figures = {
        "slope": dict(zip(DIVERGENCES, slopes.tolist(), strict=True)),
        "least_rise": float(rises.min()),
        "spread": float(np.ptp(median[-1]) / median[-1].min()),
    }
    return {"figures": figures, "table": table}


def _upper_ends(y: np.ndarray) -> list[float]:
    law, top = LocalLaws.of_sample(y), np.array([y.max()])
    return [float(BALLS[name].solve(law, np.array([SHARE]), top).bound[0]) for name in DIVERGENCES]


def propensity(*, seed: int, replications: int) -> dict[str, Any]:
    """How the paper's learner of the propensity, and logistic regression, shrink it; how often a radius is too small.

    A ball holds the law under treatment for certain where its radius, psi of the estimate, is at least psi of the
    propensity: where the estimate is not above it.
    """
    rng = np.random.default_rng(seed)
    table = []
    for replication in range(replications):
        drawn = DESIGNS["probit_sine"](N_ROWS, N_FEATURES, rng)
        learners = {"paper": paper_propensity(seed + replication), "logistic": LogisticRegression()}
        for name, learner in learners.items():
            share = cross_val_predict(learner, drawn.X, drawn.treatment, cv=N_FOLDS, method="predict_proba")[:, 1]
            table.append({"learner": name, **_audited(share, drawn.propensity)})
    figures = {
        name: {
            key: float(np.mean([row[key] for row in table if row["learner"] == name]))
            for key in table[0]
            if key != "learner"
        }
        for name in ("paper", "logistic")
    }
    for row in figures.values():
        row["too_large_where_rare"] = row["estimate_where_rare"] / row["mean_where_rare"]
    return {"figures": figures, "table": [{"learner": name, **figures[name]} for name in figures]}


def _audited(estimate: np.ndarray, share: np.ndarray) -> dict[str, float]:
    rare = share < 0.15
    radius = BALLS["kl"].psi
    small = radius(estimate[rare]) < radius(share[rare]) - SLACK
    return {
        "slope": float(np.polyfit(share, estimate, 1)[0]),
        "rmse": float(np.sqrt(np.mean((estimate - share) ** 2))),
        "mean_where_rare": float(share[rare].mean()),
        "estimate_where_rare": float(estimate[rare].mean()),
        "radius_too_small_where_rare": float(small.mean()),
        "radius_too_small": float((estimate > share + SLACK).mean()),
        "kl_radius_where_rare": float(radius(share[rare]).mean()),
        "kl_radius_estimate_where_rare": float(radius(estimate[rare]).mean()),
    }
