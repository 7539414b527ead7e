"""What hypothesis draws: tables, weights, gain matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kullback.binning._criterion import CRITERIA
from kullback.binning._partition import CURVATURES, DIRECTIONS


@st.composite
def contingency_tables(
    draw: st.DrawFn, min_bins: int = 2, max_bins: int = 8, min_count: int = 1, max_count: int = 500
) -> np.ndarray:
    """(bins, 2) whole counts as float64, each class with a row."""
    n_bins = draw(st.integers(min_bins, max_bins))
    counts = draw(hnp.arrays(np.int64, (n_bins, 2), elements=st.integers(min_count, max_count)))
    if min_count == 0:
        counts[0] += (counts.sum(axis=0) == 0).astype(np.int64)
    return counts.astype(np.float64)


@st.composite
def distributions(draw: st.DrawFn, n_cells: int, n_vectors: int = 2, allow_zero: bool = False) -> np.ndarray:
    """(vectors, cells) probabilities from whole counts, so that no entry is too small for its logarithm."""
    elements = st.integers(0 if allow_zero else 1, 1000)
    counts = draw(hnp.arrays(np.int64, (n_vectors, n_cells), elements=elements)).astype(float)
    counts[:, 0] += counts.sum(axis=1) == 0
    return counts / counts.sum(axis=1, keepdims=True)


@st.composite
def coded_rows(draw: st.DrawFn, max_rows: int = 60, n_features: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(rows, features) codes and (rows,) events, both classes present."""
    n_rows = draw(st.integers(2, max_rows))
    codes = draw(hnp.arrays(np.int64, (n_rows, n_features), elements=st.integers(0, 4)))
    events = draw(hnp.arrays(np.int64, n_rows, elements=st.integers(0, 1)))
    events[:2] = 0, 1
    return codes, events


def whole_weights(n_rows: int, least: int = 1) -> st.SearchStrategy[np.ndarray]:
    """(rows,) whole weights, as float64."""
    return hnp.arrays(np.int64, n_rows, elements=st.integers(least, 4)).map(lambda w: w.astype(np.float64))


@st.composite
def partition_problems(draw: st.DrawFn, max_items: int = 9) -> dict[str, object]:
    """Gains and levels of all runs of some items, with every rule the kernel knows.

    Gains are multiples of 1/8 so that sums are exact and ties are ties; levels come from few values, so that
    neighbours often tie.
    """
    n = draw(st.integers(1, max_items))
    gain = draw(hnp.arrays(np.int64, (n, n), elements=st.integers(-16, 64))) / 8.0
    level = draw(hnp.arrays(np.int64, (n, n), elements=st.integers(0, 6))) / 8.0
    forbidden = draw(hnp.arrays(np.bool_, (n, n), elements=st.sampled_from([False, False, False, True])))
    gain[forbidden] = -np.inf
    min_parts = draw(st.integers(1, n))
    rule = draw(st.none() | hnp.arrays(np.bool_, (n, n, n), elements=st.sampled_from([True, True, False])))
    return {
        "gain": gain,
        "level": level,
        "directions": draw(st.sampled_from([(0, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)])),
        "min_gap": draw(st.sampled_from([0.0, 0.125, 0.25])),
        "rule": rule,
        "min_parts": min_parts,
        "max_parts": draw(st.integers(min_parts, n + 1)),
    }


@st.composite
def binning_problems(draw: st.DrawFn, max_items: int = 8, max_count: int = 40) -> dict[str, object]:
    """Counts of ordered items, with the constraints of a binner on their bins.

    Totals exceed the counts where special and missing values hold rows too. Counts from few values make pure bins
    and bins that just reach a limit.
    """
    elements = draw(st.sampled_from([st.integers(0, max_count), st.sampled_from([0, 5, 20]), st.sampled_from([0, 30])]))
    counts = draw(hnp.arrays(np.int64, st.tuples(st.integers(1, max_items), st.just(2)), elements=elements))
    others = draw(st.just(np.zeros(2)) | hnp.arrays(np.int64, 2, elements=st.integers(0, 20)))
    return {
        "counts": counts.astype(np.float64),
        "totals": counts.sum(axis=0) + np.maximum(others, counts.sum(axis=0) == 0).astype(np.float64),
        "criterion": draw(st.sampled_from(list(CRITERIA["binary"]))),
        "trend": draw(st.sampled_from([*DIRECTIONS, *CURVATURES])),
        "max_bins": draw(st.integers(1, len(counts) + 1)),
        "min_fraction": draw(st.sampled_from([0.0, 0.05, 0.2, 0.5])),
        "min_class": draw(st.sampled_from([0.0, 1.0, 5.0, 20.0])),
    }


