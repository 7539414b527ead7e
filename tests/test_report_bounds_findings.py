"""Findings on overlap, errors and groups come where the numbers say so, and not where they do not."""

import pytest

from kullback.report._bounds_findings import of_assumptions, of_groups, of_overlap


class TwoArms:
    labels = ("0", "1")


def overlap(certain=0, **changed):
    good = {"treatment": "1", "rows": 1000.0, "effective_rows": 800.0, "calibration_slope": 1.0}
    return {"rows_certain": certain, "treatments": [good | changed]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"certain": 3}, [("no overlap", "high")]),
        ({"effective_rows": 240.0}, [("few effective rows", "medium")]),
        ({"rows": 50.0, "effective_rows": 45.0}, [("few effective rows", "medium")]),
        ({"effective_rows": 20.0}, [("few effective rows", "high")]),
        ({"effective_rows": None}, [("few effective rows", "high")]),
        ({"calibration_slope": 0.7}, [("propensity not calibrated", "medium")]),
        ({"calibration_slope": 1.4}, [("propensity not calibrated", "medium")]),
        ({"calibration_slope": None}, []),
    ],
)
def test_overlap(given, expected):
    assert [(f.rule, f.severity) for f in of_overlap(overlap(**given), TwoArms())] == expected


def test_a_slope_that_two_arms_share_is_told_once():
    record = overlap(calibration_slope=0.5)
    record["treatments"] *= 2
    assert len(of_overlap(record, TwoArms())) == 1


@pytest.mark.parametrize(
    ("gap", "error", "severity", "told"),
    [(0.1, 0.2, "medium", "0.4 standard errors"), (0.5, 0.1, "high", "3.5"), (0.5, 0.0, "high", "without any error")],
)
def test_bounds_that_cross_are_graver_beyond_their_error(gap, error, severity, told):
    record = {"title": "both", "crossed": True, "lower": gap, "upper": 0.0, "lower_se": error, "upper_se": error}
    (finding,) = of_assumptions([record, {"title": "none", "not_run": "No."}])
    assert (finding.rule, finding.severity) == ("bounds cross", severity)
    assert told in finding.evidence


def test_few_rows_that_decide_are_counted():
    records = [{"title": "a", "half_variance_rows": 40}, {"title": "b", "half_variance_rows": 4}]
    (finding,) = of_assumptions(records)
    assert finding.evidence == "4 rows make half of the variance (b)."
    assert of_assumptions(records[:1]) == []


def test_small_groups_are_named():
    records = [{"group": "f", "arms": {"1": 40, "0": 12}}, {"group": "m", "arms": {"1": 90, "0": 80}}]
    (finding,) = of_groups(records, "sex")
    assert "f (12)" in finding.evidence
    assert "m" not in finding.evidence.partition(": ")[2]
    assert of_groups(records[1:], "sex") == []
