"""A display draws what was computed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from kullback._plotting import new_axes, svg
from kullback.binning import IVDisplay, OptimalBinner, TargetDisplay, WOEDisplay
from kullback.binning._display import LONGEST
from kullback.exceptions import InputError


class HoldsABinner(BaseEstimator):
    def fit(self, X, y=None):
        return self


@pytest.fixture(scope="module")
def binner():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"cost in $, per $": rng.normal(size=1500), "noise": rng.random(1500) < 0.5})
    X["level"] = np.where(rng.random(1500) < 0.3, "a level with quite a long name", "b")
    y = rng.random(1500) < 1 / (1 + np.exp(1.5 - X["cost in $, per $"] - (X["level"] == "b")))
    X.iloc[:90, 0] = np.nan
    return OptimalBinner().fit(X, y)


def drawn_limits(errorbar):
    """(bins, 2) ends of the vertical lines."""
    return np.array([segment[:, 1] for segment in errorbar.lines[2][0].get_segments()])


def test_the_display_holds_the_figures_of_the_table(binner):
    table = binner.tables_["level"]
    display = WOEDisplay.from_estimator(binner, "level", confidence_level=0.9)
    assert display.labels == list(table.labels)
    np.testing.assert_array_equal(display.woe, table.woe)
    np.testing.assert_allclose(display.share, table.count / 1500)
    np.testing.assert_allclose(display.limits.mean(axis=1), table.woe, atol=1e-12)
    np.testing.assert_allclose(np.diff(display.limits, axis=1)[:, 0] / 2, 1.6448536 * table.woe_se(), rtol=1e-6)


@pytest.mark.parametrize("feature", ["cost in $, per $", "noise", "level"])
def test_weights_their_limits_and_shares_are_drawn(binner, feature):
    display = WOEDisplay.from_estimator(binner, feature)
    assert display.plot() is display
    np.testing.assert_allclose(display.points_.lines[0].get_ydata(), display.woe)
    np.testing.assert_allclose(drawn_limits(display.points_), display.limits, atol=1e-12)
    np.testing.assert_allclose([bar.get_height() for bar in display.bars_], display.share)
    assert display.share_ax_.get_ylim()[0] == 0
    assert max(display.share_ax_.get_yticks()) <= 1
    low, high = display.ax_.get_ylim()
    assert low <= display.limits.min() <= display.limits.max() <= high


def test_what_holds_a_binner_shows_its_bins(binner):
    """As a scorecard does, which this floor does not know."""
    holder = HoldsABinner()
    with pytest.raises(NotFittedError):
        WOEDisplay.from_estimator(holder, "level")
    holder.binner_ = binner
    of_holder, own = (WOEDisplay.from_estimator(e, "level") for e in (holder, binner))
    np.testing.assert_array_equal(of_holder.limits, own.limits)
    assert IVDisplay.from_estimator(holder).names == IVDisplay.from_estimator(binner).names


@pytest.mark.parametrize(
    "show", [lambda e: WOEDisplay.from_estimator(e, "level"), IVDisplay.from_estimator], ids=["woe", "iv"]
)
def test_a_pipeline_is_asked_for_its_step(binner, show):
    with pytest.raises(InputError, match=r"Pipeline came\. Of a pipeline, pass the step that bins"):
        show(make_pipeline(binner))


def test_a_bin_without_rows_has_a_point_and_no_limits():
    x = np.arange(200.0)
    with pytest.warns(UserWarning, match="leave no row"):
        fitted = OptimalBinner(prebinning=[[-1, 100]]).fit(x[:, None], (x % 4 == 0) | (x > 150))
    display = WOEDisplay.from_estimator(fitted, "x0").plot()
    assert np.isnan(display.limits[0]).all()
    np.testing.assert_array_equal(drawn_limits(display.points_)[0], [0, 0])
    assert display.share[0] == 0


def test_names_are_written_as_they_are_and_long_ones_cut(binner):
    display = WOEDisplay.from_estimator(binner, "level").plot()
    texts = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert "b" in texts
    assert max(map(len, texts)) == LONGEST
    title = WOEDisplay.from_estimator(binner, "cost in $, per $").plot()
    assert "cost in $, per $  (higher: lower risk)" in svg(title.figure_)
    assert "95% limits" in title.ax_.get_ylabel()
    level = WOEDisplay.from_estimator(binner, "level", confidence_level=0.975).plot()
    assert "97.5% limits" in level.ax_.get_ylabel()


def test_information_values_stand_in_their_order(binner):
    values = binner.information_value_
    display = IVDisplay.from_estimator(binner, confidence_level=0.9)
    order = [values.names.index(name) for name in display.names]
    assert (np.diff(display.value) >= 0).all()
    np.testing.assert_array_equal(display.value, values.value[order])
    np.testing.assert_array_equal(display.limits, values.conf_int(0.9)[order])
    assert display.plot() is display
    np.testing.assert_array_equal(display.points_.get_xdata(), display.value)
    np.testing.assert_array_equal([line[:, 0] for line in display.lines_.get_segments()], display.limits)
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == display.names
    assert "cross-fitted, 90% limits" in display.ax_.get_xlabel()
    assert "cost in $, per $" in svg(display.figure_)


def test_some_information_values_can_be_chosen(binner):
    display = IVDisplay.from_estimator(binner, ["noise", "level"])
    assert sorted(display.names) == ["level", "noise"]


def test_a_feature_that_is_not_there_is_told(binner):
    with pytest.raises(InputError, match=r"'lvl' is not a feature of the binner; there are: cost in \$, per \$, noise"):
        WOEDisplay.from_estimator(binner, "lvl")
    with pytest.raises(InputError, match="'lvl' is not a feature of the binner"):
        IVDisplay.from_estimator(binner, ["level", "lvl"])


def test_a_binner_must_be_fitted():
    with pytest.raises(NotFittedError):
        WOEDisplay.from_estimator(OptimalBinner(), "x0")
    with pytest.raises(NotFittedError):
        IVDisplay.from_estimator(OptimalBinner())


def test_axes_of_the_user_are_drawn_on(binner):
    for display in (WOEDisplay.from_estimator(binner, "level"), IVDisplay.from_estimator(binner)):
        figure, ax = new_axes()
        assert display.plot(ax).ax_ is ax
        assert display.figure_ is figure
        assert svg(figure) == svg(display.plot(new_axes()[1]).figure_)


def other(kind, n=1200):
    """A binner of a target that is not of two classes, by weights and with a special value."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    y = {
        "multiclass": np.array(["low", "mid", "high"])[np.digitize(x + rng.normal(size=n), [-1, 1])],
        "continuous": 100 + 10 * x + rng.normal(size=n),
        "count": rng.poisson(np.exp(x / 2)),
    }[kind]
    X = pd.DataFrame({"x": np.where(rng.random(n) < 0.1, -9.0, x)})
    binner = OptimalBinner(target_type=kind, special_values=[-9.0], max_bins=4)
    return binner.fit(X, y, sample_weight=rng.choice([1.0, 2.0], n))


