"""Covariates that must not be: what restates the treatment or the outcome, and arms that are absent."""

import numpy as np
import pandas as pd
import pytest

from kullback.report._bounds_screen import screen_covariates

RNG = np.random.default_rng(0)
N = 400
TREATED = RNG.random(N) < 0.5
Y = RNG.normal(size=N) + TREATED
ARMS = {"1": TREATED, "0": ~TREATED}


def screened(values, y=Y, keep=()):
    return screen_covariates(pd.DataFrame({"c": values}), ["c"], y, ARMS, keep)


def test_noise_is_no_finding():
    assert screened(RNG.normal(size=N)) == []
    assert screened(np.where(RNG.random(N) < 0.5, "a", "b")) == []


@pytest.mark.parametrize(
    ("values", "y", "rule"),
    [
        (TREATED + 0.01 * RNG.normal(size=N), Y, "restates the treatment"),
        (np.where(TREATED, "was treated", "was not"), Y, "restates the treatment"),
        (np.exp(Y), Y, "restates the outcome"),
        (-Y, Y, "restates the outcome"),
        (Y, (Y > 0) + 0.0, "restates the outcome"),
    ],
)
def test_what_restates_is_left_out_unless_it_is_named(values, y, rule):
    (finding,) = screened(values, y)
    assert (finding.rule, finding.left_out, finding.severity) == (rule, True, "high")
    (kept,) = screened(values, y, keep=["c"])
    assert (kept.rule, kept.left_out) == (rule, False)


def test_an_arm_that_is_absent_at_a_value_is_told_with_its_rows():
    values = np.where(TREATED & (RNG.random(N) < 0.6), 1, 0)
    (finding,) = screened(values)
    assert finding.rule == "arm absent at a value"
    assert f"1 ({values.sum()} rows) has no row with 0" in finding.evidence
    assert not finding.left_out


def test_a_rare_value_may_miss_an_arm_by_chance():
    values = np.zeros(N)
    values[np.flatnonzero(TREATED)[:8]] = 1
    assert screened(values) == []
