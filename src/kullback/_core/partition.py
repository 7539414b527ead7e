"""Optimal partition of an ordered set into runs, by dynamic programming over a gain matrix."""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import BoolArray, FloatArray, IntArray

__all__ = ["best_curved_partition", "best_partition"]


@kernel
def _best_neighbour(
    totals: FloatArray,
    levels: FloatArray,
    level: float,
    direction: int,
    phase: int,
    min_gap: float,
    allowed: BoolArray,
    s: int,
    t: int,
) -> tuple[int, float]:
    """Return where the best run before s..t starts (twice that, plus its phase), and the total up to it."""
    any_rule = allowed.shape[0] > 0
    top = -np.inf
    source = -1
    for u in range(s):
        total = totals[phase, u]
        previous = phase
        if phase == 1 and totals[0, u] > total:
            total = totals[0, u]
            previous = 0
        if total <= top or not _far_enough(level - levels[u], direction, min_gap):
            continue
        if any_rule and not allowed[u, s, t]:
            continue
        top = total
        source = 2 * u + previous
    return source, top


@kernel
def _far_enough(step: float, direction: int, min_gap: float) -> bool:
    if direction == 0:
        return abs(step) >= min_gap
    return direction * step >= min_gap


@kernel
def _fill_by_scan(
    best: FloatArray,
    came_from: IntArray,
    gain: FloatArray,
    level_by_end: FloatArray,
    first: int,
    second: int,
    min_gap: float,
    allowed: BoolArray,
) -> None:
    """Fill the recursion under any rule: each run looks at each start of the run before it."""
    n = gain.shape[0]
    for s in range(1, n):
        for t in range(s, n):
            if gain[s, t] == -np.inf:
                continue
            for k in range(1, min(s + 1, best.shape[0])):
                for phase in range(best.shape[1]):
                    source, top = _best_neighbour(
                        best[k - 1, :, s - 1, :s], level_by_end[s - 1], level_by_end[t, s],
                        first if phase == 0 else second, phase, min_gap, allowed, s, t,
                    )  # fmt: skip
                    best[k, phase, t, s] = top + gain[s, t]
                    came_from[k, phase, t, s] = source


@kernel
def _fill_by_order(
    best: FloatArray,
    came_from: IntArray,
    gain: FloatArray,
    level_by_end: FloatArray,
    first: int,
    second: int,
    min_gap: float,
) -> None:
    """Fill the recursion where the levels alone decide: the neighbours in reach of a run are the first in an order.

    Neighbours are sorted by level once for all numbers of parts, and a running maximum then answers for every t.
    """
    n = gain.shape[0]
    order = np.arange(n)
    reach = np.empty(n, dtype=np.int64)
    top = np.full(n + 1, -np.inf)
    source = np.full(n + 1, -1, dtype=np.int64)
    for s in range(1, n):
        levels = level_by_end[s - 1, :s]
        _sort_by_level(order[:s], levels)
        for phase in range(best.shape[1]):
            direction = first if phase == 0 else second
            for t in range(s, n):
                reach[t] = _count_in_reach(levels, level_by_end[t, s], direction, min_gap)
            for k in range(1, min(s + 1, best.shape[0])):
                _running_best(best[k - 1, :, s - 1, :s], order[:s], direction, phase, top, source)
                for t in range(s, n):
                    best[k, phase, t, s] = top[reach[t]] + gain[s, t]
                    came_from[k, phase, t, s] = source[reach[t]]


@kernel
def _sort_by_level(order: IntArray, levels: FloatArray) -> None:
    """Sort by insertion: all but the last entry were sorted when their runs were one item shorter."""
    for i in range(1, order.shape[0]):
        u = order[i]
        j = i
        while j > 0 and levels[order[j - 1]] > levels[u]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = u


@kernel
def _count_in_reach(levels: FloatArray, level: float, direction: int, min_gap: float) -> int:
    count = 0
    for u in range(levels.shape[0]):
        count += direction * (level - levels[u]) >= min_gap
    return count


@kernel
def _running_best(
    totals: FloatArray, order: IntArray, direction: int, phase: int, top: FloatArray, source: IntArray
) -> None:
    """Set ``top[r]`` to the best total among the first r neighbours, ``source[r]`` to its start and phase.

    The order is that of ascending levels, from its other end for levels that descend. Ties go to the least start.
    """
    n = order.shape[0]
    for r in range(n):
        u = order[r] if direction >= 0 else order[n - 1 - r]
        total = totals[phase, u]
        previous = phase
        if phase == 1 and totals[0, u] > total:
            total = totals[0, u]
            previous = 0
        better = total > top[r] or (total == top[r] and u < source[r] >> 1)
        top[r + 1] = total if better else top[r]
        source[r + 1] = 2 * u + previous if better else source[r]


