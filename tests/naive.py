"""Slow and obvious algorithms, to hold the fast ones against."""

from __future__ import annotations

import decimal
import functools
import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from scipy import integrate, optimize, special, stats


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


@functools.cache
def guillotine_partitions(top: int, bottom: int, first: int, last: int) -> frozenset[frozenset[tuple[int, ...]]]:
    """Every partition of a rectangle that cuts from edge to edge make, as sets of (top, bottom, first, last)."""
    found = {frozenset([(top, bottom, first, last)])}
    halves = [((top, c, first, last), (c + 1, bottom, first, last)) for c in range(top, bottom)]
    halves += [((top, bottom, first, c), (top, bottom, c + 1, last)) for c in range(first, last)]
    for one, other in halves:
        pairs = itertools.product(guillotine_partitions(*one), guillotine_partitions(*other))
        found |= {a | b for a, b in pairs}
    return frozenset(found)


def best_guillotine(gain: Callable[..., float], n_rows: int, n_columns: int, max_parts: int) -> tuple[float, int]:
    """The best total of gain(top, bottom, first, last) over all partitions, and the fewest parts that reach it."""
    best, fewest = -math.inf, 0
    for parts in guillotine_partitions(0, n_rows - 1, 0, n_columns - 1):
        total = math.fsum(gain(*part) for part in parts) if len(parts) <= max_parts else -math.inf
        if total > best or (total == best > -math.inf and len(parts) < fewest):
            best, fewest = total, len(parts)
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


def column(values: list, kind: str | None = None) -> tuple[str, list, list | None]:
    """Kind, entries and levels of a column, value by value; None is missing, and -1 its code."""
    known = [v for v in values if v is not None]
    if kind == "categorical" or all(isinstance(v, str) for v in known):
        levels = sorted(set(known))
        return "categorical", [-1 if v is None else levels.index(v) for v in values], levels
    kind = "boolean" if all(isinstance(v, bool) for v in known) else "numeric"
    return kind, [None if v is None else float(v) for v in values], None


def best_curved_partition(
    gain: np.ndarray,
    level: np.ndarray,
    curvature: int,
    min_gap: float,
    allowed: Callable[[int, int, int], bool] | None,
    min_parts: int,
    max_parts: int,
) -> tuple[float, int]:
    """The best total over all partitions whose levels bend one way, and the fewest parts that reach it."""

    def flat(runs: list[tuple[int, int]]) -> bool:
        levels = [level[s, t] for s, t in runs]
        return bends(levels, curvature) and all(abs(x - y) >= min_gap for x, y in itertools.pairwise(levels))

    best, fewest = -math.inf, 0
    for runs in partitions(gain.shape[0]):
        if not min_parts <= len(runs) <= max_parts or not flat(runs):
            continue
        if allowed is not None and not all(allowed(u, s, t) for (u, _), (s, t) in itertools.pairwise(runs)):
            continue
        total = sum(gain[s, t] for s, t in runs)
        if total > best or (total == best > -math.inf and len(runs) < fewest):
            best, fewest = total, len(runs)
    return best, fewest


BENDS = {"concave": -1, "convex": 1}
TURNS = {"none": (0, 0), "ascending": (1, 1), "descending": (-1, -1), "peak": (1, -1), "valley": (-1, 1)}


def criterion(p: float, q: float, name: str) -> float:
    """What a bin with shares p of the non-events and q of the events adds to a divergence."""
    if name == "iv":
        return (p - q) * math.log(p / q)
    if name == "js":
        m = (p + q) / 2
        return (p * math.log(p / m) + q * math.log(q / m)) / 2
    return (math.sqrt(p) - math.sqrt(q)) ** 2 / 2


def bin_gain(g: float, b: float, G: float, B: float, name: str) -> float:
    """The gain of a bin; to a divergence with a half added to its cells and the totals where one cell is empty."""
    if name in ("iv", "js", "hellinger"):
        half = 0.5 if min(g, b) == 0 else 0.0
        return criterion((g + half) / (G + 2 * half), (b + half) / (B + 2 * half), name)
    n, N = g + b, G + B
    if name == "chi2":
        return sum((seen - n * total / N) ** 2 / (n * total / N) for seen, total in ((g, G), (b, B)))
    if name == "gini":
        return 2 * n / N * (b / n - B / N) ** 2
    likelihood = sum(seen * math.log(seen / n / (total / N)) for seen, total in ((g, G), (b, B)) if seen)
    return likelihood if name == "log_likelihood" else likelihood / N


