"""The timed table follows its stated law, and what is timed gives what it should."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from kullback.metrics import information_value  # noqa: E402
from validation.performance import _worker, partition, wide  # noqa: E402
from validation.performance._data import CATEGORICAL, EVENT_RATE, NUMERIC, draw_table  # noqa: E402
from validation.performance.binner import child_environment  # noqa: E402


@pytest.fixture(scope="module")
def table():
    return draw_table(40_000, 1)


def test_the_table_has_fifteen_numbers_and_five_categories(table):
    X, _ = table
    assert list(X.columns) == [*NUMERIC, *CATEGORICAL]
    assert (len(NUMERIC), len(CATEGORICAL)) == (15, 5)
    assert {name: X[name].nunique() for name in CATEGORICAL} == CATEGORICAL


def test_shares_of_events_and_of_missing_values_are_those_stated(table):
    X, y = table
    assert y.mean() == pytest.approx(EVENT_RATE, abs=0.006)  # four standard errors
    for name, (_, _, missing) in NUMERIC.items():
        for label, share in enumerate(missing):
            rows = y == label
            error = np.sqrt(share * (1 - share) / rows.sum())
            assert X.loc[rows, name].isna().mean() == pytest.approx(share, abs=4 * error + 1e-12)


def test_ranks_of_a_column_rise_with_its_shift(table):
    X, y = table
    strong = {name: shift for name, (_, shift, _) in NUMERIC.items() if abs(shift) > 0.1}
    ranks = X[list(strong)].rank(pct=True)
    shift = ranks[y == 1].mean() - ranks[y == 0].mean()
    assert (np.sign(shift) == np.sign(pd.Series(strong))).all()


def test_another_sample_has_the_same_law_and_the_same_seed_the_same_sample(table):
    again, y = draw_table(40_000, 1)
    pd.testing.assert_frame_equal(again, table[0])
    np.testing.assert_array_equal(y, table[1])
    other, _ = draw_table(40_000, 2)
    shares = (frame["levels_8"].value_counts(normalize=True).sort_index() for frame in (table[0], other))
    np.testing.assert_allclose(*shares, atol=0.02)  # more than four standard errors of a difference


def test_the_worker_measures_a_fit_and_reads_its_bins(tmp_path):
    for name, seed in (("train", 1), ("holdout", 2)):
        pd.to_pickle(draw_table(4000, seed), tmp_path / f"{name}.pickle")
    measured = _worker.measure("kullback", tmp_path)
    assert measured["first"] > 0
    assert measured["peak_mb"] >= measured["before_mb"] > 0
    assert set(measured["holdout_iv"]) == {*NUMERIC, *CATEGORICAL}
    assert max(measured["bins"].values()) <= 9  # eight and missing


def test_information_on_new_rows_is_that_of_the_package():
    y = np.repeat([0, 0, 0, 1, 1], 40)
    codes = np.tile([0, 1, 1, 3, 3, 0, 1, 3], 25)
    expected = float(information_value(codes=codes, y=y))
    assert _worker._jeffreys(_worker._table(codes, y)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_prebins", partition.PREBINS)
def test_the_problems_have_as_many_prebins_as_they_say(n_prebins):
    counts = partition._prebin_counts(3, n_prebins)
    assert [c.shape for c in counts] == [(n_prebins, 2)] * 15
    assert {int(c.sum()) for c in counts} == {partition.N_ROWS}


def test_a_partition_is_worth_the_gains_of_its_runs():
    gain = np.arange(9.0).reshape(3, 3)
    assert partition._value(gain, np.array([0, 2])) == gain[0, 1] + gain[2, 2]


def test_a_child_has_one_thread_and_keeps_what_it_compiles(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = child_environment(tmp_path)
    assert {environment[f"{name}_NUM_THREADS"] for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")} == {"1"}
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["NUMBA_CACHE_DIR"].startswith(str(tmp_path))


def test_a_wide_fit_is_measured_with_its_table():
    found = wide._measured(2000, 4, 0)
    assert 0 < found["cpu_seconds"] < 60
    assert found["peak_over_data"] > 1  # the table and the interpreter are in it
