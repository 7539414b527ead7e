"""Exact limits of weights of evidence, against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from statsmodels.stats.proportion import proportion_confint

from kullback.binning import OptimalBinner
from kullback.exceptions import BinningWarning, InputError
from kullback.metrics import exact_weight_limits, weight_of_evidence
from strategies import contingency_tables


@given(contingency_tables(min_count=1, max_count=200))
def test_limits_are_clopper_and_pearsons(counts):
    g, b = counts.T
    lower, upper = proportion_confint(g, g + b, alpha=0.1, method="beta")
    expected = np.column_stack([np.log(lower / (1 - lower)), np.log(upper / (1 - upper))])
    log_odds = exact_weight_limits(b, g, kind="log_odds", confidence_level=0.9)
    np.testing.assert_allclose(log_odds, expected, rtol=1e-7, atol=1e-9)
    woe = exact_weight_limits(b, g, confidence_level=0.9)
    np.testing.assert_allclose(woe, expected - np.log(g.sum() / b.sum()), rtol=1e-7, atol=1e-9)


def test_a_bin_of_one_class_has_one_limit():
    limits = exact_weight_limits([0, 5, 10], [20, 5, 0], kind="log_odds")
    # With no event in 20 rows the rate is below 1 - .025^(1/20).
    greatest = 1 - 0.025 ** (1 / 20)
    assert limits[0] == pytest.approx([np.log((1 - greatest) / greatest), np.inf])
    assert limits[2, 0] == -np.inf
    assert np.isfinite(limits[1]).all()


def test_with_many_rows_they_are_walds():
    events, non_events = np.array([4000, 5000, 9000]) // 20, np.array([60_000, 70_000, 9_000])
    wald = weight_of_evidence(events, non_events, kind="log_odds").conf_int()
    np.testing.assert_allclose(exact_weight_limits(events, non_events, kind="log_odds"), wald, atol=0.02)


@pytest.mark.parametrize(
    ("events", "non_events", "options", "message"),
    [
        ([1.5, 2], [3, 4], {}, "whole"),
        ([1, 0], [3, 0], {}, "must hold a row"),
        ([0, 0], [3, 4], {}, "must not all be zero"),
        ([1, 2], [3, 4], {"kind": "odds"}, '"log_odds"'),
    ],
)
def test_what_has_no_exact_law_is_told(events, non_events, options, message):
    with pytest.raises(InputError, match=message):
        exact_weight_limits(events, non_events, **options)


def test_a_table_gives_both_kinds_of_limits():
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"x": rng.random(500)}), rng.integers(0, 2, 500)
    binner = OptimalBinner(prebinning={"x": [0.3, 0.6, 2.0]})
    with pytest.warns(BinningWarning):  # no value lies beyond 2
        table = binner.fit(X, y).tables_["x"]
    filled = table.count > 0
    expected = exact_weight_limits(table.events[filled], table.non_events[filled])
    np.testing.assert_array_equal(table.woe_limits(method="exact")[filled], expected)
    np.testing.assert_array_equal(table.woe_limits()[filled], table.weight_of_evidence().conf_int())
    assert np.isnan(table.woe_limits(method="exact")[~filled]).all()
    with pytest.raises(InputError, match='"wald" or "exact"'):
        table.woe_limits(method="bayes")
    with pytest.warns(BinningWarning):
        weighted = binner.fit(X, y, sample_weight=np.full(500, 2.0)).tables_["x"]
    with pytest.raises(InputError, match="without weights"):
        weighted.woe_limits(method="exact")
