"""A display draws what was computed, with names and units on its axes."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from kullback._plotting import new_axes, svg
from kullback.exceptions import InputError
from kullback.metrics import (
    CalibrationDisplay,
    KSDisplay,
    ROCDisplay,
    ScoreDistributionDisplay,
    calibration_table,
    ks_statistic,
    roc_auc,
)

DISPLAYS = [CalibrationDisplay, KSDisplay, ROCDisplay, ScoreDistributionDisplay]
SCORES = [KSDisplay, ROCDisplay, ScoreDistributionDisplay]


def predictions(seed=0, n=3000):
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 1.2, n)
    p = 1 / (1 + np.exp(-logit))
    return (rng.random(n) < p).astype(int), p


@pytest.mark.parametrize("display", DISPLAYS)
def test_plot_draws_and_returns_the_display(display):
    y, p = predictions()
    drawn = display.from_predictions(y, p, name="model A")
    assert not hasattr(drawn, "ax_")
    assert drawn.plot() is drawn
    assert drawn.ax_.figure is drawn.figure_
    assert drawn.ax_.get_xlabel()
    assert drawn.ax_.get_ylabel()
    assert "model A" in svg(drawn.figure_)


@pytest.mark.parametrize("display", DISPLAYS)
def test_the_same_display_draws_the_same_bytes_on_axes_of_the_user(display):
    drawn = display.from_predictions(*predictions())
    figure, ax = new_axes()
    assert drawn.plot(ax).ax_ is ax
    assert svg(figure) == svg(drawn.plot(new_axes()[1]).figure_)


@pytest.mark.parametrize("display", DISPLAYS)
def test_no_text_lies_on_another(display):
    drawn = display.from_predictions(*predictions(), name="a model with a longer name").plot()
    drawn.figure_.set_dpi(100)
    drawn.figure_.draw_without_rendering()
    ax = drawn.ax_
    texts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    if ax.get_legend():
        boxes.append(ax.get_legend().get_window_extent())
    assert len(boxes) >= 3
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_the_roc_curve_is_exact_and_spans_its_area():
    y, p = predictions()
    display = ROCDisplay.from_predictions(y, p)
    assert display.area == float(roc_auc(y, p))
    x, height = display.false_positive_rate, display.true_positive_rate
    assert (x[0], height[0]) == (1, 1)
    assert (x[-1], height[-1]) == pytest.approx((0, 0), abs=1e-12)
    # 400 of 3000 thresholds: chords cut less than one part in a thousand off the steps
    assert -trapezoid(height, x) == pytest.approx(display.area, abs=1e-3)
    few = np.round(p, 1)
    coarse = ROCDisplay.from_predictions(y, few)
    area = -trapezoid(coarse.true_positive_rate, coarse.false_positive_rate)
    assert area == pytest.approx(coarse.area, abs=1e-12)


def test_the_ks_curves_hold_the_greatest_distance():
    y, p = predictions()
    display = KSDisplay.from_predictions(y, p)
    ks = ks_statistic(y, p)
    assert display.threshold == ks.threshold
    assert display.thresholds.size <= 401
    gap = np.abs(display.events - display.non_events)
    assert gap.max() == pytest.approx(ks.statistic, abs=1e-12)
    assert display.thresholds[gap.argmax()] == ks.threshold


def test_the_calibration_display_draws_its_table():
    y, p = predictions()
    display = CalibrationDisplay.from_predictions(y, p, bins=5).plot()
    np.testing.assert_array_equal(display.table, calibration_table(y, p, bins=5))
    np.testing.assert_allclose(display.points_.lines[0].get_ydata(), display.table["event_rate"])


def test_shares_of_the_histogram_sum_to_one_and_follow_weights():
    y, p = predictions(n=300)
    weight = np.random.default_rng(1).integers(1, 4, 300)
    display = ScoreDistributionDisplay.from_predictions(y, p, sample_weight=weight, bins=8)
    repeated = ScoreDistributionDisplay.from_predictions(np.repeat(y, weight), np.repeat(p, weight), bins=8)
    assert display.events.sum() == pytest.approx(1)
    np.testing.assert_allclose(display.non_events, repeated.non_events)


@pytest.mark.parametrize("display", SCORES)
def test_a_display_shows_one_score(display):
    with pytest.raises(InputError, match="2 columns"):
        display.from_predictions([0, 1, 0], [[1, 2]] * 3)


@pytest.mark.parametrize("display", DISPLAYS)
def test_bad_scores_are_named(display):
    with pytest.raises(InputError, match="finite"):
        display.from_predictions([0, 1, 0], [0.1, np.nan, 0.2])
