"""Optimal partition of an ordered set into runs, by dynamic programming over a gain matrix."""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import BoolArray, FloatArray, IntArray

__all__ = ["best_partition", "best_totals"]


@kernel
def best_partition(
    gain: FloatArray,
    level: FloatArray,
    first: int,
    second: int,
    min_gap: float,
    allowed: BoolArray,
    min_parts: int,
    max_parts: int,
) -> tuple[IntArray, float]:
    """Choose the runs that maximise the sum of gains under a rule on neighbours.

    With f[k, phase, s, t] the best total of k runs the last of which is s..t,
    f[k, phase, s, t] = gain[s, t] + max f[k-1, phase', u, s-1] over u < s where the neighbours u..s-1 and s..t
    obey the direction of `phase`, and phase' is `phase` or the one before it.

    Parameters
    ----------
    gain : (items, items) float64
        ``gain[s, t]`` of the run s..t; ``-inf`` forbids the run.
    level : (items, items) float64
        The quantity that a trend is about (an event rate, say) of the run s..t.
    first, second : int
        +1: levels ascend, -1: they descend, 0: free. Where they differ the levels follow `first` and, from
        some run on, `second`: a peak is (+1, -1), a valley (-1, +1). Equal: one direction throughout.
    min_gap : float
        Neighbouring levels differ by at least this much (0: ties are allowed).
    allowed : (items, items, items) or (0, 0, 0) bool
        Any further rule: ``allowed[u, s, t]`` says whether u..s-1 may stand next to s..t. Empty: no rule.
    min_parts, max_parts : int

    Returns
    -------
    starts : (parts,) int64
        First item of each run; empty where no partition satisfies the rules.
    total : float
        The sum of gains, ``-inf`` where there is none. Ties go to the fewest parts.
    """
    n = gain.shape[0]
    n_phases = 2 if first != second else 1
    any_rule = allowed.shape[0] > 0
    # Stored [end, start], so that the innermost loop reads neighbours in memory.
    best = np.full((max_parts, n_phases, n, n), -np.inf)
    came_from = np.full((max_parts, n_phases, n, n), -1, dtype=np.int64)
    level_by_end = level.T.copy()
    for t in range(n):
        best[0, 0, t, 0] = gain[0, t]
    for k in range(1, max_parts):
        for phase in range(n_phases):
            direction = first if phase == 0 else second
            for s in range(k, n):
                for t in range(s, n):
                    if gain[s, t] == -np.inf:
                        continue
                    top = -np.inf
                    source = -1
                    for u in range(s):
                        total = best[k - 1, phase, s - 1, u]
                        previous = phase
                        if phase == 1 and best[k - 1, 0, s - 1, u] > total:
                            total = best[k - 1, 0, s - 1, u]
                            previous = 0
                        if total <= top:
                            continue
                        step = level[s, t] - level_by_end[s - 1, u]
                        if direction == 0:
                            if min_gap > 0.0 and abs(step) < min_gap:
                                continue
                        elif direction * step < min_gap:
                            continue
                        if any_rule and not allowed[u, s, t]:
                            continue
                        top = total
                        source = 2 * u + previous
                    best[k, phase, t, s] = top + gain[s, t]
                    came_from[k, phase, t, s] = source
    total = -np.inf
    parts = 0
    phase = 0
    start = 0
    for k in range(min_parts - 1, max_parts):
        for p in range(n_phases):
            for s in range(n):
                if best[k, p, n - 1, s] > total:
                    total = best[k, p, n - 1, s]
                    parts = k + 1
                    phase = p
                    start = s
    starts = np.empty(parts, dtype=np.int64)
    end = n - 1
    for k in range(parts - 1, -1, -1):
        starts[k] = start
        source = came_from[k, phase, end, start]
        end = start - 1
        start = source >> 1
        phase = source & 1
    return starts, total


@kernel
def best_totals(
    gain: FloatArray,
    level: FloatArray,
    first: int,
    second: int,
    min_gap: float,
    min_parts: int,
    max_parts: int,
) -> FloatArray:
    """Return the best total of each of many problems, without the partitions themselves.

    Parameters
    ----------
    gain, level : (problems, items, items) float64
        As in :func:`best_partition`, where the other parameters are described too.

    Returns
    -------
    (problems,) float64
    """
    totals = np.empty(gain.shape[0])
    free = np.zeros((0, 0, 0), dtype=np.bool_)
    for problem in range(gain.shape[0]):
        _, totals[problem] = best_partition(
            gain[problem], level[problem], first, second, min_gap, free, min_parts, max_parts
        )
    return totals
