"""The heat map draws what was computed."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from kullback._plotting import new_axes, svg
from kullback.binning import OptimalBinner, TwoWayBinner, TwoWayDisplay
from kullback.exceptions import InputError


@pytest.fixture(scope="module")
def binner():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=1000), rng.integers(0, 3, 1000)])
    X[:100, 0] = np.nan
    return TwoWayBinner(max_bins=3, max_prebins=5).fit(X, rng.random(1000) < 0.2 + 0.2 * (X[:, 0] > 0))


def test_it_draws_the_weights_and_counts_of_the_table(binner):
    display = TwoWayDisplay.from_estimator(binner).plot()
    table = binner.table_
    np.testing.assert_array_equal(display.mesh_.get_array(), table.woe[table.rule.place])
    low, high = display.mesh_.get_clim()
    assert low == -high
    assert [text.get_text() for text in display.texts_] == [
        f"{woe:.2f}\nn {count:,.0f}" for woe, count in zip(table.woe, table.count, strict=True)
    ]
    assert [label.get_text() for label in display.ax_.get_yticklabels()][-1] == "missing"
    assert (display.ax_.get_ylabel(), display.ax_.get_xlabel()) == ("x0", "x1")
    assert svg(display.figure_) == svg(TwoWayDisplay.from_estimator(binner).plot().figure_)


def test_it_draws_into_given_axes_and_borders_between_rectangles(binner):
    figure, ax = new_axes()
    display = TwoWayDisplay.from_estimator(binner).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    place = display.place
    assert len(ax.lines) == (place[1:] != place[:-1]).sum() + (place[:, 1:] != place[:, :-1]).sum()


def test_no_evidence_is_drawn_too():
    display = TwoWayDisplay(
        features=("a", "b"),
        labels=(["x"], ["a name that is much too long", "z"]),
        place=np.array([[0, 0]]),
        woe=np.zeros(1),
        count=np.ones(1),
    ).plot()
    assert display.ax_.get_xticklabels()[0].get_text() == "a name that is mu\u2026"


def test_another_estimator_is_refused(binner):
    with pytest.raises(NotFittedError):
        TwoWayDisplay.from_estimator(TwoWayBinner())
    with pytest.raises(InputError, match="must be a fitted TwoWayBinner"):
        TwoWayDisplay.from_estimator(OptimalBinner().fit([[0.0], [1.0]] * 20, [0, 1] * 20))
