"""The dynamic program against the enumeration of every partition."""

import itertools
import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from kullback._core.partition import best_curved_partition, best_partition
from strategies import contingency_tables, partition_problems

NO_RULE = np.zeros((0, 0, 0), dtype=np.bool_)


def solve(problem, kernel=best_partition):
    rule = NO_RULE if problem["rule"] is None else problem["rule"]
    return kernel(
        problem["gain"], problem["level"], *problem["directions"], problem["min_gap"], rule,
        problem["min_parts"], problem["max_parts"],
    )  # fmt: skip


def enumerate_all(problem):
    rule = problem["rule"]
    return naive.best_partition(
        problem["gain"], problem["level"], *problem["directions"], problem["min_gap"],
        None if rule is None else lambda u, s, t: rule[u, s, t],
        problem["min_parts"], problem["max_parts"],
    )  # fmt: skip


def runs_of(starts, n_items):
    ends = [*(starts[1:] - 1), n_items - 1]
    return list(zip(starts.tolist(), ends, strict=True))


@settings(max_examples=300)
@given(partition_problems())
def test_the_total_is_the_best_of_all_partitions(problem):
    starts, total = solve(problem)
    best, fewest = enumerate_all(problem)
    assert total == best  # gains are multiples of 1/8: sums are exact
    assert starts.size == fewest  # ties go to the fewest parts


@settings(max_examples=200)
@given(partition_problems())
def test_the_partition_obeys_its_rules_and_has_its_total(problem):
    starts, total = solve(problem)
    if total == -np.inf:
        assert starts.size == 0
        return
    gain, level = problem["gain"], problem["level"]
    runs = runs_of(starts, gain.shape[0])
    assert starts[0] == 0
    assert (np.diff(starts) > 0).all()
    assert problem["min_parts"] <= len(runs) <= problem["max_parts"]
    assert naive.follows([level[run] for run in runs], *problem["directions"], problem["min_gap"])
    assert sum(gain[run] for run in runs) == total
    if problem["rule"] is not None:
        assert all(problem["rule"][u, s, t] for (u, _), (s, t) in itertools.pairwise(runs))


@pytest.mark.parametrize("directions", [(0, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)])
@pytest.mark.parametrize("min_count", [1, 60])
def test_twelve_prebins_of_real_shape(directions, min_count):
    """Jeffreys gains, event rates as levels, light runs forbidden: what the binner asks for."""
    rng = np.random.default_rng(12)
    counts = np.column_stack([rng.poisson(40, 12), rng.poisson(np.linspace(3, 9, 12))]).astype(float)
    gain, level = jeffreys_runs(counts)
    sizes = run_sums(counts).sum(axis=2)
    gain[sizes < min_count] = -np.inf
    for max_parts in (1, 2, 5, 12):
        starts, total = best_partition(gain, level, *directions, 0.0, NO_RULE, 1, max_parts)
        best, _ = naive.best_partition(gain, level, *directions, 0.0, None, 1, max_parts)
        assert total == pytest.approx(best, rel=1e-12)  # the same terms, added in another order
        assert starts.size >= 1


def run_sums(counts):
    before = np.vstack([np.zeros(2), counts.cumsum(axis=0)])
    return before[None, 1:] - before[:-1, None]


def jeffreys_runs(counts):
    sums = np.maximum(run_sums(counts), 1e-9)
    p, q = np.moveaxis(sums / counts.sum(axis=0), 2, 0)
    gain = (p - q) * np.log(p / q)
    gain[np.tril_indices(len(counts), -1)] = -np.inf
    return np.ascontiguousarray(gain), np.ascontiguousarray(sums[..., 1] / sums.sum(axis=2))


@pytest.mark.parametrize("directions", [(0, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)])
@pytest.mark.parametrize("min_gap", [0.0, 0.25])
@pytest.mark.parametrize("seed", range(3))
def test_a_rule_that_allows_every_pair_changes_nothing(directions, min_gap, seed):
    """With a rule each pair of neighbours is looked at; without one they are sorted by level. Ties abound here."""
    rng = np.random.default_rng(seed)
    gain, level = rng.integers(-4, 9, (2, 24, 24)) / 8
    gain[rng.random(gain.shape) < 0.3] = -np.inf
    everything = np.ones((24, 24, 24), dtype=np.bool_)
    sorted_, looked_at = (
        best_partition(gain, level, *directions, min_gap, rule, 1, 8) for rule in (NO_RULE, everything)
    )
    np.testing.assert_array_equal(sorted_[0], looked_at[0])
    assert sorted_[1] == looked_at[1]


@given(contingency_tables(min_bins=3, max_bins=9))
def test_a_constraint_never_gains(counts):
    gain, level = jeffreys_runs(counts)
    n = len(counts)

    def total(first, second, max_parts=n, min_gap=0.0):
        return best_partition(gain, level, first, second, min_gap, NO_RULE, 1, max_parts)[1]

    slack = 1e-12  # sums of at most nine logarithms
    assert total(1, 1) <= total(1, -1) + slack
    assert total(-1, -1) <= total(1, -1) + slack
    assert total(1, -1) <= total(0, 0) + slack
    assert total(0, 0, 2) <= total(0, 0) + slack
    assert total(1, 1, n, 0.05) <= total(1, 1) + slack