def test_event_rates_have_the_limits_of_wilson(binner):
    table = binner.tables_["level"]
    display = TargetDisplay.from_estimator(binner, "level", confidence_level=0.9)
    np.testing.assert_array_equal(display.level, table.event_rate)
    assert display.overall == pytest.approx(table.events.sum() / 1500)
    for rate, n, (low, high) in zip(table.event_rate, table.count, display.limits, strict=True):
        for limit in (low, high):  # where the score test just rejects
            assert abs(rate - limit) == pytest.approx(1.6448536 * np.sqrt(limit * (1 - limit) / n), rel=1e-6)
    assert display.plot() is display
    np.testing.assert_allclose(drawn_limits(display.points_), display.limits, atol=1e-12)
    assert display.ax_.get_ylabel() == "event rate, 90% limits"


def test_weighted_rates_have_the_limits_of_their_effective_rows():
    fitted = other("multiclass")
    table = fitted.tables_["x"]
    display = TargetDisplay.from_estimator(fitted, "x")
    rows = table.count**2 / table.sums.squares.sum(axis=1)
    low = display.limits[..., 0]
    np.testing.assert_allclose(
        table.event_rate - low, 1.959964 * np.sqrt(low * (1 - low) / rows[:, None]), rtol=1e-5, atol=1e-9
    )
    np.testing.assert_allclose(np.sum(display.overall), 1.0)


@pytest.mark.parametrize(("kind", "what"), [("continuous", "mean"), ("count", "events per exposure")])
def test_means_and_rates_of_counts_are_drawn_with_their_limits(kind, what):
    fitted = other(kind)
    table = fitted.tables_["x"]
    display = TargetDisplay.from_estimator(fitted, "x").plot()
    np.testing.assert_allclose(drawn_limits(display.points_), display.limits)
    assert display.ax_.get_ylabel() == f"{what}, 95% limits"
    assert display.overall == table.overall
    distance = np.log(display.limits.T / table.mean) if kind == "count" else display.limits.T - table.mean
    half = 1.959964 * table.standard_error / (table.mean if kind == "count" else 1)
    np.testing.assert_allclose(distance, [-half, half], rtol=1e-5)
    with pytest.raises(InputError, match="Use TargetDisplay"):
        WOEDisplay.from_estimator(fitted, "x")


@pytest.mark.parametrize("show", [WOEDisplay, TargetDisplay])
def test_each_of_several_classes_has_its_points(show):
    fitted = other("multiclass")
    display = show.from_estimator(fitted, "x").plot()
    value = display.woe if show is WOEDisplay else display.level
    assert len(display.points_) == 3
    for position, points in enumerate(display.points_):
        np.testing.assert_allclose(points.lines[0].get_ydata(), value[:, position])
        np.testing.assert_allclose(drawn_limits(points), display.limits[:, position], atol=1e-12)
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["high", "low", "mid"]


@pytest.mark.parametrize(
    ("kind", "what"), [("multiclass", "summed over classes"), ("continuous", "variance"), ("count", "exposure")]
)
def test_what_features_of_any_target_say_is_drawn(kind, what):
    display = IVDisplay.from_estimator(other(kind)).plot()
    assert what in display.ax_.get_xlabel()
    assert "cross-fitted, 95% limits" in display.ax_.get_xlabel()
    assert display.value[0] > 0
