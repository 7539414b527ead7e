"""A wide table in a process of its own: CPU time and memory of a fit on 1e5 rows, a hundred features a replication."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from validation.performance.binner import ROOT, child_environment

__all__ = ["fit"]

ROWS = 100_000
HUNDRED = 100


def fit(*, seed: int, replications: int) -> dict[str, Any]:
    """Fit in one process; the memory is that of the process with the table in it."""
    n_features = HUNDRED * replications
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "validation.performance.wide", str(ROWS), str(n_features), str(seed)],
            capture_output=True, text=True, cwd=ROOT, env=child_environment(Path(folder)), check=True,
        )  # fmt: skip
    found = json.loads(done.stdout)
    return {"figures": found | {"rows": ROWS, "features": n_features}}


def _measured(n_rows: int, n_features: int, seed: int) -> dict[str, float]:
    from kullback.binning import OptimalBinner

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features))
    y = rng.random(n_rows) < 1 / (1 + np.exp(2 - 0.2 * X[:, :20].sum(axis=1)))
    OptimalBinner().fit(X[:2000, :3], y[:2000])  # compiles
    before = time.process_time()
    OptimalBinner().fit(X, y)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"cpu_seconds": time.process_time() - before, "peak_over_data": peak / X.nbytes}


if __name__ == "__main__":
    print(json.dumps(_measured(*map(int, sys.argv[1:]))))