def test_a_peak_of_the_mirror_image_is_a_valley():
    counts = np.array([[50, 5], [40, 9], [45, 12], [50, 8], [60, 3.0]])
    gain, level = jeffreys_runs(counts)
    peak = best_partition(gain, level, 1, -1, 0.0, NO_RULE, 1, 5)
    valley = best_partition(gain, -level, -1, 1, 0.0, NO_RULE, 1, 5)
    np.testing.assert_array_equal(peak[0], valley[0])
    assert peak[1] == valley[1]


def test_equal_gains_go_to_the_fewest_parts():
    gain = np.zeros((4, 4))
    starts, total = best_partition(gain, gain, 0, 0, 0.0, NO_RULE, 1, 4)
    assert starts.tolist() == [0]
    assert total == 0.0


@pytest.mark.parametrize(
    ("change", "min_parts", "max_parts"),
    [("all forbidden", 1, 3), ("too many parts", 4, 4), ("no first run", 1, 3)],
)
def test_nothing_is_returned_where_nothing_is_feasible(change, min_parts, max_parts):
    gain, level = np.ones((3, 3)), np.zeros((3, 3))
    if change == "all forbidden":
        gain[:] = -np.inf
    if change == "no first run":
        gain[0] = -np.inf
    starts, total = best_partition(gain, level, 0, 0, 0.0, NO_RULE, min_parts, max_parts)
    assert starts.size == 0
    assert total == -np.inf


def solve_curved(problem, curvature, kernel=best_curved_partition):
    rule = NO_RULE if problem["rule"] is None else problem["rule"]
    return kernel(
        problem["gain"], problem["level"], curvature, problem["min_gap"], rule, problem["min_parts"],
        problem["max_parts"],
    )  # fmt: skip


@settings(max_examples=300)
@given(partition_problems(max_items=8), st.sampled_from([-1, 1]))
def test_the_curved_total_is_the_best_of_all_partitions_that_bend_one_way(problem, curvature):
    rule = problem["rule"]
    starts, total = solve_curved(problem, curvature)
    best, fewest = naive.best_curved_partition(
        problem["gain"], problem["level"], curvature, problem["min_gap"],
        None if rule is None else lambda u, s, t: rule[u, s, t], problem["min_parts"], problem["max_parts"],
    )  # fmt: skip
    assert total == best  # gains are multiples of 1/8: sums are exact
    assert starts.size == fewest
    if best > -np.inf:
        runs = runs_of(starts, problem["gain"].shape[0])
        assert sum(problem["gain"][run] for run in runs) == total
        assert naive.bends([problem["level"][run] for run in runs], curvature)


def test_levels_on_a_line_bend_both_ways_whatever_rounding_does():
    level = np.tile(0.1 * np.arange(1, 8), (7, 1)) * 1e-6  # of the run s..t that of t
    gain = np.full((7, 7), -np.inf)
    np.fill_diagonal(gain, 1.0)
    for curvature in (-1, 1):
        assert best_curved_partition(gain, level, curvature, 0.0, NO_RULE, 1, 7)[1] == 7.0


@settings(max_examples=30)
@given(partition_problems(max_items=6), st.sampled_from([-1, 1]))
def test_compiled_equals_interpreted(problem, curvature):
    for solver, kernel, more in ((solve, best_partition, ()), (solve_curved, best_curved_partition, (curvature,))):
        compiled, interpreted = (
            solver(problem, *more, which) for which in (kernel, getattr(kernel, "py_func", kernel))
        )
        np.testing.assert_array_equal(compiled[0], interpreted[0])
        assert compiled[1] == interpreted[1]


SIGNATURES = """
import numpy as np
from kullback._core import counts, partition
from kullback.information import ContingencyTable
from kullback.metrics import information_value, population_stability_index

def frozen(x):
    x.flags.writeable = False
    return x

y = np.array([0, 1, 0, 1, 1, 0])
for make in (np.asarray, frozen, lambda x: np.repeat(x, 2)[::2], lambda x: x.astype(np.int32)):
    codes, events = make(np.array([0, 1, 2, 0, 1, 2])), make(y.copy())
    ContingencyTable.from_codes(codes, events, n_bins=3)
    ContingencyTable.from_codes(codes, events, make(np.ones(6)), n_bins=3)
    information_value(codes=codes, y=events, sample_weight=make(np.ones(6)))
    values = make(np.linspace(0, 1, 6))
    population_stability_index(values, values, bins=make(np.array([0, 1])))
    population_stability_index(values, values, bins=2)
for n in (2, np.int64(3)):
    gain = np.zeros((n, n))
    partition.best_partition(gain, gain, 1, 1, 0.0, np.zeros((0, 0, 0), bool), 1, n)
    partition.best_curved_partition(gain, gain, 1, 0.0, np.zeros((0, 0, 0), bool), 1, n)
kernels = (
    counts.count_by_class, counts.weighted_count_by_class, counts.cut_codes,
    partition.best_partition, partition.best_curved_partition,
)
print(*(len(kernel.signatures) for kernel in kernels))
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_each_kernel_has_one_compiled_signature():
    """However the arrays of a user lie in memory: a second signature would be compiled while they wait."""
    run = subprocess.run([sys.executable, "-c", SIGNATURES], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1"] * 5
