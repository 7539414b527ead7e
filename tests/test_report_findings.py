"""Findings name what was seen, on which rows, and what a reader can do."""

import warnings

import numpy as np
import pandas as pd
import pytest

from kullback.binning import OptimalBinner
from kullback.exceptions import SmallCountWarning
from kullback.report import scorecard_report
from kullback.report._findings import gaps, heard, miscalibrations, possible_codes, very_strong


def record(value, lower, upper):
    return {"value": value, "lower": lower, "upper": upper}


def test_a_gap_names_the_rows_and_is_none_where_limits_meet():
    performance = {
        "train": {"auc": record(0.8, 0.78, 0.82)},
        "test": {"auc": record(0.77, 0.74, 0.8)},
        "out_of_time": {"auc": record(0.7, 0.66, 0.74)},
    }
    (finding,) = gaps(performance)
    assert finding.evidence == "AUC on out-of-time rows 0.700, at most 0.740; on training rows at least 0.780."
    assert finding.action == "Judge the model by out-of-time rows."


@pytest.mark.parametrize(
    ("lower", "found"), [(0.51, True), (0.5, False), (None, False)], ids=["above", "not above", "no limit"]
)
def test_a_feature_is_very_strong_where_its_lower_limit_is_above_a_half(lower, found):
    findings = very_strong([{"feature": "months_late", "iv": 0.9, "iv_lower": lower}])
    assert [(f.rule, f.column, f.severity) for f in findings] == [
        ("very strong feature", "months_late", "medium")
    ] * found
    assert all("IV 0.900, at least 0.510" in f.evidence for f in findings)


def calibration(pvalue):
    part = record(0.1, 0.0, 0.2)
    return {"calibration": {"intercept": part, "slope": part, "in_the_large": part, "pvalue": pvalue}}


def test_miscalibration_is_told_of_rows_that_the_fit_did_not_see():
    performance = {name: calibration(p) for name, p in (("train", 0.0), ("test", 0.009), ("out_of_time", 0.01))}
    (finding,) = miscalibrations(performance)
    assert (finding.rule, finding.severity) == ("miscalibration", "medium")
    assert finding.evidence.startswith("On test rows the intercept is 0.10, the slope 0.10 (p = 0.009 of 0 and 1)")
    assert miscalibrations({"test": {"calibration": {"not_run": "One class."}}}) == []
    assert miscalibrations({"test": calibration(None)}) == []


def test_values_that_fit_did_not_see_name_the_rows_and_the_columns():
    frame = pd.DataFrame({"a, b": list("xyz") * 100, "c": list("uv") * 150})
    binner = OptimalBinner().fit(frame, (np.arange(300) % 3 + np.arange(300) % 2 > 1).astype(int))
    new = pd.DataFrame({"a, b": ["x", "new"], "c": ["other", "other"]})
    _, (finding,) = heard(lambda: binner.transform(new), "out_of_time")
    assert (finding.rule, finding.column, finding.severity) == ("unseen values", "a, b, c", "low")
    assert finding.evidence == (
        "On out-of-time rows: values that the training rows did not have: 1 in 'a, b', 2 in 'c'."
    )
    assert "handle_unknown" not in finding.evidence + finding.action


def test_any_warning_names_its_rows_and_the_result_is_kept():
    def small():
        warnings.warn("Few rows.", SmallCountWarning, stacklevel=1)
        return 7

    result, (finding,) = heard(small, "test")
    assert (result, finding.rule, finding.evidence) == (7, "warning", "On test rows: Few rows.")


def test_a_shift_of_risk_in_later_rows_is_a_finding_of_the_report():
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    drawn = [(rng.random(3000) < 1 / (1 + np.exp(shift - x))).astype(int) for shift in (2.0, 1.0)]
    first, later = (pd.DataFrame({"x": x, "bad": y}) for y in drawn)
    findings = scorecard_report(first, target="bad", out_of_time=later, n_permutations=19).numbers["findings"]
    told = [f["evidence"] for f in findings if f["rule"] == "miscalibration"]
    assert len(told) == 1
    assert "On out-of-time rows" in told[0]
    assert [f["column"] for f in findings if f["rule"] == "very strong feature"] == ["x"]


MEASURES = np.random.default_rng(8).normal(600, 50, 1000).round()


def with_codes(**codes):
    """1,000 measures, of which the codes take so many rows each."""
    values, start = MEASURES.copy(), 0
    for code, rows in codes.values():
        values[start : start + rows], start = code, start + rows
    return values


@pytest.mark.filterwarnings("ignore:.* stays in one bin")
@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (with_codes(a=(-999, 50), b=(-998, 10)), "-999,-998"),
        (with_codes(a=(-999, 50), b=(99999, 20)), "-999,99999"),
        (with_codes(a=(-999, 9)), None),  # below 1% of the rows
        (with_codes(a=(MEASURES.min() - 1, 50)), None),
        (np.arange(1000) % 2 * 1.0, None),  # two values measure nothing
        (np.random.default_rng(1).poisson(0.4, 1000) * 1.0, None),
        (np.exp(np.random.default_rng(2).normal(10, 0.6, 1000)), None),
    ],
    ids=["two codes", "both ends", "rare", "near", "flag", "counts", "skewed"],
)
def test_frequent_values_beyond_the_range_of_the_others_may_be_codes(values, codes):
    y = np.arange(1000) % 3 == 0
    frame = pd.DataFrame({"score": values, "word": np.where(y ^ (np.arange(1000) % 5 == 0), "u", "v")})
    found = possible_codes(frame, OptimalBinner().fit(frame, y))
    assert [(f.rule, f.column, f.severity) for f in found] == [("a code?", "score", "medium")] * (codes is not None)
    assert all(f"--special score={codes}." in f.action for f in found)


@pytest.mark.filterwarnings("ignore:.* stays in one bin")
def test_codes_that_are_declared_are_no_finding():
    frame, y = pd.DataFrame({"score": with_codes(a=(-999, 50), b=(-998, 20))}), np.arange(1000) % 3 == 0
    assert possible_codes(frame, OptimalBinner(special_values=[-999, -998]).fit(frame, y)) == []
    (finding,) = possible_codes(frame, OptimalBinner(special_values={"score": [-999]}).fit(frame, y))
    assert finding.evidence.startswith("-998: at least 1%")
