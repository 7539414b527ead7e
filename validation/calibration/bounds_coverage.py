"""Limits of average causal bounds against the population's bounds, and those of the plug-in average."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from kullback.bounds import CausalBounds
from kullback.bounds._model import Model
from kullback.datasets import ConfoundedLaw, SimulatedConfounded, make_confounded
from kullback.inference import IntervalEstimate

__all__ = ["boosted", "bounded", "sensitivity"]

ROWS = (500, 2000)
LEVEL = 0.95
DIVERGENCES = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")
ODDS_RATIO = 2.0
ENDS = ("lower", "upper")


@dataclass(frozen=True)
class Found:
    """What one sample says of one set: orthogonal averages, and the mean of bounds at rows with its naive error."""

    interval: IntervalEstimate
    plug_in: np.ndarray
    plug_in_error: np.ndarray


def bounded(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage at a bounded outcome for every divergence: laws and propensities of a sample are shared by all."""
    return _bounded(seed, replications, {})


def boosted(*, seed: int, replications: int) -> dict[str, Any]:
    """The same with local laws that were boosted; Hellinger balls by themselves."""
    found = _bounded(seed, replications, {"method": "boosting"})
    for figures in found["figures"].values():
        figures["hellinger"] = figures["ends"].pop(DIVERGENCES.index("hellinger"))
    return found


def _bounded(seed: int, replications: int, parameters: dict[str, Any]) -> dict[str, Any]:
    known = make_confounded(1, random_state=0).law
    return _study(
        seed,
        replications,
        lambda n, rng: make_confounded(n, random_state=rng),
        {"outcome_bounds": (0.0, 1.0)} | parameters,
        {name: (lambda model, name=name: replace(model, divergences=(name,))) for name in DIVERGENCES},
        {name: known.average_bounds(name) for name in DIVERGENCES},
        known,
    )


def sensitivity(*, seed: int, replications: int) -> dict[str, Any]:
    """Coverage of the marginal sensitivity model with t(3) outcomes, whose true effect is its upper end."""
    known = make_confounded(1, design="heavy_tailed", odds_ratio=ODDS_RATIO, random_state=0).law
    return _study(
        seed,
        replications,
        lambda n, rng: make_confounded(n, design="heavy_tailed", odds_ratio=ODDS_RATIO, random_state=rng),
        {"odds_ratio_bound": ODDS_RATIO},
        {"sensitivity": lambda model: model},
        {"sensitivity": known.average_bounds(odds_ratio_bound=ODDS_RATIO)},
        known,
    )


def _study(
    seed: int,
    replications: int,
    draw: Callable[[int, np.random.Generator], SimulatedConfounded],
    parameters: dict[str, Any],
    models: dict[str, Callable[[Model], Model]],
    bounds: dict[str, np.ndarray],
    known: ConfoundedLaw,
) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    cells, effect = [], float(known.average_effect())
    for n in ROWS:
        samples = [_sample(draw(n, rng), parameters, models, int(rng.integers(2**31))) for _ in range(replications)]
        for name in models:
            found = [sample[name] for sample in samples]
            cells.append({"set": name, "rows": n, **_cell(found, bounds[name], effect)})
    figures = {
        f"n_{n}": {key: [cell[key] for cell in cells if cell["rows"] == n] for key in ("ends", "effect", "plug_in")}
        for n in ROWS
    }
    return {"figures": figures, "table": cells}


def _sample(
    data: SimulatedConfounded, parameters: dict[str, Any], models: dict[str, Callable[[Model], Model]], seed: int
) -> dict[str, Found]:
    fitted = CausalBounds(**parameters, random_state=seed).fit(data.X, data.outcome, treatment=data.treatment)
    chosen = [change(fitted._model) for change in models.values()]
    arms = fitted._sample.bounds([(model, fitted._functional, arm) for model in chosen for arm in (1, 0)])
    return {
        name: _found(fitted, model, *pair)
        for name, model, pair in zip(models, chosen, zip(arms[::2], arms[1::2], strict=True), strict=True)
    }


def _found(fitted: CausalBounds, model: Model, one: Any, zero: Any) -> Found:
    at_rows = np.column_stack([one.lower - zero.upper, one.upper - zero.lower])
    averages = fitted._averages(model)
    return Found(
        averages.contrast(fitted._contrast, fitted._functional, {1: one, 0: zero}),
        at_rows.mean(axis=0),
        at_rows.std(axis=0, ddof=1) / np.sqrt(len(at_rows)),
    )


def _cell(found: Iterable[Found], bounds: np.ndarray, effect: float) -> dict[str, Any]:
    """Rates of samples whose limits hold each end of the population's bounds, and the true effect."""
    z = special.ndtri(0.5 + LEVEL / 2)
    found = list(found)
    value, error = (
        np.array([[np.asarray(getattr(getattr(f.interval, end), key))[0] for end in ENDS] for f in found])
        for key in ("value", "standard_error")
    )
    limits = np.array([f.interval.conf_int(LEVEL)[0] for f in found])
    plug_in, naive = np.array([f.plug_in for f in found]), np.array([f.plug_in_error for f in found])
    return {
        "bounds": bounds.tolist(),
        "ends": (np.abs(value - bounds) <= z * error).mean(axis=0).tolist(),
        "effect": float(((limits[:, 0] <= effect) & (effect <= limits[:, 1])).mean()),
        "plug_in": (np.abs(plug_in - bounds) <= z * naive).mean(axis=0).tolist(),
        "bias_in_sd": ((value.mean(axis=0) - bounds) / value.std(axis=0, ddof=1)).tolist(),
        "sd": value.std(axis=0, ddof=1).tolist(),
        "mean_se": error.mean(axis=0).tolist(),
    }
