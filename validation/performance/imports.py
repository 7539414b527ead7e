"""What an import costs beyond the bare interpreter."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from validation.performance.binner import child_environment

__all__ = ["cost"]

STATEMENTS = {"interpreter": "", "kullback": "import kullback", "binning": "import kullback.binning"}


def cost(*, seed: int, replications: int) -> dict[str, Any]:
    """Milliseconds of a new interpreter with each import, the best of the replications, beyond one without."""
    rng = np.random.default_rng(seed)
    wall: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    cpu: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    with tempfile.TemporaryDirectory() as folder:
        environment = child_environment(Path(folder))
        for name in STATEMENTS:
            _time(name, environment)  # leaves byte code
        for _ in range(replications):
            for name in rng.permutation(list(STATEMENTS)):
                seconds, work = _time(name, environment)
                wall[name].append(seconds)
                cpu[name].append(work)
    return {"figures": {"wall_ms": _beyond(wall), "cpu_ms": _beyond(cpu)}}


def _time(name: str, environment: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of an interpreter that runs the statement."""
    work = _cpu_of_children()
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", STATEMENTS[name]], env=environment, check=True)
    return time.perf_counter() - started, _cpu_of_children() - work


def _cpu_of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _beyond(seconds: dict[str, list[float]]) -> dict[str, float]:
    best = {name: 1000 * min(times) for name, times in seconds.items()}
    bare = best.pop("interpreter")
    return {"interpreter": round(bare, 2)} | {name: round(time - bare, 2) for name, time in best.items()}