def bends(levels: list[float], curvature: int) -> bool:
    """Whether levels are convex (+1) or concave (-1)."""
    return all(curvature * (x - 2 * y + z) >= -1e-12 for x, y, z in zip(levels, levels[1:], levels[2:], strict=False))


def target_gain(cell: np.ndarray, totals: np.ndarray, target: str, name: str) -> float:
    """The gain of a bin for any target, from its sums: of classes, of numbers (n, sum, squares), of counts alike."""
    if target == "binary":
        return bin_gain(*cell, *totals, name)
    if target == "continuous":
        within = totals[2] - totals[1] ** 2 / totals[0]
        return cell[0] * (cell[1] / cell[0] - totals[1] / totals[0]) ** 2 / within if within > 1e-9 else 0.0
    if target == "count":
        return cell[1] * math.log(cell[1] / cell[0] / (totals[1] / totals[0])) if cell[1] else 0.0
    n, N = cell.sum(), totals.sum()
    if name == "iv":
        return math.fsum(bin_gain(n - b, b, N - B, B, "iv") for b, B in zip(cell, totals, strict=True))
    if name == "chi2":
        return math.fsum((b - n * B / N) ** 2 / (n * B / N) for b, B in zip(cell, totals, strict=True))
    if name == "gini":
        return math.fsum(n / N * (b / n - B / N) ** 2 for b, B in zip(cell, totals, strict=True))
    likelihood = math.fsum(b * math.log(b / n / (B / N)) for b, B in zip(cell, totals, strict=True) if b)
    return likelihood if name == "log_likelihood" else likelihood / N


def target_level(cell: np.ndarray, target: str) -> float:
    """What a trend is about: event rate, mean, rate of events; several classes have none."""
    if target == "multiclass":
        return 0.0
    return cell[1] / (cell.sum() if target == "binary" else cell[0])


def is_thin(
    cell: np.ndarray, totals: np.ndarray, min_fraction: float, min_class: float, target: str = "binary"
) -> bool:
    """Whether a bin is too small, or too few of a class, or too few events, are found and expected in it.

    In fractions, so that a bin that just reaches a limit does so.
    """
    classes = target in ("binary", "multiclass")
    cell, totals = [Fraction(x) for x in cell], [Fraction(x) for x in totals]
    size, total = (sum(cell), sum(totals)) if classes else (cell[0], totals[0])
    needed = {"continuous": [], "count": [1]}.get(target, range(len(cell)))
    if size == 0 or size < Fraction(min_fraction).limit_denominator(1000) * total:
        return True
    return any(max(cell[k], size * totals[k] / total) < min_class for k in needed)


def best_bins(
    counts: np.ndarray,
    totals: np.ndarray,
    criterion: str,
    trend: str,
    max_bins: int,
    min_fraction: float = 0.0,
    min_class: float = 0.0,
    min_bins: int = 1,
    min_gap: float = 0.0,
    max_pvalue: float | None = None,
    penalty: float = 0.0,
    parted: tuple[int, ...] = (),
    target: str = "binary",
) -> float:
    """The greatest criterion over every way to merge neighbours of (items, k) sums, -inf where none is allowed."""
    best = -math.inf
    for runs in partitions(len(counts)):
        cells = [counts[s : t + 1].sum(axis=0) for s, t in runs]
        if not min_bins <= len(runs) <= max_bins or not set(parted) <= {s for s, _ in runs}:
            continue
        if any(is_thin(cell, totals, min_fraction, min_class, target) for cell in cells):
            continue
        levels = [target_level(cell, target) for cell in cells]
        if trend in BENDS:
            if not bends(levels, BENDS[trend]) or any(abs(x - y) < min_gap for x, y in itertools.pairwise(levels)):
                continue
        elif not follows(levels, *TURNS[trend], min_gap):
            continue
        if max_pvalue is not None and any(alike(*pair, target) > max_pvalue for pair in itertools.pairwise(cells)):
            continue
        best = max(best, math.fsum(target_gain(cell, totals, target, criterion) - penalty for cell in cells))
    return best