@st.composite
def constrained_problems(draw: st.DrawFn, max_items: int = 7) -> dict[str, object]:
    """Problems with every further constraint."""
    problem = draw(binning_problems(max_items))
    n = len(problem["counts"])
    return problem | {
        "min_bins": draw(st.sampled_from([1, 1, 2, 3])),
        "min_gap": draw(st.sampled_from([0.0, 0.0, 0.033, 0.21])),
        "max_pvalue": draw(st.sampled_from([None, None, 0.05, 0.5])),
        "penalty": draw(st.sampled_from([0.0, 0.01, 0.2])),
        "parted": tuple(sorted(draw(st.sets(st.integers(1, n - 1), max_size=2)))) if n > 1 else (),
    }


@st.composite
def target_problems(draw: st.DrawFn, max_items: int = 6) -> dict[str, object]:
    """Sums of ordered items for targets that are not of two classes, with constraints.

    Numbers and counts are few and whole, so that sums are exact and neighbours often tie.
    """
    target = draw(st.sampled_from(["multiclass", "continuous", "count"]))
    n = draw(st.integers(1, max_items))
    if target == "multiclass":
        elements = draw(st.sampled_from([st.integers(0, 40), st.sampled_from([0, 5, 20])]))
        counts = draw(hnp.arrays(np.int64, (n, draw(st.integers(3, 4))), elements=elements)).astype(np.float64)
    else:
        values = st.integers(-4, 4) if target == "continuous" else st.integers(0, 4)
        rows = draw(st.lists(st.lists(values, max_size=6), min_size=n, max_size=n))
        counts = np.array([[len(y), sum(y), sum(v * v for v in y)] for y in rows], dtype=np.float64)
    others = np.array([3.0, 2.0, 9.0]) if target != "multiclass" else np.ones(counts.shape[1])
    trends = ["none"] if target == "multiclass" else [*DIRECTIONS, *CURVATURES]
    return {
        "target": target,
        "counts": counts,
        "totals": counts.sum(axis=0) + others,
        "criterion": draw(st.sampled_from(list(CRITERIA[target]))),
        "trend": draw(st.sampled_from(trends)),
        "max_bins": draw(st.integers(1, n + 1)),
        "min_fraction": draw(st.sampled_from([0.0, 0.05, 0.2])),
        "min_class": draw(st.sampled_from([0.0, 1.0, 5.0])),
        "min_bins": draw(st.sampled_from([1, 1, 2])),
        "min_gap": draw(st.sampled_from([0.0, 0.0, 0.3])) if target != "multiclass" else 0.0,
        "max_pvalue": draw(st.sampled_from([None, None, 0.05, 0.5])),
        "penalty": draw(st.sampled_from([0.0, 0.01])),
        "parted": tuple(sorted(draw(st.sets(st.integers(1, n - 1), max_size=1)))) if n > 1 else (),
    }


@st.composite
def bounded_laws(draw: st.DrawFn, max_points: int = 8) -> dict[str, object]:
    """A discrete law, the share of its arm and the top of its support, at or above its greatest point.

    Points are multiples of 1/16 and may tie; some have no weight.
    """
    n = draw(st.integers(1, max_points))
    values = np.sort(draw(hnp.arrays(np.int64, n, elements=st.integers(-40, 40)))) / 16
    masses = draw(hnp.arrays(np.int64, n, elements=st.sampled_from([0, 1, 2, 5, 20]))).astype(np.float64)
    masses[-1] += masses.sum() == 0
    return {
        "values": values,
        "weights": masses / masses.sum(),
        "share": draw(st.sampled_from([0.02, 0.25, 0.5, 0.75, 0.98])),
        "top": float(values[-1] + draw(st.sampled_from([0.0, 0.0625, 1.0, 10.0]))),
    }


def any_column(rng: np.random.Generator, n: int) -> pd.Series:
    """A column of a kind drawn at random, of those that data hold."""
    values = [
        lambda: rng.normal(size=n),
        lambda: rng.integers(-3, 4, n).astype(float),
        lambda: rng.choice([np.inf, -np.inf, 0.0, 1e308, -1e308, 5e-324], n),
        lambda: np.full(n, 7.0),
        lambda: np.where(rng.random(n) < 0.95, 0.0, rng.normal(size=n)),
        lambda: rng.choice(list("abcdefgh"), n).astype(object),
        lambda: np.array([f"id{i}" for i in range(n)], dtype=object),
        lambda: rng.random(n) < 0.2,
        lambda: np.full(n, None, dtype=object),
        lambda: pd.Categorical(rng.choice(["x", "y"], n), categories=["y", "z", "x"]),
        lambda: pd.array(rng.integers(0, 5, n), dtype="Int64"),
    ]
    column = pd.Series(values[rng.integers(len(values))]())
    if rng.random() < 0.4:
        column = column.mask(rng.random(n) < rng.choice([0.02, 0.3, 0.97]))
    return column
