"""Pictures over the rows draw what the estimator says of them."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from bounds_cases import fitted, sample, small
from kullback._plotting import new_axes, svg
from kullback.bounds import BoundsDisplay, CausalBounds, OverlapDisplay
from kullback.bounds._display import POINTS
from kullback.exceptions import InputError, SmallCountWarning

N = 400


@pytest.fixture(scope="module")
def bounds():
    return fitted(N, odds_ratio_bound=1.5)


@pytest.fixture(scope="module")
def X():
    return sample(N)[0]


def segments(collection):
    return np.array([segment[:, 1] for segment in collection.get_segments()])


def test_groups_are_those_of_the_estimator_with_its_limits(bounds, X):
    display = BoundsDisplay.from_estimator(bounds, X, "x0", bins=4, confidence_level=0.9)
    cuts = np.quantile(X["x0"], [0.25, 0.5, 0.75])
    expected = bounds.gate(np.searchsorted(cuts, X["x0"], side="right")).to_frame(0.9)
    np.testing.assert_array_equal(display.groups[expected.columns], expected)
    assert (display.groups["from"].to_numpy()[1:] > display.groups["to"].to_numpy()[:-1]).all()
    assert display.groups["at"].between(display.groups["from"], display.groups["to"]).all()
    assert display.target == bounds.average_bounds().lower.target


def test_single_rows_have_their_own_bounds_in_the_covariate_s_order(bounds, X):
    rows = BoundsDisplay.from_estimator(bounds, X, "x1").rows
    assert len(rows) == POINTS < N
    assert (np.diff(rows[:, 0]) >= 0).all()
    assert (rows[0, 0], rows[-1, 0]) == (X["x1"].min(), X["x1"].max())
    known = dict(zip(X["x1"], bounds.predict_bounds(X).tolist(), strict=True))
    np.testing.assert_allclose(rows[:, 1:], [known[value] for value in rows[:, 0]])


def test_what_is_drawn_is_what_was_computed(bounds, X):
    display = BoundsDisplay.from_estimator(bounds, X, "x0", bins=5)
    assert not hasattr(display, "ax_")
    assert display.plot() is display
    table = display.groups
    for points, end in zip(display.points_, display.rows[:, 1:].T, strict=True):
        np.testing.assert_array_equal(points.get_xydata(), np.column_stack([display.rows[:, 0], end]))
    assert len({artist.get_color() for artist in display.ends_}) == len({a.get_marker() for a in display.ends_}) == 2
    assert len(display.bars_.get_segments()) == 0
    for drawn, limit, end in zip(display.ends_, display.limits_, ("lower", "upper"), strict=True):
        np.testing.assert_array_equal(drawn.get_xdata(), table["at"])
        np.testing.assert_array_equal(drawn.get_ydata(), table[end])
        np.testing.assert_array_equal(segments(limit), table[[end, f"limit_{end}"]])
    boxes = [ribbon.get_paths()[0].get_extents().extents for ribbon in display.ribbons_]
    np.testing.assert_allclose(boxes, table[["from", "lower", "to", "upper"]])


def test_without_a_covariate_the_propensity_of_an_arm_is_shown_over(bounds, X):
    display = BoundsDisplay.from_estimator(bounds, X, arm=0)
    assert display.by == "propensity of treatment 0"
    assert set(display.rows[:, 0]) <= set(bounds.propensity_[:, 0])


def test_a_covariate_of_few_values_has_a_group_for_each():
    X, y, treatment = sample(N)
    X["x3"] = np.round(X["x3"])
    bounds = small().fit(X, y, treatment=treatment)
    display = BoundsDisplay.from_estimator(bounds, X, "x3", bins=3)
    assert display.groups["at"].tolist() == [-1, 0, 1]
    np.testing.assert_array_equal(display.groups["from"], display.groups["to"])
    np.testing.assert_array_equal(display.groups["lower"], bounds.gate(X["x3"]).lower.value)
    display.plot()
    np.testing.assert_array_equal(segments(display.bars_), display.groups[["lower", "upper"]])
    assert display.ribbons_ == ()
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == ["-1", "0", "1"]


def test_ends_of_groups_and_rows_that_cross_are_marked_but_not_rounding(bounds, X):
    display = BoundsDisplay.from_estimator(bounds, X, "x0", bins=3)
    assert display.plot().crossed_.get_xdata().size == 0
    display.groups.loc[display.groups.index[0], ["at", "lower", "upper"]] = [-0.5, 0.6, 0.4]
    display.groups.loc[display.groups.index[1], ["lower", "upper"]] = [0.1 + 0.2, 0.3]
    display.rows = np.array([[0.0, 0.1, 0.2], [0.7, 0.3, 0.1]])
    crossed = display.plot().crossed_.get_xydata()
    np.testing.assert_array_equal(crossed, [[-0.5, 0.6], [0.7, 0.3], [-0.5, 0.4], [0.7, 0.1]])
    assert "ends that cross" in [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert len(display.ribbons_) == len(segments(display.limits_[0])) == 2  # none for the group that crosses


def test_many_equal_values_leave_no_group_empty():
    X, y, treatment = sample(N)
    X["x3"] = np.maximum(X["x3"], 0.8)
    bounds = small().fit(X, y, treatment=treatment)
    groups = BoundsDisplay.from_estimator(bounds, X, "x3", bins=10).groups
    assert 1 < len(groups) < 10
    assert np.isfinite(groups.to_numpy()).all()


def test_arrays_have_positions_for_names(X):
    _, y, treatment = sample(N)
    values = X.to_numpy()
    bounds = small(odds_ratio_bound=1.5).fit(values, y, treatment=treatment)
    display = BoundsDisplay.from_estimator(bounds, values, 1)
    assert display.by == "1"
    np.testing.assert_array_equal(display.rows[[0, -1], 0], [values[:, 1].min(), values[:, 1].max()])


@pytest.mark.parametrize(("estimand", "null"), [("ate", 0.0), ("mean", None)])
def test_only_an_effect_has_a_line_at_zero(estimand, null, X):
    display = BoundsDisplay.from_estimator(fitted(N, estimand=estimand), X, "x0").plot()
    assert display.null == null
    assert [line.get_ydata()[0] for line in display.ax_.lines if len(line.get_ydata()) == 2] == [0.0] * (null == 0)


def test_other_rows_or_covariates_are_refused(bounds, X):
    with pytest.raises(InputError, match=r"propensity has 400, X has 399"):
        BoundsDisplay.from_estimator(bounds, X.iloc[1:], "x0")
    with pytest.raises(InputError, match="by must be a covariate of fit, x0, x1, x2, x3, x4; 'age' is not"):
        BoundsDisplay.from_estimator(bounds, X, "age")
    with pytest.raises(InputError, match="gate is not for estimand='att'"):
        BoundsDisplay.from_estimator(fitted(N, estimand="att"), X, "x0")


def test_shares_of_each_treatment_s_rows_sum_to_one_and_follow_weights():
    X, y, treatment = sample(N)
    weight = np.random.default_rng(0).integers(1, 4, N)
    bounds = small().fit(X, y, treatment=treatment, sample_weight=weight)
    display = OverlapDisplay.from_estimator(bounds, bins=8)
    np.testing.assert_allclose(display.shares.sum(axis=1), 1)
    for arm in (0, 1):
        repeated = np.repeat(bounds.propensity_[:, 1], weight * (treatment == arm))
        np.testing.assert_allclose(display.shares[arm], np.histogram(repeated, display.edges)[0] / repeated.size)


def test_the_histogram_has_steps_for_each_treatment(bounds):
    display = OverlapDisplay.from_estimator(bounds, 0, bins=10)
    assert display.plot() is display
    for step, share in zip(display.steps_, display.shares, strict=True):
        np.testing.assert_allclose(step.get_data().values, 100 * share)
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["rows with treatment 0", "rows with treatment 1"]
    assert display.ax_.get_xlabel() == "propensity of treatment 0"
    with pytest.raises(InputError, match="2 came"):
        OverlapDisplay.from_estimator(bounds, 2)


@pytest.mark.parametrize("count", [3, 5])
def test_of_several_treatments_each_has_axes_of_one_height_whatever_its_name(count):
    levels = [f"training programme number {i} of those that the office paid for in the year" for i in range(count)]
    shares = np.full((count, 4), 0.25)
    display = OverlapDisplay(arm=levels[0], levels=levels, edges=np.linspace(0, 1, 5), shares=shares).plot()
    display.figure_.draw_without_rendering()
    heights = [axes.get_position().height * display.figure_.get_figheight() for axes in display.axes_]
    assert np.ptp(heights) < 0.05
    assert min(heights) > 0.7
    for axes in display.axes_:
        box = axes.get_legend().get_window_extent()
        assert 0 <= box.x0 < box.x1 <= display.figure_.bbox.width
    label = display.ax_.xaxis.label.get_window_extent()
    assert 0 <= label.x0 < label.x1 <= display.figure_.bbox.width
    assert display.ax_.get_legend().get_texts()[0].get_text().startswith("rows with treatment training programme n")


def test_long_names_of_two_treatments_stand_below_each_other_inside_the_picture():
    levels = ["Comparison group (no course at all)", "Workplace training programme, long"]
    display = OverlapDisplay(arm=levels[1], levels=levels, edges=np.linspace(0, 1, 5), shares=np.full((2, 4), 0.25))
    display.plot().figure_.draw_without_rendering()
    box = display.ax_.get_legend().get_window_extent()
    assert box.x1 <= display.figure_.bbox.width
    assert display.ax_.get_position().height * display.figure_.get_figheight() > 2.5


def test_the_first_arm_of_the_estimand_is_shown_unless_another_is_named(X):
    turned = fitted(N, arm=(0, 1), odds_ratio_bound=1.5)
    assert OverlapDisplay.from_estimator(turned).arm == 0
    assert BoundsDisplay.from_estimator(turned, X).by == "propensity of treatment 0"


def test_an_outcome_that_is_named_is_on_the_axis(bounds, X):
    display = BoundsDisplay.from_estimator(bounds, X, "x0", outcome="wage, $").plot()
    assert display.ax_.get_ylabel() == "bounds (wage, $)"


def test_names_with_signs_of_mathematics_are_written_as_they_are():
    X, y, treatment = sample(N)
    X = X.rename(columns={"x0": "cost in $, per $"})
    bounds = small().fit(X, y, treatment=np.where(treatment, "$b_1$", "$a_0$"))
    picture = svg(BoundsDisplay.from_estimator(bounds, X, "cost in $, per $").plot().figure_)
    assert "cost in $, per $" in picture
    assert "E[Y($b_1$) - Y($a_0$)]" in picture
    assert "rows with treatment $a_0$" in svg(OverlapDisplay.from_estimator(bounds).plot().figure_)


def test_the_same_display_draws_the_same_bytes_on_axes_of_the_user(bounds, X):
    for display in (BoundsDisplay.from_estimator(bounds, X, "x0"), OverlapDisplay.from_estimator(bounds)):
        figure, ax = new_axes()
        assert display.plot(ax).ax_ is ax
        assert display.figure_ is figure
        assert svg(figure) == svg(display.plot(new_axes()[1]).figure_)


def test_bounds_must_be_fitted(X):
    for show in (lambda e: BoundsDisplay.from_estimator(e, X), OverlapDisplay.from_estimator):
        with pytest.raises(NotFittedError):
            show(CausalBounds())


@pytest.mark.parametrize("bins", [0, -1, 2.5, "a", True, None])
@pytest.mark.parametrize("display", [BoundsDisplay, OverlapDisplay])
def test_bins_are_a_positive_whole_number(display, bins):
    bounds, given = fitted(100), (sample(100)[0],) if display is BoundsDisplay else ()
    with pytest.raises(InputError, match="bins must be a positive whole number"):
        display.from_estimator(bounds, *given, bins=bins)


def test_a_group_of_one_row_is_drawn_without_limits():
    X, y, treatment = sample(100)
    column = X.columns[0]
    X = X.assign(**{column: np.where(np.arange(100) == 7, 1.0, 0.0)})
    bounds = small(outcome_bounds=None, odds_ratio_bound=2.0).fit(X, y, treatment=treatment)
    with pytest.warns(SmallCountWarning, match="one row or one cluster"):
        display = BoundsDisplay.from_estimator(bounds, X, column)
    assert np.isinf(display.groups["limit_upper"].to_numpy()).tolist() == [False, True]
    display.plot()
    assert np.isfinite(display.ax_.get_ylim()).all()
    display.figure_.canvas.draw()