def alike(first: np.ndarray, second: np.ndarray, target: str = "binary") -> float:
    """The p-value of the test that two bins have one law of classes (Pearson), one mean (Welch) or one rate (score)."""
    if target == "continuous":
        (n, s, ss), (m, t, tt) = first, second
        step = abs(s / n - t / m)
        error = math.sqrt((ss / n - (s / n) ** 2) / n + (tt / m - (t / m) ** 2) / m)
        return 1.0 if step == 0 else 2 * float(stats.norm.sf(step / error)) if error > 0 else 0.0
    if target == "count":
        events, exposure = first[1] + second[1], first[0] + second[0]
        if events == 0:
            return 1.0
        expected = events * np.array([first[0], second[0]]) / exposure
        return float(stats.chisquare([first[1], second[1]], expected).pvalue)
    table = np.array([first, second])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def quantile_cuts(values: np.ndarray, weights: np.ndarray, max_bins: int, min_fraction: Fraction) -> list[float]:
    """Cuts between about equal weights of rows, by the definition and in whole numbers and fractions only."""
    weight = {v: sum(int(w) for x, w in zip(values, weights, strict=True) if x == v) for v in sorted(set(values))}
    levels, total = list(weight), sum(weight.values())
    if len(levels) < 2:
        return []
    below = {v: sum(weight[u] for u in levels if u < v) for v in levels}

    def after(share: Fraction) -> float:
        return next((v for v in levels if below[v] >= share * total), levels[-1])

    def before(share: Fraction) -> float:
        return [v for v in levels if below[v] <= share * total][-1]

    heavy = [v for v in levels if weight[v] * max_bins >= total]
    following = [levels[levels.index(v) + 1] for v in heavy if v != levels[-1]]
    tails = [after(min_fraction), before(1 - min_fraction)]
    for fixed, fewest in (([*heavy, *following, *tails], 2), ([*heavy, *following], 1)):
        for parts in range(max_bins, fewest - 1, -1):
            cuts = {*fixed, *(after(Fraction(k, parts)) for k in range(1, parts))} - {levels[0]}
            if len(cuts) < max_bins:
                return sorted(cuts)
    return sorted(set(heavy) - {levels[0]})


def log_mean(rows: float) -> float:
    """psi(n + 1), less a half where there is no row and in proportion below one."""
    return float(special.digamma(rows + 1)) - 0.5 * max(1 - rows, 0.0)


