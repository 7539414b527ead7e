"""Figures 2a, 2b and 2c of Jung and Kang (2026), with spline dual functions in place of neural networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from validation.reproduction._causal_paper import (
    DESIGNS,
    DIVERGENCES,
    Known,
    Noisy,
    intersected,
    paper_bounds,
    paper_propensity,
)

__all__ = ["figure_2a", "figure_2b", "figure_2c"]

AT = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
READ_OFF = {
    "lower": (-19.2, -14.2, -10.8, -9.8, -9.7, -8.6, -5.6),
    "upper": (26.3, 19.0, 13.3, 8.9, 5.2, 2.9, 1.9),
    "truth": (1.2, 3.5, 3.8, 0.0, -3.9, -4.1, -1.3),
}
ROWS = (100, 200, 400, 800, 1600, 3200)
WIDTHS = {"debiased": (17.2, 23.2, 25.0, 24.0, 21.5, 19.8), "not": (16.7, 22.3, 24.4, 24.5, 22.4, 21.0)}
ERRORS = {"debiased": (7.96, 6.95, 6.07, 5.4, 4.88, 4.29), "not": (8.0, 7.0, 6.18, 5.64, 5.2, 4.63)}
RISKS = {"debiased": True, "not": False}
N_FEATURES, N_EVALUATED = 5, 1000
N_FIGURE, N_ORACLE = 5000, 20000


def exact_propensity(X: np.ndarray) -> np.ndarray:
    """Return the propensity of the design of figure 2a."""
    return 0.05 + 0.9 * stats.norm.cdf(np.sqrt(2.0) * X[:, 0])


def figure_2a(*, seed: int, replications: int) -> dict[str, Any]:
    """Bounds of E[Y | do(1), X] against the propensity: as the paper learns it, and exact."""
    rng = np.random.default_rng(seed)
    at = DESIGNS["probit_sine"](N_EVALUATED, N_FEATURES, rng)
    learners = {"paper": paper_propensity(seed), "exact": Known(exact_propensity)}
    table, figures = [], {}
    samples = [DESIGNS["probit_sine"](N_FIGURE, N_FEATURES, rng) for _ in range(replications)]
    for name, learner in learners.items():
        runs = [paper_bounds(drawn, at.X, learner, seed + i) for i, drawn in enumerate(samples)]
        ends = np.array([intersected(found) for found, _ in runs])
        shares = np.array([share for _, share in runs])
        rows = [_near(level, shares, ends, at.truth) for level in AT]
        table += [{"propensity": name, **row, **_read_off(i)} for i, row in enumerate(rows)]
        figures[name] = {
            "width_ratio": [row["width"] / (hi - lo) for row, lo, hi in _beside(rows)],
            "truth_error": [abs(row["truth"] - paper) for row, paper in zip(rows, READ_OFF["truth"], strict=True)],
            "covered": float(np.mean((ends[..., 0] <= at.truth) & (at.truth <= ends[..., 1]))),
            "least_share": float(shares.mean(axis=0).min()),
            "greatest_share": float(shares.mean(axis=0).max()),
            "width": {d: float(np.mean([np.ptp(found[d], axis=1) for found, _ in runs])) for d in DIVERGENCES},
        }
    return {"figures": figures, "table": table}


def _near(level: float, shares: np.ndarray, ends: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Return means over samples and rows whose propensity is near a level."""
    near = np.abs(shares - level) < 0.05
    lower, upper = ends[near].mean(axis=0)
    seen = np.broadcast_to(truth, shares.shape)[near].mean()
    return {"at": level, "lower": lower, "upper": upper, "width": upper - lower, "truth": float(seen)}


def _read_off(i: int) -> dict[str, float]:
    return {f"paper_{key}": values[i] for key, values in READ_OFF.items()}


def _beside(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], float, float]]:
    return list(zip(rows, READ_OFF["lower"], READ_OFF["upper"], strict=True))


