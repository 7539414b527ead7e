"""Greatest means over divergence balls: one convex program a law, many laws at once.

With P the law of an outcome inside an arm, e the share of the arm and M the top of the outcome's support, a law Q
under treatment has a density s = dQ/dP and puts the mass 1 - E s that is left at M. A ball asks for E psi(s) <= psi(e)
with psi convex and decreasing; the greatest mean of Q is E[s phi] + (1 - E s) M, and by duality the least value of

    u + k psi(e) + k E psi*(-(u - phi) / k)    over u >= M and k > 0.

Each kernel finds it for one psi. They work in gaps (M - phi) / range and in t = (u - M) / range: u itself would lose
the digits that matter where P has an atom at M.
"""

import numpy as np

from kullback._core._jit import kernel
from kullback._typing import FloatArray, IntArray

__all__ = ["jensen_shannon_bounds", "power_bounds", "sampled_bounds", "tail_bounds"]

STEPS = 200
TOLERANCE = 1e-10
LOG2 = float(np.log(2.0))
LOG_LEAST = -80.0
LOG_GREATEST = 40.0
"""Logarithms of the least and the greatest t and k that are tried."""
NEARLY_ALL = 1.0 - 1e-12
"""With a share of 1 the minimiser is infinite; that of a share so near has the same value to 1e-6 of the range."""
GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)


@kernel
def _scaled(values: FloatArray, weights: FloatArray, share: float, top: float) -> tuple[FloatArray, float, float]:
    """Return the gaps to the top over the greatest one, that one, and the worst case, which every ball contains."""
    scale = top - values.min()
    gaps = (top - values) / scale if scale > 0.0 else np.zeros(values.shape[0])
    return gaps, scale, top - share * (weights * (top - values)).sum()


@kernel
def _power_sums(gaps: FloatArray, weights: FloatArray, t: float, power: float) -> tuple[float, float, float]:
    """Return E d^p (E log d where p is 0), E d^(p-1) and E d^(p-2) of d = t + gaps > 0."""
    zero = 0.0
    one = 0.0
    two = 0.0
    for i in range(gaps.shape[0]):
        w = weights[i]
        if w == 0.0:
            continue
        d = t + gaps[i]
        if power == 0.0:
            r = 1.0 / d
            zero += w * np.log(d)
        elif power == 0.5:
            r = 1.0 / np.sqrt(d)
            zero += w * r * d
        elif power == -1.0:
            r = 1.0 / (d * d)
            zero += w * r * d
        else:
            r = d ** (power - 1.0)
            zero += w * r * d
        one += w * r
        two += w * r / d
    return zero, one, two


@kernel
def _power_slope(
    gaps: FloatArray, weights: FloatArray, share: float, t: float, power: float
) -> tuple[float, float, float]:
    """Return the mean M_p(t + gaps), the slope of t - e M_p at t, and the slope's derivative."""
    zero, one, two = _power_sums(gaps, weights, t, power)
    mean = np.exp(zero) if power == 0.0 else zero ** (1.0 / power)
    lift = mean ** (1.0 - power)
    slope = 1.0 - share * lift * one
    curvature = share * (1.0 - power) * lift * (two - mean ** (-power) * one * one)
    return mean, slope, curvature


@kernel
def _at_top(gaps: FloatArray, weights: FloatArray, share: float, power: float) -> tuple[bool, float]:
    """Return whether t = 0 is the minimiser, and the value there.

    With an atom of weight w at the top the slope at 0 is 1 - e w^(1/p) for p < 0, and -inf for 0 <= p < 1.
    """
    atom = 0.0
    for i in range(gaps.shape[0]):
        if gaps[i] == 0.0:
            atom += weights[i]
    if atom == 0.0:
        mean, slope, _ = _power_slope(gaps, weights, share, 0.0, power)
        return slope >= 0.0, -share * mean
    return power < 0.0 and share * atom ** (1.0 / power) <= 1.0, 0.0