def cross_fitted(
    codes: np.ndarray,
    events: np.ndarray,
    weights: np.ndarray,
    deals: np.ndarray,
    n_codes: int,
    n_items: int,
    choose: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> float:
    """The mean over pairs of folds of rows: shares of one times weights of evidence of the other, in others' bins."""
    unit = [weights[events == c].sum() / np.square(weights[events == c]).sum() for c in (0, 1)]
    values = []
    for folds, (one, other) in itertools.product(deals, itertools.permutations(range(deals.max(initial=0) + 1), 2)):
        train = (folds != one) & (folds != other)
        held = (train, folds == one, folds == other)
        parts = [counts(codes[rows], events[rows], weights[rows], n_codes) for rows in held]
        if any((part.sum(axis=0) == 0).any() for part in parts):
            continue
        bins = choose(parts[0][:n_items], parts[0].sum(axis=0))
        merged = [
            [part[:n_items][bins == j].sum(axis=0) for j in range(max(bins, default=-1) + 1)] + list(part[n_items:])
            for part in parts
        ]
        shares, totals = np.array(merged[1]) / parts[1].sum(axis=0), parts[2].sum(axis=0)
        value = 0.0
        for (p, q), (g, b) in zip(shares, merged[2], strict=True):
            good = log_mean(g * unit[0]) - log_mean(totals[0] * unit[0])
            bad = log_mean(b * unit[1]) - log_mean(totals[1] * unit[1])
            value += (p - q) * (good - bad)
        values.append(value)
    return float(np.mean(values)) if values else 0.0


def logistic(design: np.ndarray, events: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """Intercept and slopes that maximise the weighted log-likelihood less penalty / 2 times the squared slopes."""

    def loss(beta: np.ndarray) -> float:
        eta = beta[0] + design @ beta[1:]
        likelihood = sum(w * (y * t - np.logaddexp(0, t)) for w, y, t in zip(weights, events, eta, strict=True))
        return -likelihood + penalty / 2 * float(beta[1:] @ beta[1:])

    start = np.zeros(1 + design.shape[1])
    return optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).x


def logistic_covariance(
    design: np.ndarray, events: np.ndarray, weights: np.ndarray, penalty: float, beta: np.ndarray, robust: bool
) -> np.ndarray:
    """Bread, meat, bread: the meat is the information, or row by row the outer product of scores."""
    k = len(beta)
    bread, meat = np.zeros((k, k)), np.zeros((k, k))
    for row, y, w in zip(design, events, weights, strict=True):
        x = np.array([1.0, *row])
        p = 1 / (1 + math.exp(-float(x @ beta)))
        information = w * p * (1 - p) * np.outer(x, x)
        bread += information
        meat += w**2 * (y - p) ** 2 * np.outer(x, x) if robust else information
    bread += penalty * np.diag([0.0] + [1.0] * (k - 1))
    inverse = np.linalg.inv(bread)
    return inverse @ meat @ inverse


def divergence(name, p, q):
    """f-divergence of two positive distributions in 60 decimal digits."""
    with decimal.localcontext(prec=60):
        p, q = ([decimal.Decimal(float(x)) for x in side] for side in (p, q))
        p, q = ([x / sum(side) for x in side] for side in (p, q))
        summand = {
            "kl": lambda a, b: a * (a / b).ln(),
            "reverse_kl": lambda a, b: b * (b / a).ln(),
            "jeffreys": lambda a, b: (a - b) * (a / b).ln(),
            "js": lambda a, b: (a * (2 * a / (a + b)).ln() + b * (2 * b / (a + b)).ln()) / 2,
            "hellinger": lambda a, b: (a.sqrt() - b.sqrt()) ** 2 / 2,
            "chi2": lambda a, b: (a - b) ** 2 / b,
            "neyman": lambda a, b: (a - b) ** 2 / a,
            "tv": lambda a, b: abs(a - b) / 2,
        }[name]
        return float(sum(map(summand, p, q)))


def greatest_mean(
    psi: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
    phi: np.ndarray,
    weights: np.ndarray,
    share: float,
    top: float,
) -> float:
    """The greatest E[s phi] + (1 - E s) top over densities s with E psi(s) <= psi(share), by a nonlinear program."""
    scale = top - phi.min()
    gaps = weights * (top - phi) / scale
    constraints = [
        {
            "type": "ineq",
            "fun": lambda s: float(psi(np.float64(share)) - weights @ psi(s)),
            "jac": lambda s: -weights * slope(s),
        },
        {"type": "ineq", "fun": lambda s: 1 - weights @ s, "jac": lambda s: -weights},
    ]
    least = share * gaps.sum()  # of the worst case
    for start in (0.9, 0.5 * (1 + share), share, 0.7, 1.0, 0.2):
        result = optimize.minimize(
            lambda s: gaps @ s, np.full(len(phi), start), jac=lambda s: gaps, method="SLSQP",
            bounds=[(1e-9, 1 / w) for w in weights], constraints=constraints,
            options={"ftol": 1e-15, "maxiter": 400},
        )  # fmt: skip
        if min(float(c["fun"](result.x)) for c in constraints) >= -1e-9:
            value = float(gaps @ result.x)
            if abs(value - least) < 1e-10:
                break  # the program is convex: two starts with one end have found it
            least = min(least, value)
    return top - scale * least


def greatest_mean_by_moving(phi: np.ndarray, weights: np.ndarray, share: float, top: float) -> float:
    """The greatest mean in total variation, a linear program: at most 1 - share of the mass may be lost."""
    n = len(phi)
    objective = np.concatenate([weights * (top - phi), np.zeros(n)])  # in s and in excesses d >= 1 - s
    rows = np.vstack(
        [
            np.concatenate([np.zeros(n), weights]),
            np.concatenate([weights, np.zeros(n)]),
            np.hstack([-np.eye(n), -np.eye(n)]),
        ]
    )
    limits = [1 - share, 1.0, *([-1.0] * n)]
    return top - float(optimize.linprog(objective, A_ub=rows, b_ub=limits, bounds=(0, None)).fun)


def manski_program(phi: np.ndarray, weights: np.ndarray, share: float, top: float) -> float:
    """The greatest mean of Q = share P + (1 - share) R over all R on the points of P and the top, a linear program."""
    import pulp

    points = [*phi, top]
    observed = [*(share * weights), 0.0]
    program = pulp.LpProblem("manski", pulp.LpMaximize)
    q = [program.add_variable(f"q_{i}", lowBound=float(least)) for i, least in enumerate(observed)]
    program += pulp.lpSum(x * float(v) for x, v in zip(q, points, strict=True))
    program += pulp.lpSum(q) == 1
    program.solve(pulp.HiGHS(msg=False))
    return float(pulp.value(program.objective))


def greatest_tail_mean(phi: np.ndarray, weights: np.ndarray, low: float, high: float) -> float:
    """The greatest mean of R with dR/dP in [low, high], a linear program."""
    bounds = [(low * w, high * w) for w in weights]
    return float(-optimize.linprog(-phi, A_eq=np.ones((1, len(phi))), b_eq=[1.0], bounds=bounds).fun)


def greatest_unseen_mean(
    generator: Callable[[float], float], phi: np.ndarray, weights: np.ndarray, radius: float
) -> float:
    """The greatest mean of R = s P with E s = 1 and E f(s) <= radius, by a nonlinear program."""
    constraints = [
        {"type": "ineq", "fun": lambda s: radius - sum(w * generator(t) for w, t in zip(weights, s, strict=True))},
        {"type": "eq", "fun": lambda s: float(weights @ s) - 1},
    ]
    result = optimize.minimize(
        lambda s: -float(weights @ (s * phi)), np.ones(len(phi)), jac=lambda s: -weights * phi, method="SLSQP",
        bounds=[(1e-12, None)] * len(phi), constraints=constraints, options={"ftol": 1e-15, "maxiter": 1000},
    )  # fmt: skip
    return float(-result.fun)


def leaf_law(
    row_leaves: np.ndarray, training_leaves: np.ndarray, codes: np.ndarray, weights: np.ndarray
) -> dict[int, float]:
    """The probability of each code at one row: over trees, the share of its leaf's training weight."""
    law: dict[int, float] = {}
    trees = [t for t, leaf in enumerate(row_leaves) if weights[training_leaves[t] == leaf].sum() > 0]
    for t in trees:
        mates = [i for i in range(len(codes)) if training_leaves[t, i] == row_leaves[t] and weights[i] > 0]
        for i in mates:
            law[codes[i]] = law.get(codes[i], 0.0) + weights[i] / sum(weights[j] for j in mates) / len(trees)
    return law


def compared(item: np.ndarray, values: np.ndarray, weights: np.ndarray, fold: np.ndarray, events: bool) -> float:
    """What bins of folds 0 and 1 say, by the rates in fold 2: sums of products of their deviations of means."""

    def mean(rows: np.ndarray) -> float:
        return float(np.average(values[rows], weights=weights[rows]))

    every = np.ones(len(item), dtype=bool)
    variance = float(np.average((values - mean(every)) ** 2, weights=weights))
    result = 0.0
    held = weights * (fold < 2)
    for j in sorted(set(item)):
        share = held[item == j].sum() / held.sum()
        steps = [mean((item == j) & (fold == k)) - mean(fold == k) for k in (0, 1)]
        if not events:
            result += share * steps[0] * steps[1] / variance
            continue
        r = mean((item == j) & (fold == 2)) / mean(fold == 2)
        divergence = r * math.log(r) - r + 1  # of which half the square is an approximation
        result += share * divergence / (r - 1) ** 2 * steps[0] / mean(fold == 0) * steps[1] / mean(fold == 1)
    return result


def weighted_chi_square_sf(x: float, weights: list[float]) -> float:
    """P(sum of weights times squared normals > x), Imhof (1961), Biometrika 48, Eq. (3.2)."""
    found = np.array(weights)

    def integrand(u: float) -> float:
        angle = 0.5 * np.arctan(found * u).sum() - 0.5 * x * u
        return math.sin(angle) / (u * np.prod(np.power(1 + (found * u) ** 2, 0.25)))

    ends = [0.0, 1.0, 10.0, 100.0, 1000.0]  # with four weights the rest is below 1e-6
    return (
        0.5
        + sum(integrate.quad(integrand, a, b, limit=2000, epsabs=1e-9)[0] for a, b in itertools.pairwise(ends))
        / math.pi
    )


def gap_covariance(tables: list[tuple[np.ndarray, np.ndarray, np.ndarray]], units: np.ndarray) -> np.ndarray:
    """Covariance of (p_j - q_j) / sqrt(pi_j) over all bins of some tables, unit by unit.

    Each table has codes, events and weights of the rows; a row counts as often as its cell would hold it if both
    classes had the pooled law.
    """
    columns = []
    for codes, events, weights in tables:
        totals = [weights[events == y].sum() for y in (0, 1)]
        rows = [totals[y] ** 2 / (weights[events == y] ** 2).sum() for y in (0, 1)]
        bins = sorted(set(codes.tolist()))
        share = {(y, j): weights[(events == y) & (codes == j)].sum() / totals[y] for y in (0, 1) for j in bins}
        pooled = {j: (rows[0] * share[0, j] + rows[1] * share[1, j]) / sum(rows) for j in bins}
        for j in bins:
            column = [
                (-1) ** y
                * w
                / totals[y]
                * math.sqrt(pooled[code] / share[y, code])
                * ((code == j) - pooled[j])
                / math.sqrt(pooled[j])
                for code, y, w in zip(codes.tolist(), events.tolist(), weights.tolist(), strict=True)
            ]
            columns.append([sum(c for c, unit in zip(column, units, strict=True) if unit == u) for u in set(units)])
    found = np.array(columns)
    return found @ found.T
