"""The paper's estimator where there is something to estimate: a bounded outcome, with the population's bounds known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special
from sklearn.ensemble import ExtraTreesRegressor

from kullback.bounds import CausalBounds
from kullback.datasets import make_confounded
from validation.reproduction._causal_paper import DIVERGENCES, Drawn, paper_bounds

__all__ = ["average", "error"]

ROWS = (200, 400, 800, 1600, 3200, 6400)
N_EVALUATED = 500
RISKS = {"debiased": True, "not": False}
AVERAGED = (500, 2000)
LEVEL = 0.95


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


def average(*, seed: int, replications: int) -> dict[str, Any]:
    """Limits of the average effect's bounds by dual functions, and the paper's Step 6 with its naive error."""
    rng = np.random.default_rng(seed)
    known = make_confounded(1, random_state=0).law
    effect = float(known.average_effect())
    table: list[dict[str, Any]] = []
    for n in AVERAGED:
        samples = [_averaged(n, rng) for _ in range(replications)]
        for name in DIVERGENCES:
            bounds = known.average_bounds(name)
            table.append({"set": name, "rows": n, **_rates([sample[name] for sample in samples], bounds, effect)})
    figures = {
        f"n_{n}": {
            key: [row[key] for row in table if row["rows"] == n] for key in ("holds_set", "holds_effect", "step_6")
        }
        for n in AVERAGED
    }
    return {"figures": figures, "table": table}


def _averaged(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return for each divergence the (4, 2) ends, their errors, Step 6 and its naive errors."""
    data = make_confounded(n, random_state=rng)
    fitted = CausalBounds(
        method="dual",
        divergence="chi2",
        outcome_bounds=(0.0, 1.0),
        outcome_estimator=ExtraTreesRegressor(2, min_samples_leaf=n // 4),  # balls have no use for it
        random_state=int(rng.integers(2**31)),
    ).fit(data.X, data.outcome, treatment=data.treatment)
    models = [replace(fitted._model, divergences=(name,)) for name in DIVERGENCES]
    jobs = [(model, fitted._functional, arm) for model in models for arm in (1, 0)]
    ends = fitted._sample.bounds(jobs)
    found = {}
    for i, (name, model) in enumerate(zip(DIVERGENCES, models, strict=True)):
        arms = {1: ends[2 * i], 0: ends[2 * i + 1]}
        interval = fitted._averages(model).contrast(fitted._contrast, fitted._functional, arms)
        fitted._model = model
        at_rows = fitted.predict_bounds(data.X)
        value, error = (
            [getattr(end, key)[0] for end in (interval.lower, interval.upper)] for key in ("value", "standard_error")
        )
        found[name] = np.array([value, error, at_rows.mean(axis=0), at_rows.std(axis=0, ddof=1) / np.sqrt(n)])
    return found


def _rates(found: list[np.ndarray], bounds: np.ndarray, effect: float) -> dict[str, Any]:
    """Rates of samples whose 95% limits hold both ends of the population's bounds, and the true effect."""
    z = special.ndtri(0.5 + LEVEL / 2)
    value, error, plug_in, naive = np.moveaxis(np.array(found), 1, 0)
    lower, upper = (value - z * error)[:, 0], (value + z * error)[:, 1]
    return {
        "bounds": bounds.tolist(),
        "holds_set": float(((lower <= bounds[0]) & (bounds[1] <= upper)).mean()),
        "holds_effect": float(((lower <= effect) & (effect <= upper)).mean()),
        "ends": (np.abs(value - bounds) <= z * error).mean(axis=0).tolist(),
        "step_6": (np.abs(plug_in - bounds) <= z * naive).mean(axis=0).tolist(),
        "outward_in_sd": ((value.mean(axis=0) - bounds) / value.std(axis=0, ddof=1) * [-1, 1]).tolist(),
        "sd": value.std(axis=0, ddof=1).tolist(),
        "mean_se": error.mean(axis=0).tolist(),
    }
