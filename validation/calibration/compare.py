"""Differences, ratios and sums of information values: size, power and coverage (specification 2.2, 2.7)."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special

from kullback.inference import InformationEstimate
from kullback.metrics import InformationComparison, compare_information, information_value, total_information
from validation.calibration._tables import design

BINS = ((2, 2), (5, 5), (2, 10), (10, 10))
ROWS = (1000, 5000)
EVENT_RATE = 0.15
COPIED = (0.7,)
"""Share of rows in which one feature's bin goes along with the other's."""
EQUAL = (0.0, 0.01, 0.05, 0.2)
UNEQUAL = ((0.0, 0.02), (0.02, 0.1), (0.3, 0.1))
FEATURES = (3, 10)
TOTAL_ROWS = 2000


def features(*, seed: int, replications: int) -> dict[str, Any]:
    """Two features of the same rows: size and power of the test of equality, coverage of difference and ratio."""
    rng = np.random.default_rng(seed)
    cells = []
    truths = [(t, t) for t in EQUAL] + list(UNEQUAL)
    for bins, rows, copied, truth in itertools.product(BINS, ROWS, COPIED, truths):
        law = _joint(rng, bins, truth, copied)
        compared = []
        for _ in range(replications):
            y, (one, two) = _draw(rng, law, rows)
            compared.append(compare_information(one, y, two))
        cells.append({"bins": list(bins), "rows": rows, "copied": copied} | _row(compared, truth))
    return _figures(cells)


def others(*, seed: int, replications: int) -> dict[str, Any]:
    """One feature in two samples, and one feature for two targets of the same rows."""
    rng = np.random.default_rng(seed)
    cells = []
    truths = [(t, t) for t in EQUAL] + list(UNEQUAL)
    for n_bins, kind, truth in itertools.product((2, 5), ("samples", "targets"), truths):
        draw = _two_samples if kind == "samples" else _two_targets
        one, two = draw(rng, n_bins, truth)
        compared = [_compared(rng, kind, one, two) for _ in range(replications)]
        cells.append({"kind": kind, "bins": n_bins} | _row(compared, truth))
    return _figures(cells)


def totals(*, seed: int, replications: int) -> dict[str, Any]:
    """Sums over correlated features; the contrast sums degrees of freedom, as if the tables were independent."""
    rng = np.random.default_rng(seed)
    cells = []
    for n_features, copied, truth in itertools.product(FEATURES, (0.0, 0.7, 0.95), EQUAL):
        p, q = design(rng, 5, truth)
        covered, summed, rejected = [], [], []
        for _ in range(replications):
            y, codes = _draw(rng, _copies(p, q, n_features, copied), TOTAL_ROWS)
            total = total_information(np.column_stack(codes), y)
            covered.append(_holds(total.conf_int()[0], n_features * truth))
            parts = information_value(codes=np.column_stack(codes), y=y)
            naive = InformationEstimate(
                total.value, np.zeros((1, 1)), df=parts.df.sum(), null_scale=1 / parts.rows[0], bias=0.0
            )
            summed.append(_holds(naive.conf_int()[0], n_features * truth))
            rejected.append(total.pvalue[0] < 0.05)
        cells.append(
            {
                "features": n_features,
                "copied": copied,
                "truth": truth,
                "covered": float(np.mean(covered)),
                "summed_df": float(np.mean(summed)),
                "rejects": float(np.mean(rejected)),
            }
        )
    return {
        "figures": {
            "covered": [c["covered"] for c in cells],
            "covered_mean": float(np.mean([c["covered"] for c in cells])),
            "summed_df_correlated": [c["summed_df"] for c in cells if c["copied"] and c["truth"]],
            "size": [c["rejects"] for c in cells if c["truth"] == 0],
        },
        "table": cells,
    }


def _row(compared: list[InformationComparison], truth: tuple[float, float]) -> dict[str, Any]:
    one, two = truth
    joint = [_joint_wald(c) < 0.05 for c in compared]
    plain = [(c.first - c.second).test().pvalue[0] < 0.05 for c in compared]
    row = {
        "truth": list(truth),
        "rejects": float(np.mean([c.pvalue < 0.05 for c in compared])),
        "plain_rejects": float(np.mean(plain)),
        "joint_wald_rejects": float(np.mean(joint)),
        "covered": float(np.mean([_holds(c.conf_int(), one - two) for c in compared])),
    }
    if two > 0:
        row["ratio_covered"] = float(np.mean([_holds(c.ratio_conf_int(), one / two) for c in compared]))
    return row


def _joint_wald(compared: InformationComparison) -> float:
    """Return the p-value of IV1 = IV2 = 0 by Wald's test with two degrees of freedom, which is degenerate there."""
    value = np.array([compared.first.value[0], compared.second.value[0]])
    return float(special.chdtrc(2, value @ np.linalg.pinv(compared.covariance) @ value))


