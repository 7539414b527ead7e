"""Limits and bands of bounds at X against the population's bounds there, and the estimates of bounds alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from kullback.bounds import CausalBounds
from kullback.bounds._model import Model, blocks
from kullback.datasets import make_confounded
from validation.calibration.bounds_coverage import DIVERGENCES, ODDS_RATIO

__all__ = ["containment"]

ROWS = (1000, 5000)
POINTS = 1000
LEVEL = 0.95
N_DRAWS = 1000


@dataclass(frozen=True)
class Design:
    """A design, what the estimator is told, and the sets that share the laws of a sample: (model, truth at X) each."""

    parameters: dict[str, Any]
    told: dict[str, Any]
    sets: dict[str, tuple[Callable[[Model], Model], Callable[[Any, np.ndarray], np.ndarray]]]


DESIGNS = (
    Design(
        {"design": "bounded"},
        {"outcome_bounds": (0.0, 1.0)},
        {
            name: (
                lambda model, name=name: replace(model, divergences=(name,)),
                lambda law, at, name=name: law.effect_bounds(at, name),
            )
            for name in DIVERGENCES
        },
    ),
    Design(
        {"design": "heavy_tailed", "odds_ratio": ODDS_RATIO},
        {"odds_ratio_bound": ODDS_RATIO},
        {"sensitivity": (lambda model: model, lambda law, at: law.effect_bounds(at, odds_ratio_bound=ODDS_RATIO))},
    ),
)


def containment(*, seed: int, replications: int) -> dict[str, Any]:
    """Shares of points at which limits hold the population's bounds; laws of a sample are shared by all divergences."""
    rng = np.random.default_rng(seed)
    cells = []
    for n in ROWS:
        for design in DESIGNS:
            samples = [_sample(design, n, rng) for _ in range(replications)]
            cells += [{"set": name, "rows": n, **_mean([sample[name] for sample in samples])} for name in design.sets]
    keys = ("contains", "ends", "band", "alone", "ends_alone")
    figures = {f"n_{n}": {key: [cell[key] for cell in cells if cell["rows"] == n] for key in keys} for n in ROWS}
    return {"figures": figures, "table": cells}


def _sample(design: Design, n: int, rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    data = make_confounded(n, random_state=rng, **design.parameters)
    at = make_confounded(POINTS, random_state=rng).X
    seed = int(rng.integers(2**31))
    fitted = CausalBounds(**design.told, random_state=seed).fit(data.X, data.outcome, treatment=data.treatment)
    (block,) = blocks(fitted._nuisances, at.to_numpy())
    models = {name: change(fitted._model) for name, (change, _) in design.sets.items()}
    jobs = [(model, fitted._functional, arm) for model in models.values() for arm in (1, 0)]
    arms = iter(fitted._sample.bounds(jobs))
    found = {}
    for name, model in models.items():
        own = copy.copy(fitted)
        own._model, own._found = model, {1: next(arms), 0: next(arms)}
        alone = {arm: model.bounds(block, fitted._functional, arm) for arm in (1, 0)}
        points = fitted._contrast.at(alone, block, fitted._functional)
        truth = design.sets[name][1](data.law, at)
        found[name] = _compared(own.conditional_bounds(at), points, truth, seed)
    return found


def _compared(found: Any, points: np.ndarray, truth: np.ndarray, seed: int) -> dict[str, Any]:
    """Return what one sample says, averaged over points; each end by itself is held two-sided."""
    value = np.column_stack([found.lower.value, found.upper.value])
    error = np.column_stack([found.lower.standard_error, found.upper.standard_error])
    limits = found.conf_int(LEVEL, "set")
    band = found.confidence_band(LEVEL, n_draws=N_DRAWS, random_state=seed)
    near = np.abs(value - truth) <= special.ndtri(0.5 + LEVEL / 2) * error
    return {
        "contains": float(_inside(truth, limits).mean()),
        "ends": near.mean(axis=0),
        "band": float(_inside(truth, band).all()),
        "alone": float(_inside(truth, points).mean()),
        "ends_alone": np.mean([points[:, 0] <= truth[:, 0], truth[:, 1] <= points[:, 1]], axis=1),
        "rmse": np.sqrt(np.mean((value - truth) ** 2)),
        "rmse_alone": np.sqrt(np.mean((points - truth) ** 2)),
        "width": np.diff(limits).mean(),
        "band_width": np.diff(band).mean(),
        "width_of_bounds": np.diff(truth).mean(),
        "bias": (value - truth).mean(axis=0),
    }


def _inside(truth: np.ndarray, limits: np.ndarray) -> np.ndarray:
    return (limits[:, 0] <= truth[:, 0]) & (truth[:, 1] <= limits[:, 1])


def _mean(samples: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: np.mean([sample[key] for sample in samples], axis=0).tolist() for key in samples[0]}