def figure_2b(*, seed: int, replications: int) -> dict[str, Any]:
    """Mean width, with the paper's penalty for coverage below .95, as rows are added; with and without debiasing."""
    table = []
    for design, draw in DESIGNS.items():
        rng = np.random.default_rng(seed)
        for i, n in enumerate(ROWS):
            found: dict[str, list[tuple[float, float]]] = {risk: [] for risk in RISKS}
            for replication in range(replications):
                drawn, at = draw(n + N_EVALUATED, N_FEATURES, rng).split(n)
                for risk, debiased in RISKS.items():
                    learner = paper_propensity(seed + replication)
                    runs, _ = paper_bounds(drawn, at.X, learner, seed + replication, debiased=debiased)
                    found[risk].append(_penalised(intersected(runs), at.truth))
            table += [
                {"design": design, "rows": n, "risk": risk, **_spread(found[risk]), "paper": WIDTHS[risk][i]}
                for risk in RISKS
            ]
    return {"figures": {design: _compared(table, design) for design in DESIGNS}, "table": table}


def _penalised(ends: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the mean width times 1 + 10 (.95 - coverage)+, and the coverage."""
    covered = float(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean())
    return float((ends[:, 1] - ends[:, 0]).mean() * (1 + 10 * max(0.0, 0.95 - covered))), covered


def _spread(found: list[tuple[float, float]]) -> dict[str, float]:
    values = np.array(found)
    return {
        "ours": float(values[:, 0].mean()),
        "median": float(np.median(values[:, 0])),
        "sd": float(values[:, 0].std(ddof=1)),
        "covered": float(values[:, 1].mean()),
    }


def _compared(table: list[dict[str, Any]], design: str) -> dict[str, Any]:
    """Return what is judged of one design: coverage, ours over the paper's, debiased over not."""
    rows = [row for row in table if row["design"] == design]
    by_risk = {risk: np.array([row["ours"] for row in rows if row["risk"] == risk]) for risk in RISKS}
    return {
        "covered": [row["covered"] for row in rows if row["rows"] >= 800],
        "over_paper": [row["ours"] / row["paper"] for row in rows],
        "debiased_over_not": (by_risk["debiased"] / by_risk["not"]).tolist(),
    }


def figure_2c(*, seed: int, replications: int) -> dict[str, Any]:
    """Error of the upper end against the same estimator with 20,000 rows and the exact propensity."""
    rng = np.random.default_rng(seed)
    draw, exact = DESIGNS["probit_sine"], Known(exact_propensity)
    at = draw(N_EVALUATED, N_FEATURES, rng)
    oracle = intersected(paper_bounds(draw(N_ORACLE, N_FEATURES, rng), at.X, exact, seed)[0])[:, 1]
    table = []
    for i, n in enumerate(ROWS):
        errors: dict[str, list[float]] = {risk: [] for risk in RISKS}
        for replication in range(replications):
            drawn = draw(n, N_FEATURES, rng)
            for risk, debiased in RISKS.items():
                learner = Noisy(paper_propensity(seed + replication), n, seed + replication)
                runs, _ = paper_bounds(drawn, at.X, learner, seed + replication, debiased=debiased)
                errors[risk].append(float(np.sqrt(np.mean((intersected(runs)[:, 1] - oracle) ** 2))))
        table += [
            {
                "rows": n,
                "risk": risk,
                "ours": float(np.mean(errors[risk])),
                "sd": float(np.std(errors[risk], ddof=1)),
                "paper": ERRORS[risk][i],
            }
            for risk in RISKS
        ]
    by_risk = {risk: [row["ours"] for row in table if row["risk"] == risk] for risk in RISKS}
    figures = {
        "slope": [_slope(ROWS, values) for values in by_risk.values()],
        "paper_slope": [_slope(ROWS, values) for values in ERRORS.values()],
        "debiased_over_not": (np.array(by_risk["debiased"]) / by_risk["not"]).tolist(),
        "over_paper": [row["ours"] / row["paper"] for row in table],
    }
    return {"figures": figures, "table": table}


def _slope(rows: Any, errors: Any) -> float:
    return float(np.polyfit(np.log(rows), np.log(errors), 1)[0])