@kernel
def _power_bound(gaps: FloatArray, weights: FloatArray, share: float, power: float) -> tuple[float, float]:
    """Return min over t >= 0 of t - e M_p(t + gaps), for gaps in [0, 1] with the greatest at 1, and its t.

    Newton's method for the slope as a function of log t, inside a bracket: the slope rises with t.
    """
    found, value = _at_top(gaps, weights, share, power)
    if found:
        return value, 0.0
    above = 0.0
    while above < LOG_GREATEST and _power_slope(gaps, weights, share, np.exp(above), power)[1] < 0.0:
        above += 2.0
    below = LOG_LEAST
    x = above - 1.0
    best = (np.inf, 0.0)
    step = np.inf
    steps = 0
    while steps < STEPS and abs(step) >= TOLERANCE and above - below >= TOLERANCE:
        steps += 1
        t = np.exp(x)
        mean, slope, curvature = _power_slope(gaps, weights, share, t, power)
        if t - share * mean < best[0]:
            best = (t - share * mean, t)
        if slope < 0.0:
            below = x
        else:
            above = x
        step = -slope / (curvature * t) if curvature > 0.0 else np.inf
        x = x + step
        if not below < x < above:  # the root can be far below, at atoms: halve, but by no more than two at first
            x = max(0.5 * (below + above), above - 2.0)
    return best


@kernel
def power_bounds(
    values: FloatArray, weights: FloatArray, starts: IntArray, share: FloatArray, top: FloatArray, power: float
) -> tuple[FloatArray, FloatArray]:
    """Return min over u >= top of u - e M_p(u - phi), with M_p the power mean, for each law.

    Parameters
    ----------
    values, weights : (points,) float64
        Points and probabilities of all laws, one law after the other; each law's weights sum to one.
    starts : (laws + 1,) int64
        Law i holds the points ``starts[i]:starts[i + 1]``, at least one.
    share : (laws,) float64
        e in [0, 1].
    top : (laws,) float64
        At least the greatest value of its law.
    power : float
        Below 1: 1/2 for chi-square, 0 for Kullback-Leibler (geometric mean), -1 for Hellinger.

    Returns
    -------
    bound : (laws,) float64
    u : (laws,) float64
        The minimiser.
    """
    bounds = np.empty(share.shape[0])
    u = top.copy()
    for law in range(share.shape[0]):
        points = slice(starts[law], starts[law + 1])
        gaps, scale, worst_case = _scaled(values[points], weights[points], share[law], top[law])
        bounds[law] = worst_case
        if scale > 0.0:
            found, t = _power_bound(gaps, weights[points], min(share[law], NEARLY_ALL), power)
            u[law] += scale * t
            if share[law] < 1.0:
                bounds[law] = max(worst_case, top[law] + scale * found)
    return bounds, u