def _figures(cells: list[dict[str, Any]]) -> dict[str, Any]:
    equal = [c for c in cells if c["truth"][0] == c["truth"][1]]
    zero = [c for c in equal if c["truth"][0] == 0]
    return {
        "figures": {
            "size": [c["rejects"] for c in equal],
            "size_at_zero": [c["rejects"] for c in zero],
            "plain_size_at_zero_greatest": max(c["plain_rejects"] for c in zero),
            "joint_wald_size_at_zero_greatest": max(c["joint_wald_rejects"] for c in zero),
            "power": [c["rejects"] for c in cells if c["truth"] == [0.3, 0.1]],
            "covered": [c["covered"] for c in cells],
            "covered_mean": float(np.mean([c["covered"] for c in cells])),
            "ratio_covered": [c["ratio_covered"] for c in cells if "ratio_covered" in c],
        },
        "table": cells,
    }


def _holds(limits: np.ndarray, truth: float) -> bool:
    return bool(limits[0] <= truth <= limits[1])


def _joint(rng: np.random.Generator, bins: tuple[int, int], truth: tuple[float, float], copied: float) -> np.ndarray:
    """Return the (2, bins, bins) law of class and both features, which go along by quantiles in a share of rows."""
    margins = [design(rng, n, t) for n, t in zip(bins, truth, strict=True)]
    rate = (1 - EVENT_RATE, EVENT_RATE)
    return np.stack([r * _coupled(a, b, copied) for r, a, b in zip(rate, *margins, strict=True)])


def _coupled(a: np.ndarray, b: np.ndarray, copied: float) -> np.ndarray:
    ends = [np.append(np.cumsum(x)[:-1], 1.0) for x in (a, b)]
    starts = [np.append(0.0, e[:-1]) for e in ends]
    overlap = np.minimum.outer(ends[0], ends[1]) - np.maximum.outer(starts[0], starts[1])
    return copied * np.maximum(overlap, 0.0) + (1 - copied) * np.outer(a, b)


def _draw(rng: np.random.Generator, law: Any, rows: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return classes and bins of independent rows; both classes occur, or the draw is made again."""
    if callable(law):
        return law(rng, rows)
    while True:
        y, *codes = np.unravel_index(rng.choice(law.size, size=rows, p=law.ravel()), law.shape)
        if 0 < y.sum() < rows:
            return y, tuple(codes)


def _copies(p: np.ndarray, q: np.ndarray, n_features: int, copied: float) -> Any:
    """Return the draw of features with one law, each of which follows a common one in a share of rows."""

    def draw(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        y = (rng.random(rows) < EVENT_RATE).astype(np.int64)
        ends = np.cumsum([p, q], axis=1)[y][:, :-1]
        bins = [(rng.random((rows, 1)) > ends).sum(axis=1) for _ in range(n_features + 1)]
        follows = rng.random((n_features, rows)) < copied
        return y, tuple(np.where(f, bins[0], own) for f, own in zip(follows, bins[1:], strict=True))

    return draw


def _two_samples(rng: np.random.Generator, n_bins: int, truth: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    one, two = (np.stack(design(rng, n_bins, t)) for t in truth)
    rate = np.array([[1 - EVENT_RATE], [EVENT_RATE]])
    return rate * one, rate * two


def _two_targets(rng: np.random.Generator, n_bins: int, truth: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return P(bin) and the (2, bins) rates of two targets given the bin, each with its information value."""
    p, q = design(rng, n_bins, truth[0])
    share = (1 - EVENT_RATE) * p + EVENT_RATE * q
    # Of the second target the share of rows by bin is the same; its rates are tilted until the value is reached.
    low, high = 0.0, 8.0
    score = rng.standard_normal(n_bins)
    score = (score - score.mean()) / score.std()  # one bin alone would have all or none of the target
    for _ in range(100):
        middle = (low + high) / 2
        rate = special.expit(-1.0 + middle * score)
        value = _value(share, rate)
        low, high = (middle, high) if value < truth[1] else (low, middle)
    return share, np.stack([EVENT_RATE * q / share, special.expit(-1.0 + low * score)])


def _value(share: np.ndarray, rate: np.ndarray) -> float:
    g, b = share * (1 - rate), share * rate
    g, b = g / g.sum(), b / b.sum()
    return float(((g - b) * np.log(g / b)).sum())


def _compared(rng: np.random.Generator, kind: str, one: np.ndarray, two: np.ndarray) -> InformationComparison:
    if kind == "samples":
        (y, (x,)), (later_y, (later_x,)) = _draw(rng, one, 4000), _draw(rng, two, 2000)
        return compare_information(x, y, later_x, later_y, paired=False)
    x = rng.choice(one.size, size=4000, p=one / one.sum())
    # One uniform for both targets: they go along beyond what the bin says.
    first, second = rng.random(4000) < two[:, x]
    return compare_information(x, first, other_y=second)
