"""Which features enter the model."""

import numpy as np
import pandas as pd
import pytest

from kullback.binning import OptimalBinner
from kullback.exceptions import KullbackWarning
from kullback.report._model import fit_model
from kullback.report._rows import Prepared
from kullback.report._selection import (
    _conflict,
    features_with_information,
    same_weights,
    without_duplicates,
    without_duplicates_and_conflicts,
)
from kullback.scorecard import Scorecard


def drawn(n=3000, seed=1):
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(2 - 1.2 * risk))).astype(np.int64)
    frame = pd.DataFrame({"risk": risk, "double": 2 * risk, "noise": rng.normal(size=n)})
    return frame, y


def silent(stage, done, total):
    assert 0 <= done <= total


def test_adjusted_p_values_choose():
    chosen, findings = features_with_information({"a": 0.001, "b": 0.04, "c": 0.9}, [])
    assert (chosen, findings) == (["a"], [])  # .04 * 3 / 2 = .06
    assert features_with_information({"a": 0.001, "b": 0.04, "c": 0.9}, ["c"])[0] == ["a", "c"]


def test_where_nothing_is_shown_the_likeliest_enters_with_a_finding():
    chosen, (finding,) = features_with_information({"a": 0.8, "b": 0.3}, [])
    assert chosen == ["b"]
    assert (finding.rule, finding.severity) == ("no information shown", "high")


def test_of_duplicates_one_stays_and_a_named_one_too():
    frame, y = drawn()
    binner = OptimalBinner()
    same = same_weights(binner.fit_transform(frame, y))
    value = dict(zip(frame.columns, binner.information_value_.value, strict=True))
    kept, (finding,) = without_duplicates(same, value, ["risk", "double", "noise"], [])
    assert len(kept) == 2
    assert {*kept, finding.column} == {"risk", "double", "noise"}
    assert finding.left_out
    assert without_duplicates(same, value, ["risk", "double"], ["risk", "double"]) == (["risk", "double"], [])
    assert without_duplicates(same, value, ["risk", "double"], ["double"])[0] == ["double"]


def conflict(n=6000, seed=3):
    """x alone goes with more risk, but given z with less: its coefficient changes its sign."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x = z + 0.5 * rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(2 - 2.0 * z + 0.8 * x))).astype(np.int64)
    return pd.DataFrame({"x": x, "z": z}), y


def test_a_sign_conflict_is_left_out_unless_it_is_to_stay():
    frame, y = conflict()
    apart, value = np.eye(2, dtype=bool), {"x": 1.0, "z": 2.0}

    def fit(features):
        return Scorecard().fit(frame[features], y)

    assert fit(["x", "z"]).coefficients_["x"].value[0] > 0
    chosen, (finding,) = without_duplicates_and_conflicts(apart, value, fit, ["x", "z"], [])
    assert chosen == ["z"]
    assert (finding.column, finding.rule, finding.severity) == ("x", "sign conflict", "medium")
    assert without_duplicates_and_conflicts(apart, value, fit, ["x", "z"], ["x"]) == (["x", "z"], [])


@pytest.mark.parametrize(("z", "severity"), [(0.08, "low"), (1.644, "low"), (1.645, "medium")])
def test_a_sign_that_is_not_shown_is_of_low_severity(z, severity):
    finding = _conflict("x", z)
    assert (finding.rule, finding.severity, finding.left_out) == ("sign conflict", severity, True)
    assert ("not distinguishable from none" in finding.evidence) == (severity == "low")
    assert f"(z = {z:.2f})" in finding.evidence


def test_a_duplicate_is_tried_again_where_its_twin_is_left_out():
    """`twin` is said to be one with x, though it is z in coarser steps, and has less information than x."""
    frame, y = conflict()
    frame["twin"] = np.round(frame["z"])
    value = {"x": 2.0, "z": 3.0, "twin": 1.0}
    same = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=bool)

    def fit(features):
        return Scorecard().fit(frame[features], y)

    chosen, findings = without_duplicates_and_conflicts(same, value, fit, ["x", "z", "twin"], [])
    assert chosen == ["z", "twin"]
    assert [(finding.rule, finding.column) for finding in findings] == [("sign conflict", "x")]
    assert without_duplicates(same, value, ["x", "z", "twin"], [])[0] == ["x", "z"]


def test_the_model_has_the_bins_that_are_reported():
    frame, y = drawn()
    train = Prepared(frame, y, None, frame[[]])
    model = fit_model(train, Scorecard(), [], None, 0, silent)
    assert set(model.card.features_) in ({"risk"}, {"double"})
    for name in model.card.features_:
        np.testing.assert_array_equal(model.card.binner_.tables_[name].cuts, model.binner.tables_[name].cuts)
    assert model.pvalues["risk"] == 0.001
    assert model.pvalues["noise"] > 0.05


def test_parameters_by_feature_may_name_features_that_are_left_out():
    frame, y = drawn()
    binner = OptimalBinner(monotonic={"noise": "peak"}, special_values={"noise": [99]}, prebinning={"risk": [-1, 0, 1]})
    model = fit_model(Prepared(frame, y, None, frame[[]]), Scorecard(binner=binner), ["risk"], 19, 0, silent)
    assert model.card.binner_.tables_["risk"].cuts.tolist() == [-1, 0, 1]


def test_a_pure_bin_is_a_finding():
    frame, y = drawn()
    frame["sold"] = np.where(y == 0, np.arange(y.size) % 3 == 0, False).astype(float)
    train = Prepared(frame[["risk", "sold"]], y, None, frame[[]])
    with pytest.warns(KullbackWarning, match="separate events"):
        model = fit_model(train, Scorecard(), [], 19, 0, silent)
    (finding,) = [f for f in model.findings if f.rule == "pure bin"]
    assert (finding.column, finding.severity) == ("sold", "high")
    assert f"No event in {int(frame['sold'].sum()):,} rows" in finding.evidence


def test_too_few_permutations_for_so_many_features_is_a_finding():
    frame, y = drawn(600)
    model = fit_model(Prepared(frame, y, None, frame[[]]), Scorecard(), [], 19, 0, silent)
    (finding,) = [finding for finding in model.findings if finding.rule == "few permutations"]
    assert "With 19 permutations no p-value is below 0.05: one informative feature alone of 3" in finding.evidence


def test_special_values_for_all_features_need_not_fit_those_that_are_chosen():
    frame, y = drawn()
    frame["word"] = np.where(frame["noise"] > 1, "NA", "x")
    frame.loc[::50, "risk"] = -99.0
    binner = OptimalBinner(special_values=[-99, "NA"])
    model = fit_model(Prepared(frame, y, None, frame[[]]), Scorecard(binner=binner), ["risk"], 19, 0, silent)
    assert model.card.binner_.tables_["risk"].rule.specials == (-99,)
