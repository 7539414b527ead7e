"""Pointwise causal bounds beside itbound in the same run: CPU time, and distance from the population's bounds."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from kullback.datasets import ConfoundedLaw, make_confounded
from validation.performance._bounds_worker import DIVERGENCES, PAPER_NAMES, WHO
from validation.performance.binner import ROOT, child_environment

__all__ = ["against_itbound"]

SIZES = (1000, 5000)
N_NEW = 1000
PEER = "itbound"
FAR = 0.1
"""Distance of the peer from its population's bounds above which distances are compared."""


def against_itbound(*, seed: int, replications: int) -> dict[str, Any]:
    """Both ends of E[Y(1) | X] for every divergence, a new sample each time; 1,000 new rows."""
    importlib.metadata.version(PEER)  # not installed: said by what is raised
    with tempfile.TemporaryDirectory() as name:  # kernels are compiled once
        cells = [_cell(n_rows, seed, replications, Path(name)) for n_rows in SIZES]
    return {"figures": {f"n_{cell['rows']}": cell for cell in cells}, "table": [_row(cell) for cell in cells]}


def _cell(n_rows: int, seed: int, replications: int, folder: Path) -> dict[str, Any]:
    runs: dict[str, list[tuple[float, dict[str, float]]]] = {who: [] for who in WHO}
    for replication in range(replications):
        law, new = _draw(n_rows, (seed, n_rows, replication), folder)
        for who, done in runs.items():
            done.append(_run(who, folder, law, new))
    seconds = {who: [spent for spent, _ in done] for who, done in runs.items()}
    distance = {who: _distances([found for _, found in done]) for who, done in runs.items() if "apart" not in who}
    far = [name for name in PAPER_NAMES if distance[PEER][name] > FAR]
    return {
        "rows": n_rows,
        "cpu_seconds": {who: float(np.mean(spent)) for who, spent in seconds.items()},
        "times_faster": {who: float(np.sum(seconds[PEER]) / np.sum(spent)) for who, spent in seconds.items()},
        "distance": distance,
        "far": far,
        "times_nearer": {
            who: [distance[PEER][name] / distance[who][name] for name in far] for who in ("forest", "boosting")
        },
    }


def _draw(n_rows: int, seed: tuple[int, ...], folder: Path) -> tuple[ConfoundedLaw, np.ndarray]:
    rng = np.random.default_rng(seed)
    data, new = (make_confounded(n, random_state=rng) for n in (n_rows, N_NEW))
    X = new.X.to_numpy()
    np.savez(folder / "data.npz", X=data.X.to_numpy(), treatment=data.treatment, outcome=data.outcome, new=X)
    return data.law, X


def _run(who: str, folder: Path, law: ConfoundedLaw, new: np.ndarray) -> tuple[float, dict[str, float]]:
    """Return the CPU seconds of a worker, and the root mean squared distance of its ends by divergence."""
    done = subprocess.run(
        [sys.executable, "-m", "validation.performance._bounds_worker", who, str(folder)],
        capture_output=True, text=True, cwd=ROOT, env=child_environment(folder), check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{who} failed: {done.stderr[-2000:]}")
    found = np.load(folder / f"{who}.npz")
    distances = {
        name: float(np.sqrt(np.mean((found[name] - law.mean_bounds(new, 1, name)) ** 2)))
        for name in DIVERGENCES
        if name in found
    }
    return float(done.stdout.split()[-1]), distances


def _distances(found: list[dict[str, float]]) -> dict[str, float]:
    """Return the means over samples."""
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _row(cell: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": cell["rows"],
        **{f"{who}_seconds": round(spent, 2) for who, spent in cell["cpu_seconds"].items()},
        **{f"{who}_{name}": round(d, 4) for who, of in cell["distance"].items() for name, d in of.items()},
    }
