"""Columns that must not enter a model."""

import numpy as np
import pandas as pd
import pytest

from kullback.report._screen import screen_columns, single_column_auc

N = 1200
RNG = np.random.default_rng(5)
Y = (RNG.random(N) < 0.2).astype(np.int64)
X = RNG.normal(size=N)


def rules(frame, **given):
    return {f.column: (f.rule, f.left_out) for f in screen_columns(frame, Y, **given)}


def test_a_fair_predictor_and_noise_pass():
    assert rules(pd.DataFrame({"fair": X + Y, "noise": X})) == {}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (np.ones(N), "constant column"),
        (np.full(N, np.nan), "constant column"),
        (np.where(Y == 1, "rejected", "approved"), "target leakage"),
        (Y * 2.0, "target leakage"),
        (1 - Y, "target leakage"),
        (np.where(Y == 1, 3 + X, X - 3), "target leakage"),
        (np.where(Y == 1, np.abs(X) + 2, np.clip(X, -1, 1)) * np.where(X > 0, 1, -1), "target leakage"),
        (np.where(Y == 1, np.nan, X), "target leakage"),
        ([f"customer {i}" for i in range(N)], "identifier"),
        (pd.date_range("2020-01-01", periods=N), "date"),
        (pd.date_range("2020-01-01", periods=N).strftime("%Y-%m-%d"), "date"),
        ([f"{1 + i % 28}.{1 + i % 12}.2020 10:00" for i in range(N)], "date"),
    ],
    ids=[
        "constant",
        "empty",
        "words",
        "copy",
        "mirror",
        "almost",
        "both ends",
        "missing",
        "names",
        "dates",
        "ISO days",
        "days with a time",
    ],
)
def test_each_rule_finds_its_column(values, rule):
    assert rules(pd.DataFrame({"a": values})) == {"a": (rule, True)}


def test_a_determined_class_is_found_where_values_recur_only():
    unique = pd.DataFrame({"amount": np.arange(N) + 0.5})  # each value goes with one class, as any would
    assert rules(unique) == {}


def test_a_stand_in_for_the_protected_column_is_found():
    group = pd.Series(RNG.random(N) < 0.3)
    frame = pd.DataFrame({"twin": ~group, "fair": X, "sex": group})
    assert rules(frame, protected=["sex"]) == {"twin": ("stand-in for the protected column", True)}


def test_each_of_several_groups_has_its_stand_in_found():
    sex = pd.Series(RNG.choice(["F", "M", "X"], N, p=[0.46, 0.52, 0.02]))
    title = sex.map({"F": "Ms", "M": "Mr", "X": "Mx"})
    frame = pd.DataFrame({"title": title, "third": (sex == "X") + 0.0, "fair": X + (sex == "F"), "sex": sex})
    found = {f.column: f for f in screen_columns(frame, Y, protected=["sex"])}
    assert set(found) == {"title", "third"}
    assert "against group 'X' of 'sex'" in found["third"].evidence
    assert all(f.rule == "stand-in for the protected column" and f.left_out for f in found.values())


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (np.where(np.arange(N) < 5, "X", np.where(np.arange(N) % 2, "F", "M")), "X"),
        (np.where(np.arange(N) < 5, "X", "F"), "F, X"),
        (np.full(N, "F"), "F"),
    ],
    ids=["one of three", "one of two", "alone"],
)
def test_a_group_that_nothing_can_be_held_against_is_a_finding(group, told):
    (finding,) = screen_columns(pd.DataFrame({"fair": X, "sex": group}), Y, protected=["sex"])
    assert (finding.rule, finding.column, finding.severity) == ("stand-in not screened", "sex", "medium")
    assert f"could be held against {told}: fewer than 20 rows" in finding.evidence
    assert not finding.left_out


def test_a_column_is_held_against_each_protected_column():
    sex, old = (pd.Series(RNG.random(N) < 0.3) for _ in range(2))
    frame = pd.DataFrame({"one": ~sex, "two": old * 2.0, "fair": X, "sex": sex, "old": old, "race": np.arange(N) % 3})
    found = screen_columns(frame, Y, protected=["sex", "old", "race"])
    assert [(f.column, "'sex'" in f.evidence, "'old'" in f.evidence) for f in found] == [
        ("one", True, False),
        ("two", False, True),
    ]


def test_a_column_to_keep_is_still_a_finding():
    frame = pd.DataFrame({"copy": Y, "one": np.ones(N)})
    assert rules(frame, keep=["copy"]) == {"copy": ("target leakage", False), "one": ("constant column", True)}


def test_a_single_column_is_judged_on_rows_that_did_not_bin_it():
    noise = pd.DataFrame({"noise": [f"level {i % 300}" for i in range(N)]})
    assert abs(single_column_auc(noise, Y) - 0.5) < 0.1  # 0.5 in expectation; its standard error is 0.02
    assert single_column_auc(pd.DataFrame({"x": [1.0, 2.0, 3.0]}), np.array([0, 1, 0])) == 0.5
