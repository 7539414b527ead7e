"""Greatest means over divergence balls against programs, and against structural models drawn at random."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from kullback.bounds._balls import BALLS, Ball, get_ball
from kullback.bounds._laws import LocalLaws
from kullback.information import DIVERGENCES, FDivergence

__all__ = ["against_programs", "structural_models"]

SMOOTH = ("chi2", "kl", "hellinger", "js")
ORDER = ("worst_case", "chi2", "kl", "hellinger")
ROUNDING = 1e-9
"""Of the range: what sums of some ten products may lose, and the search stops at."""


def against_programs(*, seed: int, replications: int) -> dict[str, Any]:
    """Gap to a program of each ball, over the range of outcomes, on laws of up to 12 points, some with an atom on top.

    A nonlinear program for the smooth balls, linear ones for total variation and the worst case; balls that are
    derived from f alone are held against the closed forms.
    """
    oracle = _oracles()
    gaps: dict[str, list[float]] = {name: [] for name in BALLS}
    derived: list[float] = []
    own = {name: _derived(name) for name in (*SMOOTH, "tv")}
    for i, (phi, weights, share, top) in enumerate(_laws(seed, replications)):
        scale = top - phi.min()
        for name, ball in BALLS.items():
            found = _upper(ball, phi, weights, share, top)
            gaps[name].append((found - _program(oracle, ball, phi, weights, share, top)) / scale)
            if name in own and i % 20 == 0:
                derived.append((_upper(own[name], phi, weights, share, top) - found) / scale)
    figures: dict[str, Any] = {
        "greatest": {name: float(np.max(each)) for name, each in gaps.items()},
        "least": {name: float(np.min(each)) for name, each in gaps.items()},
        "derived": {"greatest": max(derived), "least": min(derived), "laws": len(derived)},
    }
    return {"figures": figures}


def structural_models(*, seed: int, replications: int) -> dict[str, Any]:
    """Rates of models whose mean under treatment leaves a bound, whose bounds are out of order, and mean widths."""
    rng = np.random.default_rng(seed)
    widths: dict[str, list[float]] = {name: [] for name in BALLS}
    outside = dict.fromkeys(BALLS, 0)
    disordered = 0
    for _ in range(replications):
        points, share, seen, truth = _structural_model(rng)
        mean, scale = float(truth @ points), float(np.ptp(points))
        upper = {}
        for name, ball in BALLS.items():
            upper[name] = _upper(ball, points, seen, share, points[-1])
            lower = -_upper(ball, -points, seen, share, -points[0])
            outside[name] += not lower - ROUNDING * scale <= mean <= upper[name] + ROUNDING * scale
            widths[name].append((upper[name] - lower) / scale)
        ordered = [upper[name] for name in ORDER]
        least = min(upper.values())
        disordered += bool(
            (np.diff(ordered) < -ROUNDING * scale).any() or upper["worst_case"] > least + ROUNDING * scale
        )
    figures = {
        "outside": {name: count / replications for name, count in outside.items()},
        "disordered": disordered / replications,
        "width": {name: round(float(np.mean(each)), 4) for name, each in widths.items()},
    }
    return {"figures": figures}


def _oracles() -> ModuleType:
    """Return the slow programs of the tests."""
    spec = importlib.util.spec_from_file_location("naive", Path(__file__).parents[2] / "tests" / "naive.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("tests/naive.py, which holds the programs, is not beside the studies.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _laws(seed: int, n_laws: int) -> Iterator[tuple[np.ndarray, np.ndarray, float, float]]:
    rng = np.random.default_rng(seed)
    for _ in range(n_laws):
        n = int(rng.integers(2, 13))
        phi = np.unique(rng.normal(size=n).round(2))
        top = phi.max() + float(rng.choice([0.0, 0.01, rng.exponential()]))
        yield phi, rng.dirichlet(np.ones(phi.size)), float(rng.uniform(0.03, 0.97)), top if phi.size > 1 else top + 1.0


def _derived(name: str) -> Ball:
    known = DIVERGENCES[name]
    return get_ball(
        FDivergence(
            f"own {name}", known.generator, known.derivative, known.conjugate, known.conjugate_derivative,
            known.at_zero, known.slope_at_infinity, known.adjoint,
        )
    )  # fmt: skip


def _upper(ball: Ball, phi: np.ndarray, weights: np.ndarray, share: float, top: float) -> float:
    return float(ball.solve(LocalLaws.of_sample(phi, weights), np.array([share]), np.array([top])).bound[0])


def _program(oracle: ModuleType, ball: Ball, phi: np.ndarray, weights: np.ndarray, share: float, top: float) -> float:
    if ball.name == "worst_case":
        return oracle.manski_program(phi, weights, share, top)
    if ball.name == "tv":
        return oracle.greatest_mean_by_moving(phi, weights, share, top)
    return oracle.greatest_mean(ball.psi, ball.psi_derivative, phi, weights, share, top)


def _structural_model(rng: np.random.Generator) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Draw points, the share of an arm, the law inside it and that of Y(arm); an unseen u moves choice and outcome."""
    n_unseen, n_points = rng.integers(1, 5), rng.integers(2, 7)
    unseen = rng.dirichlet(np.ones(n_unseen))
    chosen = rng.beta(rng.uniform(0.1, 2), rng.uniform(0.1, 2), n_unseen).clip(1e-6, 1 - 1e-6)
    outcome = rng.dirichlet(np.full(n_points, 0.5), n_unseen)
    share = float(unseen @ chosen)
    return np.sort(rng.normal(size=n_points)), share, (unseen * chosen) @ outcome / share, unseen @ outcome
