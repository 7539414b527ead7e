"""Pictures of average bounds draw the frontier, its breakdown values, and divergences beside each other."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from bounds_cases import fitted, sample, small
from kullback._plotting import new_axes, svg
from kullback.bounds import BreakdownValue, CausalBounds, DivergenceDisplay, FrontierDisplay
from kullback.bounds._average_display import TOP_ODDS_RATIO
from kullback.exceptions import InputError, KullbackWarning


@pytest.fixture(scope="module")
def effective():
    """An effect large enough to withstand some confounding."""
    X, y, treatment = sample(400)
    return small(outcome_bounds=None, odds_ratio_bound=1.0).fit(X, y + 0.2 * treatment, treatment=treatment)


@pytest.fixture(scope="module")
def bounds():
    return fitted(300)


def segments(collection, axis):
    return np.array([segment[:, axis] for segment in collection.get_segments()])


def test_the_frontier_is_that_of_the_estimator_in_order(effective):
    display = FrontierDisplay.from_estimator(effective, [2, 1, 1.5], confidence_level=0.9)
    expected = effective.sensitivity_frontier([1, 1.5, 2], 0.9)
    np.testing.assert_array_equal(display.frame, expected)
    assert display.plot() is display
    np.testing.assert_array_equal(display.ax_.get_lines()[0].get_xdata(), [1, 1.5, 2])
    for end, drawn, limit in zip(("lower", "upper"), display.ends_, display.limits_, strict=True):
        np.testing.assert_array_equal(drawn.get_ydata(), expected[end])
        np.testing.assert_array_equal(limit.get_ydata(), expected[f"limit_{end}"])


def test_breakdown_values_are_marked_where_the_ends_hold_the_null(effective):
    display = FrontierDisplay.from_estimator(effective).plot()
    known = effective.breakdown_value()
    assert 1 < known.limits < known.bounds < TOP_ODDS_RATIO
    assert display.frame.index[-1] == pytest.approx(max(2.0, min(1.5 * known.bounds, TOP_ODDS_RATIO)))
    assert [mark.get_xdata()[0] for mark in display.marks_] == [known.limits, known.bounds]
    assert [mark.get_ydata()[0] for mark in display.marks_] == [0, 0]
    ends = ("limit_lower", "lower")
    for mark, end in zip(display.marks_, ends, strict=True):  # the line between two grid points is nearly the frontier
        height = np.interp(np.log(mark.get_xdata()[0]), np.log(display.frame.index), display.frame[end])
        assert abs(height) < 0.01


def test_a_mark_beyond_the_frontier_is_told_and_not_drawn(effective):
    display = FrontierDisplay.from_estimator(effective, [1, 1.1]).plot()
    known = display.breakdown
    assert [len(mark.get_xdata()) for mark in display.marks_] == [0, 0]
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names[2:] == [f"0 in limits from {known.limits:.3g}", f"0 in bounds from {known.bounds:.3g}"]


def test_a_null_never_reached_is_told():
    frame = fitted(100, odds_ratio_bound=1.0).sensitivity_frontier([1, 2])
    never = BreakdownValue(null=0.5, bounds=np.inf, limits=3.0, confidence_level=0.95)
    display = FrontierDisplay(frame=frame, breakdown=never, target="", confidence_level=0.95).plot()
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names[2:] == ["0.5 in limits from 3", "0.5 in bounds nowhere"]


def test_a_mean_has_a_breakdown_value_for_a_null_that_is_given():
    bounds = fitted(200, estimand="mean", odds_ratio_bound=1.0)
    bare = FrontierDisplay.from_estimator(bounds).plot()
    assert bare.breakdown is None
    assert bare.marks_ == ()
    assert bare.frame.index[-1] == pytest.approx(5)
    assert FrontierDisplay.from_estimator(bounds, [1, 2], null=0.3).breakdown == bounds.breakdown_value(0.3)


def test_the_title_says_what_is_assumed():
    with pytest.warns(KullbackWarning, match="estimated ends cross"):  # an effect below zero, assumed not to be
        display = FrontierDisplay.from_estimator(fitted(100, assumptions=("mtr",)), [1, 2]).plot()
    assert display.ax_.get_title(loc="left") == (
        "E[Y(1) - Y(0)] under odds ratios of confounding, monotone treatment response"
    )


@pytest.mark.filterwarnings("ignore:.*beyond what is possible:kullback.exceptions.KullbackWarning")
@pytest.mark.parametrize(
    ("ratios", "named"), [([1, 2], 2), ([1, 4], 4), ([1, 20], 20), ([1, 400], 400), ([1.31, 1.39], 1.39), ([3], 3)]
)
def test_odds_ratios_are_named_to_the_end_of_the_axis(ratios, named):
    ax = FrontierDisplay.from_estimator(fitted(100, estimand="mean"), ratios).plot().ax_
    names = [tick.get_text() for tick in ax.get_xticklabels()]
    assert names[-1] == f"{named:g}"
    assert len(names) <= 9


def test_each_divergence_has_the_bounds_of_an_estimator_of_its_own(bounds):
    names = ["worst_case", "chi2", "kl", "hellinger", "js", "tv"]
    display = DivergenceDisplay.from_estimator(bounds, confidence_level=0.9)
    assert display.names == names
    for name, ends, limits in zip(names, display.bounds, display.limits, strict=True):
        own = fitted(300, divergence=name).average_bounds()
        np.testing.assert_allclose(ends, [own.lower.value[0], own.upper.value[0]], rtol=1e-12)
        np.testing.assert_allclose(limits, own.conf_int(0.9)[0], rtol=1e-12)
    assert display.target == bounds.average_bounds().lower.target


def test_a_sensitivity_model_makes_way_for_the_divergences(bounds):
    sensitive = fitted(300, odds_ratio_bound=1.0)
    shown = [DivergenceDisplay.from_estimator(e, ["worst_case"]).bounds for e in (bounds, sensitive)]
    np.testing.assert_array_equal(*shown)


def test_divergences_need_a_support(effective):
    with pytest.raises(InputError, match="the data do not bound the mean"):
        DivergenceDisplay.from_estimator(effective)


def test_bars_and_lines_are_bounds_and_limits_the_first_on_top(bounds):
    display = DivergenceDisplay.from_estimator(bounds, ["worst_case", "tv"])
    assert display.plot() is display
    np.testing.assert_array_equal(segments(display.bars_, 0), display.bounds)
    np.testing.assert_array_equal(segments(display.lines_, 0), display.limits)
    assert segments(display.bars_, 1)[:, 0].tolist() == [1, 0]
    np.testing.assert_array_equal(display.ends_.get_xdata().reshape(2, 2).T, display.bounds)
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == ["worst_case", "tv"]


def test_estimators_of_one_estimand_stand_beside_each_other(bounds):
    sensitive = fitted(300, odds_ratio_bound=1.5)
    display = DivergenceDisplay.from_estimators({"nothing": bounds, "odds ratio of 1.5": sensitive})
    np.testing.assert_array_equal(display.limits, np.concatenate([bounds.conf_int(), sensitive.conf_int()]))
    assert display.target == "E[Y(1) - Y(0)]"
    with pytest.raises(InputError, match=r"they bound: E\[Y\(1\) - Y\(0\)\], E\[Y\(1\)\]"):
        DivergenceDisplay.from_estimators({"effect": bounds, "mean": fitted(100, estimand="mean")})
    with pytest.raises(InputError, match="they bound: none"):
        DivergenceDisplay.from_estimators({})


def test_ends_that_cross_are_marked_and_rounding_is_no_crossing():
    frame = fitted(100, odds_ratio_bound=1.0).sensitivity_frontier([1, 1.5, 2])
    frame = frame.assign(lower=[0.1 + 0.2, 0.6, 0.0], upper=[0.3, 0.4, 1.0])
    frontier = FrontierDisplay(frame=frame, breakdown=None, target="", confidence_level=0.95).plot()
    np.testing.assert_array_equal(frontier.crossed_.get_xydata(), [[1.5, 0.6], [1.5, 0.4]])
    bounds = frame[["lower", "upper"]].to_numpy()
    assert np.isnan(frontier.limits_[0].get_ydata()).tolist() == [False, True, False]
    divergences = DivergenceDisplay(
        names=["a", "b", "c"], bounds=bounds, limits=bounds, target="", null=None, confidence_level=0.95
    ).plot()
    np.testing.assert_array_equal(segments(divergences.bars_, 0), bounds[[0, 2]])
    np.testing.assert_array_equal(segments(divergences.lines_, 0), bounds[[0, 2]])
    np.testing.assert_array_equal(divergences.crossed_.get_xydata(), [[0.6, 1], [0.4, 1]])


def test_long_names_are_wrapped_and_the_axes_keep_their_width():
    names = ["odds ratio of confounding within 2, as strong as education", "nothing but that wages lie in a range"]
    bounds = np.array([[0.0, 1.0], [-1.0, 2.0]])
    display = DivergenceDisplay(
        names=names, bounds=bounds, limits=bounds, target="", null=0.0, confidence_level=0.95, outcome="wage"
    ).plot()
    display.figure_.draw_without_rendering()
    assert [text.get_text().replace("\n", " ") for text in display.ax_.get_yticklabels()] == names
    assert display.ax_.get_position().width > 0.6
    assert display.ax_.get_xlabel() == "bounds (wage)"


def test_a_cdf_has_no_such_picture():
    cdf = fitted(100, estimand="cdf", at=0.5)
    for show in (FrontierDisplay.from_estimator, DivergenceDisplay.from_estimator):
        with pytest.raises(InputError, match="is not for estimand='cdf'"):
            show(cdf)


def test_the_same_display_draws_the_same_bytes_on_axes_of_the_user(effective, bounds):
    for display in (FrontierDisplay.from_estimator(effective), DivergenceDisplay.from_estimator(bounds, ["kl"])):
        figure, ax = new_axes()
        assert display.plot(ax).ax_ is ax
        assert svg(figure) == svg(display.plot(new_axes()[1]).figure_)


def test_bounds_must_be_fitted():
    for show in (FrontierDisplay.from_estimator, DivergenceDisplay.from_estimator):
        with pytest.raises(NotFittedError):
            show(CausalBounds())


def test_divergences_name_one_at_least():
    with pytest.raises(InputError, match="divergences must name one at least"):
        DivergenceDisplay.from_estimator(fitted(100), [])


@pytest.mark.parametrize(
    ("assumptions", "words"),
    [((), "no assumption on confounding"), (("negative_mts",), "negative monotone treatment selection")],
)
def test_what_is_assumed_is_not_called_nothing(assumptions, words):
    display = DivergenceDisplay.from_estimator(fitted(100, assumptions=assumptions), ["worst_case"])
    assert display.target.endswith(f"under {words}")
