"""Distance of bounds at new rows from the population's bounds, for each way to learn local laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kullback.bounds import CausalBounds
from kullback.datasets import SimulatedConfounded, make_confounded

__all__ = ["distance"]

ROWS = (1000, 5000)
N_NEW = 1000
DIVERGENCES = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")
METHODS = ("forest", "boosting")


def distance(*, seed: int, replications: int) -> dict[str, Any]:
    """Root mean squared distance of both ends at 1,000 new rows, of E[Y(1) | X] and of the effect at X."""
    rng = np.random.default_rng(seed)
    figures: dict[str, Any] = {}
    for n in ROWS:
        found: dict[tuple[str, str], list[list[float]]] = {}
        for _ in range(replications):
            data, new = (make_confounded(size, random_state=rng) for size in (n, N_NEW))
            for method in METHODS:
                for of, estimand in (("mean", {"estimand": "mean", "arm": 1}), ("effect", {"estimand": "ate"})):
                    found.setdefault((method, of), []).append(_distances(data, new.X, method, of, estimand))
        figures[f"n_{n}"] = {
            method: {of: np.mean(found[method, of], axis=0).tolist() for of in ("mean", "effect")} for method in METHODS
        }
    table = [
        {"rows": n, "method": method, "of": of, **dict(zip(DIVERGENCES, figures[f"n_{n}"][method][of], strict=True))}
        for n in ROWS
        for method in METHODS
        for of in ("mean", "effect")
    ]
    return {"figures": figures, "table": table}


def _distances(data: SimulatedConfounded, new: Any, method: str, of: str, estimand: dict[str, Any]) -> list[float]:
    """Two folds: what bounds new rows was learned from all rows."""
    bounds = CausalBounds(outcome_bounds=(0, 1), method=method, cv=2, random_state=0, **estimand)
    fitted = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    distances = []
    for name in DIVERGENCES:
        fitted._model = replace(fitted._model, divergences=(name,))
        known = data.law.mean_bounds(new, 1, name) if of == "mean" else data.law.effect_bounds(new, name)
        distances.append(float(np.sqrt(np.mean((fitted.predict_bounds(new) - known) ** 2))))
    return distances
