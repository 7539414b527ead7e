"""Slow and obvious algorithms, to hold the fast ones against."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy import optimize, stats


def partitions(n_items: int) -> Iterator[list[tuple[int, int]]]:
    """Every partition of 0..n_items-1 into runs, as (first, last) of each run."""
    for cuts in itertools.product([False, True], repeat=n_items - 1):
        starts = [0, *(i + 1 for i, cut in enumerate(cuts) if cut)]
        yield list(zip(starts, [s - 1 for s in starts[1:]] + [n_items - 1], strict=True))


def follows(levels: list[float], first: int, second: int, min_gap: float) -> bool:
    """Whether levels follow `first` up to some run and `second` from there on."""
    steps = np.diff(levels)

    def ok(step: float, direction: int) -> bool:
        if direction == 0:
            return min_gap == 0 or abs(step) >= min_gap
        return direction * step >= min_gap

    return any(
        all(ok(s, first) for s in steps[:turn]) and all(ok(s, second) for s in steps[turn:])
        for turn in range(len(steps) + 1)
    )


def best_partition(
    gain: np.ndarray,
    level: np.ndarray,
    first: int,
    second: int,
    min_gap: float,
    allowed: Callable[[int, int, int], bool] | None,
    min_parts: int,
    max_parts: int,
) -> tuple[float, int]:
    """The best total over all partitions that obey the rules, and the fewest parts that reach it."""
    best, fewest = -math.inf, 0
    for runs in partitions(gain.shape[0]):
        if not min_parts <= len(runs) <= max_parts:
            continue
        if not follows([level[s, t] for s, t in runs], first, second, min_gap):
            continue
        if allowed is not None and not all(allowed(u, s, t) for (u, _), (s, t) in itertools.pairwise(runs)):
            continue
        total = sum(gain[s, t] for s, t in runs)
        if total > best or (total == best > -math.inf and len(runs) < fewest):
            best, fewest = total, len(runs)
    return best, fewest


def counts(codes: np.ndarray, events: np.ndarray, weights: np.ndarray, n_codes: int) -> np.ndarray:
    """Sums of weights by code and class, one row at a time."""
    table = [[0.0, 0.0] for _ in range(n_codes)]
    for code, event, weight in zip(codes, events, weights, strict=True):
        table[code][event] += weight
    return np.array(table).reshape(n_codes, 2)


def cut_code(value: float, cuts: list[float], missing_code: int) -> int:
    """The number of cuts at or below a value."""
    return missing_code if math.isnan(value) else sum(cut <= value for cut in cuts)


def quantile_by_repetition(values: np.ndarray, weights: np.ndarray, probability: float) -> float:
    """The quantile (inverse distribution function) of values repeated by their whole weights."""
    return float(np.quantile(np.repeat(values, weights), probability, method="inverted_cdf"))


def information_value(g: np.ndarray, b: np.ndarray) -> float:
    """Sum of (share of non-events - share of events) times the log of their ratio."""
    p, q = g / g.sum(), b / b.sum()
    return math.fsum((x - y) * math.log(x / y) for x, y in zip(p, q, strict=True))


def information_variance(g: np.ndarray, b: np.ndarray) -> float:
    """Delta-method variance of the information value, specification 2.2, term by term."""
    G, B = g.sum(), b.sum()
    p, q = g / G, b / B
    a = [math.log(x / y) + 1 - y / x for x, y in zip(p, q, strict=True)]
    c = [-math.log(x / y) + 1 - x / y for x, y in zip(p, q, strict=True)]
    forward = math.fsum(x * math.log(x / y) for x, y in zip(p, q, strict=True))
    backward = math.fsum(y * math.log(y / x) for x, y in zip(p, q, strict=True))
    of_goods = math.fsum(x * s * s for x, s in zip(p, a, strict=True)) - forward**2
    of_bads = math.fsum(y * s * s for y, s in zip(q, c, strict=True)) - backward**2
    return of_goods / G + of_bads / B


def paper_variance(g: np.ndarray, b: np.ndarray) -> float:
    """Square of the paper's Eq. (18)."""
    w = b / b.sum() - g / g.sum()
    return math.fsum(w**2 * (1 / g + 1 / b))


def information_bias(g: np.ndarray, b: np.ndarray) -> float:
    """Second-order bias of the information value, specification 2.4."""
    p, q = g / g.sum(), b / b.sum()
    J = len(p)
    return (J - 2 + (q / p).sum()) / (2 * g.sum()) + (J - 2 + (p / q).sum()) / (2 * b.sum())


def conjugate(generator: Callable[[float], float], u: float, upper: float = 1e9) -> float:
    """sup over t >= 0 of t u - f(t), by search over the logarithm of t."""

    def loss(s: float) -> float:
        t = math.exp(s)
        return float(generator(t)) - t * u

    # A convex function of t is quasi-convex in log t, so that a bounded search finds its minimum; a grid
    # comes first, since the search needs a bracket.
    grid = np.linspace(math.log(1e-12), math.log(upper), 400)
    least = int(np.argmin([loss(s) for s in grid]))
    low, high = grid[max(least - 1, 0)], grid[min(least + 1, grid.size - 1)]
    found = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    return -min(found.fun, loss(low), loss(high))


def noncentrality(statistic: float, df: float, probability: float) -> float:
    """The non-centrality at which the law's distribution function at `statistic` is `probability`, or 0."""

    def excess(nc: float) -> float:
        law = stats.ncx2(df, nc) if nc > 0 else stats.chi2(df)
        return float(law.cdf(statistic)) - probability

    if excess(0.0) <= 0:
        return 0.0
    return optimize.brentq(excess, 0.0, (math.sqrt(statistic) + 12) ** 2, xtol=1e-9, rtol=1e-12)
