"""Judging a study's figures by the binomial law, and saying what they were measured with."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

__all__ = ["LIBRARIES", "Verdict", "absent", "binomial_band", "environment", "judge"]

TAIL = 0.0005
"""Probability left out on each side of a binomial band."""

LIBRARIES = ("kullback", "numpy", "scipy", "numba", "pandas", "scikit-learn", "statsmodels")


@dataclass(frozen=True)
class Verdict:
    """One figure held against its acceptance: the least and greatest measured, and the band for them."""

    figure: str
    low: float
    high: float
    band: tuple[float, float]
    held: bool

    def __str__(self) -> str:
        measured = f"{self.low:.4g}" if self.low == self.high else f"{self.low:.4g} to {self.high:.4g}"
        return f"{self.figure} {measured} in [{self.band[0]:.4g}, {self.band[1]:.4g}]"


def binomial_band(probability: float, replications: int) -> tuple[float, float]:
    """Return the central 99.9% of the rate of `replications` draws with this probability."""
    low, high = stats.binom.ppf([TAIL, 1 - TAIL], replications, probability) / replications
    return float(low), float(high)


def judge(figures: dict[str, Any], accept: list[dict[str, Any]], replications: int, *, quick: bool) -> list[Verdict]:
    """Hold each figure against its acceptance.

    Parameters
    ----------
    figures : dict
        What the study measured: numbers, lists of numbers (each must hold), or dicts of them ("wald.mean").
    accept : list of dict
        ``figure`` and either ``binomial = p`` (the band of its replications) or ``range = [low, high]``.
        A range states rates unless ``rate = false``; ``quick_range`` is a range of its own for a quick run.
    replications : int
    quick : bool
        With few replications a range of rates widens by the binomial band of its ends.
    """
    return [_judge_one(figures, rule, replications, quick=quick) for rule in accept]


def _judge_one(figures: dict[str, Any], rule: dict[str, Any], replications: int, *, quick: bool) -> Verdict:
    found: Any = figures
    for part in rule["figure"].split("."):
        found = found[part]
    values = np.atleast_1d(np.asarray(found, dtype=np.float64))
    low, high = _band(rule, replications, quick=quick)
    if values.size == 0:  # a study that judged nothing has shown nothing
        return Verdict(rule["figure"], float("nan"), float("nan"), (low, high), held=False)
    held = bool(((values >= low) & (values <= high)).all())
    return Verdict(rule["figure"], float(values.min()), float(values.max()), (low, high), held)


def _band(rule: dict[str, Any], replications: int, *, quick: bool) -> tuple[float, float]:
    if "binomial" in rule:
        return binomial_band(rule["binomial"], replications)
    if quick and "quick_range" in rule:
        low, high = rule["quick_range"]
    else:
        low, high = rule["range"]
        if quick and rule.get("rate", True):
            low, high = binomial_band(low, replications)[0], binomial_band(high, replications)[1]
    return float(low), float(high)


def absent(distributions: Iterable[str]) -> list[str]:
    """Return those of these distributions that are not installed."""
    return [name for name in distributions if not any(importlib.metadata.distributions(name=name))]


def environment(peers: Iterable[str] = ()) -> dict[str, Any]:
    """Return versions, the kind of machine and the date; nothing that names the machine or its paths."""
    return {
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in (*LIBRARIES, *peers)},
        "machine": {"cpu": _cpu_model(), "cores": os.cpu_count(), "system": platform.system()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