@kernel
def _best_end(best: FloatArray, min_parts: int) -> tuple[int, int, int, float]:
    """Return parts, phase and start of the last run of the best partition, and its total."""
    n = best.shape[2]
    found = (0, 0, 0, -np.inf)
    for k in range(min_parts - 1, best.shape[0]):
        for phase in range(best.shape[1]):
            for start in range(n):
                if best[k, phase, n - 1, start] > found[3]:
                    found = (k + 1, phase, start, best[k, phase, n - 1, start])
    return found


@kernel
def _trace_back(came_from: IntArray, parts: int, phase: int, start: int) -> IntArray:
    starts = np.empty(parts, dtype=np.int64)
    end = came_from.shape[2] - 1
    for k in range(parts - 1, -1, -1):
        starts[k] = start
        source = came_from[k, phase, end, start]
        end = start - 1
        start = source >> 1
        phase = source & 1
    return starts


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
    # Stored [end, start], so that the innermost loop reads neighbours in memory.
    best = np.full((max_parts, n_phases, n, n), -np.inf)
    came_from = np.full((max_parts, n_phases, n, n), -1, dtype=np.int64)
    level_by_end = level.T.copy()
    best[0, 0, :, 0] = gain[0]
    if allowed.shape[0] > 0 or (min_gap > 0 and first * second == 0):
        _fill_by_scan(best, came_from, gain, level_by_end, first, second, min_gap, allowed)
    else:
        _fill_by_order(best, came_from, gain, level_by_end, first, second, min_gap)
    parts, phase, start, total = _best_end(best, min_parts)
    return _trace_back(came_from, parts, phase, start), total


@kernel
def best_curved_partition(
    gain: FloatArray,
    level: FloatArray,
    curvature: int,
    min_gap: float,
    allowed: BoolArray,
    min_parts: int,
    max_parts: int,
) -> tuple[IntArray, float]:
    """Choose the runs that maximise the sum of gains where levels are concave or convex from run to run.

    With f[k, s, t, u] the best total of k runs the last of which are u..s-1 and s..t,
    f[k, s, t, u] = gain[s, t] + max f[k-1, u, s-1, v] over v < u where the second difference of the levels of v..u-1,
    u..s-1 and s..t has the sign of `curvature`, or is 0 up to rounding.

    Parameters
    ----------
    gain, level, min_gap, allowed, min_parts, max_parts
        As in :func:`best_partition`.
    curvature : int
        +1: convex, -1: concave.

    Returns
    -------
    starts : (parts,) int64
        First item of each run; empty where no partition satisfies the rules.
    total : float
    """
    n = gain.shape[0]
    n_parts = min(max_parts, n)
    # Stored [end, start, start of the run before].
    best = np.full((n_parts, n, n, n), -np.inf)
    came_from = np.full((n_parts, n, n, n), -1, dtype=np.int64)
    best[0, :, 0, 0] = gain[0]
    for s in range(1, n):
        for t in range(s, n):
            if gain[s, t] == -np.inf:
                continue
            for u in range(s):
                if not _may_follow(level, min_gap, allowed, u, s, t):
                    continue
                for k in range(1, min(u + 2, n_parts)):
                    source, top = _best_before(best[k - 1, s - 1, u], level, curvature, u, s, t, k)
                    best[k, t, s, u] = top + gain[s, t]
                    came_from[k, t, s, u] = source
    return _curved_end(best, came_from, min_parts)


@kernel
def _may_follow(level: FloatArray, min_gap: float, allowed: BoolArray, u: int, s: int, t: int) -> bool:
    """Whether the run s..t may stand after u..s-1, whatever is before."""
    if abs(level[s, t] - level[u, s - 1]) < min_gap:
        return False
    return allowed.shape[0] == 0 or allowed[u, s, t]


@kernel
def _best_before(
    totals: FloatArray, level: FloatArray, curvature: int, u: int, s: int, t: int, k: int
) -> tuple[int, float]:
    """Return where the best run before u..s-1 and s..t starts, and the total up to u..s-1."""
    if k == 1:  # u..s-1 is the first run
        return 0, totals[0]
    middle, last = level[u, s - 1], level[s, t]
    top = -np.inf
    source = -1
    for v in range(u):
        if totals[v] <= top:
            continue
        first = level[v, u - 1]
        bend = curvature * (first - 2 * middle + last)
        if bend >= -1e-12 * (abs(first) + 2 * abs(middle) + abs(last)):
            top = totals[v]
            source = v
    return source, top


@kernel
def _curved_end(best: FloatArray, came_from: IntArray, min_parts: int) -> tuple[IntArray, float]:
    """Return the starts of the best partition, and its total."""
    n = best.shape[1]
    found, start, before, total = 0, 0, 0, -np.inf
    for k in range(min_parts - 1, best.shape[0]):
        for s in range(n):
            for u in range(max(s, 1)):
                if best[k, n - 1, s, u] > total:
                    found, start, before, total = k + 1, s, u, best[k, n - 1, s, u]
    starts = np.empty(found, dtype=np.int64)
    end = n - 1
    for k in range(found - 1, -1, -1):
        starts[k] = start
        source = came_from[k, end, start, before]
        end = start - 1
        start = before
        before = source
    return starts, total
