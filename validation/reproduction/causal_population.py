"""The paper's estimator where there is something to estimate: a bounded outcome, with the population's bounds known."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.datasets import make_confounded
from validation.reproduction._causal_paper import DIVERGENCES, Drawn, paper_bounds

__all__ = ["error"]

ROWS = (200, 400, 800, 1600, 3200, 6400)
N_EVALUATED = 500
RISKS = {"debiased": True, "not": False}


def error(*, seed: int, replications: int) -> dict[str, Any]:
    """Error of both ends of E[Y(1) | X] against the population's, as rows are added; with and without debiasing."""
    rng = np.random.default_rng(seed)
    known = make_confounded(1, random_state=0).law
    X = make_confounded(N_EVALUATED, random_state=rng).X.to_numpy()
    bounds = {name: known.mean_bounds(X, 1, name) for name in DIVERGENCES}
    table = []
    for n in ROWS:
        errors: dict[str, list[dict[str, float]]] = {risk: [] for risk in RISKS}
        widths: list[dict[str, float]] = []
        for _ in range(replications):
            drawn = _drawn(n, rng)
            for risk, debiased in RISKS.items():
                found, _ = paper_bounds(drawn, X, None, int(seed), support=(0.0, 1.0), debiased=debiased)
                errors[risk].append({d: float(np.sqrt(np.mean((found[d] - bounds[d]) ** 2))) for d in DIVERGENCES})
            widths.append({d: float(np.ptp(found[d], axis=1).mean()) for d in DIVERGENCES})
        table += [
            {"rows": n, "risk": risk, **{d: float(np.mean([e[d] for e in errors[risk]])) for d in DIVERGENCES}}
            for risk in RISKS
        ]
        table.append({"rows": n, "risk": "width", **{d: float(np.mean([w[d] for w in widths])) for d in DIVERGENCES}})
    table.append({"risk": "width, population", **{d: float(np.ptp(bounds[d], axis=1).mean()) for d in DIVERGENCES}})
    by_risk = {
        risk: np.array([[row[d] for d in DIVERGENCES] for row in table if row["risk"] == risk]) for risk in RISKS
    }
    widths_last = [row for row in table if row["risk"] == "width"][-1]
    figures = {
        "slope": {risk: np.polyfit(np.log(ROWS), np.log(values), 1)[0].tolist() for risk, values in by_risk.items()},
        "debiased_over_not": (by_risk["debiased"] / by_risk["not"])[-2:].ravel().tolist(),
        "worst_last": float(by_risk["debiased"][-1].max()),
        "order": np.diff([widths_last[d] for d in ("chi2", "kl", "js", "hellinger", "tv")]).tolist(),
    }
    return {"figures": figures, "table": table}


def _drawn(n: int, rng: np.random.Generator) -> Drawn:
    data = make_confounded(n, random_state=rng)
    return Drawn(data.X.to_numpy(), data.treatment, data.outcome, data.propensity, np.full(n, np.nan))
