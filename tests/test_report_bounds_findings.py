"""Findings on overlap, errors and groups come where the numbers say so, and not where they do not."""

import pytest

from kullback.report._bounds_findings import of_assumptions, of_groups, of_overlap


class TwoArms:
    labels = ("0", "1")


class ThreeArms:
    labels = ("a", "b", "c")


def overlap(certain=0, **changed):
    good = {"treatment": "1", "rows": 1000, "effective_rows": 800.0, "calibration_slope": 1.0, "se": 0.1}
    record = good | changed
    slope, error = record["calibration_slope"], record.pop("se")
    limits = {"se": error, "lower": slope and slope - 1.96 * error, "upper": slope and slope + 1.96 * error}
    record |= {f"calibration_slope_{key}": value for key, value in limits.items()}
    return {"rows_certain": certain, "treatments": [record]}


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
        ({"calibration_slope": 0.7, "se": 0.2}, []),
        ({"calibration_slope": 0.9, "se": 0.01}, []),
        ({"calibration_slope": None}, []),
    ],
)
def test_overlap(given, expected):
    assert [(f.rule, f.severity) for f in of_overlap(overlap(**given), TwoArms())] == expected


def test_a_slope_that_two_arms_share_is_told_once():
    record = overlap(calibration_slope=0.5)
    record["treatments"] *= 2
    assert len(of_overlap(record, TwoArms())) == 1


def test_one_model_of_several_arms_has_one_finding_with_each_slope_and_its_error():
    arms = [
        overlap(treatment=arm, calibration_slope=s)["treatments"][0] for arm, s in (("a", 0.5), ("b", 1), ("c", 0.6))
    ]
    (finding,) = of_overlap({"rows_certain": 0, "treatments": arms}, ThreeArms())
    assert finding.column == "a, c"
    assert "a 0.50 (standard error 0.10), c 0.60 (standard error 0.10)" in finding.evidence
    assert "--covariates" in finding.action


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
    named = {"half_variance_unit": "rows", "half_variance_first": [7, 3, 12, 9]}
    records = [{"title": "a", "half_variance_rows": 40} | named, {"title": "b", "half_variance_rows": 4} | named]
    (finding,) = of_assumptions(records)
    assert finding.evidence == "4 rows make half of the variance (b): rows 7, 3, 12, 9."
    assert of_assumptions(records[:1]) == []


@pytest.mark.parametrize(
    ("count", "first", "told"),
    [
        (1, ["north"], "1 cluster makes half of the variance (b): cluster north."),
        (7, list("abcde"), "7 clusters make half of the variance (b): clusters a, b, c, d, e and 2 more."),
    ],
)
def test_clusters_are_called_so(count, first, told):
    record = {"half_variance_rows": count, "half_variance_unit": "clusters", "half_variance_first": first}
    (finding,) = of_assumptions([{"title": "b"} | record])
    assert finding.evidence == told
    assert "those of many clusters" in finding.action


def test_small_groups_are_named():
    records = [{"group": "f", "arms": {"1": 40, "0": 12}}, {"group": "m", "arms": {"1": 90, "0": 80}}]
    (finding,) = of_groups(records, "sex")
    assert "f (12)" in finding.evidence
    assert "m" not in finding.evidence.partition(": ")[2]
    assert of_groups(records[1:], "sex") == []
