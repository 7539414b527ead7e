"""Fit and transform of a whole table, beside optbinning in the same run: CPU time, memory, information on new rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from validation.performance._data import draw_table

__all__ = ["child_environment", "hundred_thousand_rows", "million_rows"]

ROOT = Path(__file__).parents[2]
PEER = "optbinning"

Run = dict[str, Any]


def hundred_thousand_rows(*, seed: int, replications: int) -> dict[str, Any]:
    """Both binners on 1e5 rows x 20 columns, a new table each time; information on 3e5 new rows."""
    return _compare(100_000, 300_000, seed, replications)


def million_rows(*, seed: int, replications: int) -> dict[str, Any]:
    """Both binners on 1e6 rows x 20 columns, a new table each time; information on 1e6 new rows."""
    return _compare(1_000_000, 1_000_000, seed, replications)


def _compare(n_rows: int, n_holdout: int, seed: int, replications: int) -> dict[str, Any]:
    runs: dict[str, list[Run]] = {"kullback": [], PEER: []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for replication in range(replications):
            pd.to_pickle(draw_table(n_rows, (seed, replication, 0)), folder / "train.pickle")
            pd.to_pickle(draw_table(n_holdout, (seed, replication, 1)), folder / "holdout.pickle")
            if replication == 0:  # these leave byte code and kernels on disk, as any first use does
                once = {
                    "kullback_before_kernels_are_cached": _run("kullback", folder),
                    "optbinning_50_prebins": _run("optbinning_50_prebins", folder),
                }
            for binner, done in runs.items():
                done.append(_run(binner, folder))
    figures = {"cpu_seconds": _seconds(runs) | {name: _times(run) for name, run in once.items()}} | _ratios(runs)
    return {"figures": figures, "table": _by_feature(runs)}


def child_environment(folder: Path) -> dict[str, str]:
    """Return an environment with one thread, where byte code and kernels are kept in the folder."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    caches = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "NUMBA_CACHE_DIR": str(folder / "kernels")}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | threads | caches


def _run(binner: str, folder: Path) -> Run:
    """Return what the binner's own process measured."""
    done = subprocess.run(
        [sys.executable, "-m", "validation.performance._worker", binner, str(folder)],
        capture_output=True, text=True, cwd=ROOT, env=child_environment(folder), check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{binner} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _times(run: Run) -> dict[str, float]:
    return {name: round(run[name], 4) for name in ("import", "first", "second")}


def _seconds(runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Return the medians of CPU seconds."""
    return {
        binner: {name: round(float(np.median([run[name] for run in done])), 4) for name in _times(done[0])}
        for binner, done in runs.items()
    }


def _ratios(runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Return the ratios of kullback to the peer, a run of each beside the other."""
    pairs = list(zip(runs["kullback"], runs[PEER], strict=True))
    cpu = {name: [ours[name] / theirs[name] for ours, theirs in pairs] for name in ("first", "second")}
    cpu["import_and_first"] = [
        (ours["import"] + ours["first"]) / (theirs["import"] + theirs["first"]) for ours, theirs in pairs
    ]
    ours, theirs = (np.array([sum(run["holdout_iv"].values()) for run in done]) for done in runs.values())
    return {
        "cpu_ratio": {name: float(np.median(ratios)) for name, ratios in cpu.items()},
        "cpu_ratio_by_run": {name: [round(r, 4) for r in ratios] for name, ratios in cpu.items()},
        "holdout_iv": {"kullback": float(ours.mean()), PEER: float(theirs.mean())},
        "holdout_iv_ratio": _mean_with_limits(ours / theirs),
        "peak_ratio": [ours["peak_mb"] / theirs["peak_mb"] for ours, theirs in pairs],
        "peak_mb": {binner: max(run["peak_mb"] for run in done) for binner, done in runs.items()},
        "before_fit_mb": {binner: max(run["before_mb"] for run in done) for binner, done in runs.items()},
    }


def _mean_with_limits(values: np.ndarray) -> dict[str, float]:
    """Return the mean and its lower 95% limit by Student's t."""
    error = values.std(ddof=1) / np.sqrt(values.size)
    mean = float(values.mean())
    return {"mean": mean, "lower": mean - float(stats.t.ppf(0.95, values.size - 1) * error), "min": float(values.min())}


def _by_feature(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """Return a row a feature: mean information value on new rows, and mean number of bins."""
    return [
        {"feature": feature}
        | {
            f"{binner}_iv": float(np.mean([run["holdout_iv"][feature] for run in done]))
            for binner, done in runs.items()
        }
        | {f"{binner}_bins": float(np.mean([run["bins"][feature] for run in done])) for binner, done in runs.items()}
        for feature in runs["kullback"][0]["holdout_iv"]
    ]