@kernel
def tail_bounds(
    values: FloatArray, weights: FloatArray, starts: IntArray, drop: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the mean over the upper ``1 - drop`` of each law, times ``1 - drop``, and its ``drop``-quantile.

    Parameters
    ----------
    values, weights : (points,) float64
        Ascending within each law; each law's weights sum to one.
    starts : (laws + 1,) int64
    drop : (laws,) float64
        Mass left out at the lower end, in [0, 1].

    Returns
    -------
    upper : (laws,) float64
        E[phi; upper 1 - drop]
    quantile : (laws,) float64
        Least value with at least `drop` of the mass at or below it.
    """
    upper = np.zeros(drop.shape[0])
    quantile = np.empty(drop.shape[0])
    for law in range(drop.shape[0]):
        left = drop[law]
        quantile[law] = values[starts[law]]
        for i in range(starts[law], starts[law + 1]):
            taken = min(left, weights[i])
            if taken > 0.0:
                quantile[law] = values[i]
            left -= taken
            upper[law] += (weights[i] - taken) * values[i]
    return upper, quantile


@kernel
def _js_sums(
    gaps: FloatArray, weights: FloatArray, u: float, k: float
) -> tuple[float, float, float, float, float, float]:
    """Return E log(1 - z), E s and E s t of s = z / (1 - z), z = exp(-2 t), t = (u + gaps) / k; E q, E q t, E q t^2.

    The density is s and q = 2 s (1 + s) is minus its derivative by t.
    """
    log_gap = 0.0
    s0 = 0.0
    s1 = 0.0
    q0 = 0.0
    q1 = 0.0
    q2 = 0.0
    for i in range(gaps.shape[0]):
        w = weights[i]
        if w == 0.0:
            continue
        t = (u + gaps[i]) / k
        gap = -np.expm1(-2.0 * t)
        s = (1.0 - gap) / gap
        q = 2.0 * s / gap
        log_gap += w * np.log(gap)
        s0 += w * s
        s1 += w * s * t
        q0 += w * q
        q1 += w * q * t
        q2 += w * q * t * t
    return log_gap, s0, s1, q0, q1, q2


@kernel
def _js_scale(gaps: FloatArray, weights: FloatArray, u: float, radius: float, x: float) -> float:
    """Return the logarithm of the k at which the derivative by k is zero, from a first guess x."""
    below = LOG_LEAST
    above = LOG_GREATEST
    step = np.inf
    steps = 0
    while steps < STEPS and abs(step) >= TOLERANCE and above - below >= TOLERANCE:
        steps += 1
        log_gap, _, s1, _, _, q2 = _js_sums(gaps, weights, u, np.exp(x))
        slope = radius - 0.5 * log_gap - LOG2 + s1
        if slope < 0.0:
            below = x
        else:
            above = x
        step = -slope / q2 if q2 > 0.0 else np.inf
        x = x + step
        if abs(step) >= TOLERANCE and not below < x < above:
            x = 0.5 * (below + above)
    return x


@kernel
def _js_bound(gaps: FloatArray, weights: FloatArray, share: float) -> tuple[float, float, float]:
    """Return min over u >= 0, k > 0 of u + k psi(e) + k E psi*(-(u + gaps) / k), for gaps in [0, 1], and its u, k.

    One search inside the other, over log u and log k: a joint step in both sticks where k shrinks with u. Newton's
    method finds where log E s is zero: E s falls as 1 / u near an atom, where it would creep over E s itself.
    """
    radius = 0.5 * (share * np.log(share) - (1.0 + share) * np.log(1.0 + share)) + LOG2
    y = 0.0  # logarithm of k
    if gaps.min() > 0.0:
        y = _js_scale(gaps, weights, 0.0, radius, y)
        k = np.exp(y)
        log_gap, s0, _, _, _, _ = _js_sums(gaps, weights, 0.0, k)
        if s0 <= 1.0:
            return k * (radius - 0.5 * log_gap - LOG2), 0.0, k
    below = LOG_LEAST
    above = LOG_GREATEST
    x = -1.0  # logarithm of u
    best = (np.inf, 0.0, 1.0)
    step = np.inf
    steps = 0
    while steps < STEPS and abs(step) >= TOLERANCE and above - below >= TOLERANCE:
        steps += 1
        u = np.exp(x)
        y = _js_scale(gaps, weights, u, radius, y)
        k = np.exp(y)
        log_gap, s0, _, q0, q1, q2 = _js_sums(gaps, weights, u, k)
        value = u + k * (radius - 0.5 * log_gap - LOG2)
        if value < best[0]:
            best = (value, u, k)
        if s0 > 1.0:
            below = x
        else:
            above = x
        curvature = (q0 - q1 * q1 / q2) / k if q2 > 0.0 else 0.0
        step = np.log(s0) * s0 / (curvature * u) if curvature > 0.0 else np.inf
        before = x
        x = x + step
        if abs(step) >= TOLERANCE and not below < x < above:
            x = max(0.5 * (below + above), above - 2.0)
        y += q1 * u / (k * q2) * (x - before) if q2 > 0.0 else 0.0  # along the line on which k is best
    return best


@kernel
def jensen_shannon_bounds(
    values: FloatArray, weights: FloatArray, starts: IntArray, share: FloatArray, top: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the greatest mean over the Jensen-Shannon ball of each law, and the minimisers u and k of its dual.

    Parameters are as in :func:`power_bounds`.
    """
    bounds = np.empty(share.shape[0])
    u = top.copy()
    k = np.ones(share.shape[0])
    for law in range(share.shape[0]):
        points = slice(starts[law], starts[law + 1])
        gaps, scale, worst_case = _scaled(values[points], weights[points], share[law], top[law])
        bounds[law] = worst_case
        if scale > 0.0:
            found, t, spread = _js_bound(gaps, weights[points], min(max(share[law], 1e-300), NEARLY_ALL))
            u[law] += scale * t
            k[law] = scale * spread
            if share[law] < 1.0:
                bounds[law] = max(worst_case, top[law] + scale * found)
    return bounds, u, k


@kernel
def _sampled_sums(
    gaps: FloatArray, weights: FloatArray, u: float, k: float, nodes: FloatArray, conjugate: FloatArray
) -> tuple[float, float]:
    """Return E c(t) and E[c(t) - t c'(t)] of t = (u + gaps) / k, c being linear between nodes, then constant."""
    last = nodes.shape[0] - 1
    value = 0.0
    intercept = 0.0
    for i in range(gaps.shape[0]):
        w = weights[i]
        if w == 0.0:
            continue
        t = (u + gaps[i]) / k
        j = min(max(np.searchsorted(nodes, t), 1), last)
        slope = (conjugate[j] - conjugate[j - 1]) / (nodes[j] - nodes[j - 1]) if t < nodes[last] else 0.0
        origin = conjugate[j] - slope * nodes[j]
        value += w * (origin + slope * t)
        intercept += w * origin
    return value, intercept


@kernel
def _sampled_scale(
    gaps: FloatArray, weights: FloatArray, radius: float, u: float, nodes: FloatArray, conjugate: FloatArray
) -> tuple[float, float]:
    """Return min over k of u + k radius + k E c((u + gaps) / k), and its k: halving, the derivative by k rises.

    Below the first node c is infinite, so that k is at most the least of (u + gaps) over that node.
    """
    below = LOG_LEAST
    above = LOG_GREATEST
    if nodes[0] > 0.0:
        above = min(above, np.log((u + gaps.min()) / nodes[0]))
    while above - below > TOLERANCE:
        x = 0.5 * (below + above)
        if radius + _sampled_sums(gaps, weights, u, np.exp(x), nodes, conjugate)[1] < 0.0:
            below = x
        else:
            above = x
    k = np.exp(below)
    return u + k * (radius + _sampled_sums(gaps, weights, u, k, nodes, conjugate)[0]), k


@kernel
def _sampled_bound(
    gaps: FloatArray, weights: FloatArray, radius: float, nodes: FloatArray, conjugate: FloatArray
) -> tuple[float, float, float]:
    """Return the least dual value over u >= 0, and its u and k: golden section over log u, and u = 0 itself."""
    best = (np.inf, 0.0, 1.0)
    if nodes[0] == 0.0 or gaps.min() > 0.0:
        value, k = _sampled_scale(gaps, weights, radius, 0.0, nodes, conjugate)
        best = (value, 0.0, k)
    low = -0.5 * LOG_GREATEST
    high = 0.5 * LOG_GREATEST
    left = high - GOLDEN * (high - low)
    right = low + GOLDEN * (high - low)
    at_left, k_left = _sampled_scale(gaps, weights, radius, np.exp(left), nodes, conjugate)
    at_right, k_right = _sampled_scale(gaps, weights, radius, np.exp(right), nodes, conjugate)
    while high - low > 1e-6:
        if at_left <= at_right:
            if at_left < best[0]:
                best = (at_left, np.exp(left), k_left)
            high, right, at_right, k_right = right, left, at_left, k_left
            left = high - GOLDEN * (high - low)
            at_left, k_left = _sampled_scale(gaps, weights, radius, np.exp(left), nodes, conjugate)
        else:
            if at_right < best[0]:
                best = (at_right, np.exp(right), k_right)
            low, left, at_left, k_left = left, right, at_right, k_right
            right = low + GOLDEN * (high - low)
            at_right, k_right = _sampled_scale(gaps, weights, radius, np.exp(right), nodes, conjugate)
    return best


@kernel
def sampled_bounds(
    values: FloatArray,
    weights: FloatArray,
    starts: IntArray,
    share: FloatArray,
    radius: FloatArray,
    top: FloatArray,
    nodes: FloatArray,
    conjugate: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the greatest mean over a ball whose psi*(-t) is known at nodes, and the minimisers u and k of its dual.

    Between nodes the convex psi* is below its chords, so that the bound errs upwards only.

    Parameters
    ----------
    values, weights, starts, share, top
        As in :func:`power_bounds`.
    radius : (laws,) float64
        psi(e)
    nodes, conjugate : (nodes,) float64
        t >= 0, strictly ascending, and psi*(-t) at each.
    """
    bounds = np.empty(share.shape[0])
    u = top.copy()
    k = np.ones(share.shape[0])
    for law in range(share.shape[0]):
        points = slice(starts[law], starts[law + 1])
        gaps, scale, worst_case = _scaled(values[points], weights[points], share[law], top[law])
        bounds[law] = worst_case
        if scale > 0.0:
            found, t, spread = _sampled_bound(gaps, weights[points], radius[law], nodes, conjugate)
            u[law] += scale * t
            k[law] = scale * spread
            if share[law] < 1.0:
                bounds[law] = max(worst_case, top[law] + scale * found)
    return bounds, u, k
