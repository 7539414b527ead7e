"""The dynamic program alone, and against the constraint solver of optbinning on the same pre-bins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from kullback._core.partition import best_partition
from kullback.binning._criterion import get_criterion
from kullback.binning._partition import DIRECTIONS, Constraints, run_gain
from kullback.binning._prebins import quantile_cuts
from validation.performance._data import EVENT_RATE

__all__ = ["against_the_solver", "speed"]

N_ROWS = 100_000
SHIFTS = (0.8, -0.5, 0.4, -0.3, 0.3, 0.2, -0.2, 0.15, -0.1, 0.1, 0.05, -0.05, 0.02, 0.0, 0.0)
"""Difference in mean of 15 normal columns between events and non-events."""

PREBINS = (20, 50)
TRENDS = ("ascending", "descending")
CONSTRAINTS = Constraints(get_criterion("iv"), max_bins=8, min_fraction=0.05, min_class=5.0)
NO_RULE = np.zeros((0, 0, 0), dtype=np.bool_)
EXACT = 1e-6
"""The solver rounds each gain to a millionth."""


def speed(*, seed: int, replications: int) -> dict[str, Any]:
    """CPU milliseconds of 30 problems (15 columns, two directions): the program, and with its gains; medians."""
    figures: dict[str, Any] = {"program_ms": {}, "with_gains_ms": {}}
    for n_prebins in PREBINS:
        counts = _prebin_counts(seed, n_prebins)
        gains = [_gains(c) for c in counts]
        _solve_all(gains)
        program = [_milliseconds(_solve_all, gains) for _ in range(replications)]
        whole = [_milliseconds(lambda c: _solve_all([_gains(each) for each in c]), counts) for _ in range(replications)]
        figures["program_ms"][str(n_prebins)] = float(np.median(program))
        figures["with_gains_ms"][str(n_prebins)] = float(np.median(whole))
    return {"figures": figures}


def against_the_solver(*, seed: int, replications: int) -> dict[str, Any]:
    """Value and CPU time of both on the same counts, for columns of `replications` seeds."""
    _solve_all([_gains(_prebin_counts(seed, PREBINS[0])[0])])  # compiled before it is timed
    rows = [row for r in range(replications) for n in PREBINS for row in _rows(seed + r, n)]
    figures = {str(n): _summary([row for row in rows if row["prebins"] == n]) for n in PREBINS}
    return {"figures": figures, "table": rows}


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    gained = np.array([row["program"] - row["solver"] for row in rows])
    return {
        "problems": len(rows),
        "program_better": int((gained > EXACT).sum()),
        "equal": int((np.abs(gained) <= EXACT).sum()),
        "solver_better": int((gained < -EXACT).sum()),
        "least_difference": float(gained.min()),
        "greatest_difference": float(gained.max()),
        "said_optimal": int(sum(row["status"] == "OPTIMAL" for row in rows)),
        "program_ms": round(sum(row["program_ms"] for row in rows), 2),
        "solver_ms": round(sum(row["solver_ms"] for row in rows), 1),
    }


def _rows(seed: int, n_prebins: int) -> Iterator[dict[str, Any]]:
    for column, counts in enumerate(_prebin_counts(seed, n_prebins)):
        gain, level = _gains(counts)
        for trend in TRENDS:
            started = time.process_time()
            starts, total = best_partition(gain, level, *DIRECTIONS[trend], 0.0, NO_RULE, 1, CONSTRAINTS.max_bins)
            between = time.process_time()
            status, their_starts = _solver(counts, trend)
            ended = time.process_time()
            yield {
                "column": column,
                "trend": trend,
                "prebins": counts.shape[0],
                "program": total,
                "solver": _value(gain, their_starts),
                "bins": starts.size,
                "solver_bins": their_starts.size,
                "status": status,
                "program_ms": round(1000 * (between - started), 4),
                "solver_ms": round(1000 * (ended - between), 2),
            }


def _prebin_counts(seed: int, n_prebins: int) -> list[np.ndarray]:
    """Return the (pre-bins, 2) counts of each column at its own quantiles, as the binner makes them."""
    rng = np.random.default_rng((seed, n_prebins))
    y = rng.random(N_ROWS) < EVENT_RATE
    found = []
    for shift in SHIFTS:
        x = rng.normal(size=N_ROWS) + shift * y
        codes = np.searchsorted(quantile_cuts(x, None, n_prebins, CONSTRAINTS.min_fraction), x, side="right")
        found.append(np.column_stack([np.bincount(codes[~y]), np.bincount(codes[y])]).astype(np.float64))
    return found


def _gains(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return run_gain(counts, counts.sum(axis=0), CONSTRAINTS)


def _solve_all(gains: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for gain, level in gains:
        for trend in TRENDS:
            best_partition(gain, level, *DIRECTIONS[trend], 0.0, NO_RULE, 1, CONSTRAINTS.max_bins)


def _milliseconds(work: Any, argument: Any) -> float:
    started = time.process_time()
    work(argument)
    return 1000 * (time.process_time() - started)


def _solver(counts: np.ndarray, trend: str) -> tuple[str, np.ndarray]:
    """Return the status and the first pre-bin of each bin, by optbinning's model and CP-SAT."""
    from optbinning.binning.cp import BinningCP

    least = int(np.ceil(CONSTRAINTS.min_fraction * counts.sum()))
    thin = int(CONSTRAINTS.min_class)
    model = BinningCP(
        trend, None, CONSTRAINTS.max_bins, least, None, thin, None, thin, None, 0, None, "consecutive", 0, None, 600
    )
    model.build_model("iv", *counts.T.astype(np.int64), None)
    status, last = model.solve()
    return status, np.append(0, np.flatnonzero(last[:-1]) + 1)


def _value(gain: np.ndarray, starts: np.ndarray) -> float:
    ends = np.append(starts[1:], gain.shape[0]) - 1
    return float(gain[starts, ends].sum())
