"""Intervals for a parameter between bounds, and for the bracket: definitions, duality and coverage."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from kullback.exceptions import InputError, KullbackWarning
from kullback.inference import Estimate, IntervalEstimate


def bracket(lower, upper, lower_se=0.1, upper_se=0.2, correlation=0.5):
    """One parameter over two units."""
    root = np.linalg.cholesky([[1, correlation], [correlation, 1]])
    psi = root.T * [lower_se, upper_se]
    return IntervalEstimate(
        Estimate([lower], psi[:, :1], names=["effect"], sample_id="rows"),
        Estimate([upper], psi[:, 1:], names=["effect"], sample_id="rows"),
    )


@given(st.floats(0, 5), st.floats(0.01, 1), st.floats(0.01, 1), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_the_factor_solves_its_equation(width, below, above, level):
    bounds = bracket(1.0, 1.0 + width, below, above)
    lower, upper = bounds.conf_int(level)[0]
    c = (1.0 - lower) / below
    assert (upper - 1.0 - width) / above == pytest.approx(c)
    assert special.ndtr(c + width / max(below, above)) - special.ndtr(-c) == pytest.approx(level, abs=1e-9)


def test_a_wide_bracket_has_one_sided_limits_and_none_two_sided_ones():
    assert bracket(0, 100).conf_int(0.95)[0, 0] == pytest.approx(-0.1 * special.ndtri(0.95))
    assert bracket(0, 0).conf_int(0.95)[0, 0] == pytest.approx(-0.1 * special.ndtri(0.975))
    assert bracket(0, 100).conf_int(0.95, "set")[0].tolist() == pytest.approx(
        [-0.1 * special.ndtri(0.975), 100 + 0.2 * special.ndtri(0.975)]
    )


def test_crossed_bounds_are_flagged_and_keep_their_places():
    bounds = bracket(1.0, 0.5)
    assert bounds.crossed.tolist() == [True]
    assert (bounds.lower.value[0], bounds.upper.value[0]) == (1.0, 0.5)
    assert "cross" in str(bounds)
    assert bounds.conf_int()[0, 0] == pytest.approx(1.0 - 0.1 * special.ndtri(0.975))


@given(st.floats(-3, 4), st.floats(0, 2), st.floats(0.05, 1), st.floats(0.05, 1))
def test_the_p_value_is_dual_to_the_limits(null, width, below, above):
    bounds = bracket(0.0, width, below, above)
    p = bounds.pvalue(null)[0]
    if 1e-9 < p < 1 - 1e-6:
        lower, upper = bounds.conf_int(1 - p)[0]
        assert min(abs(lower - null), abs(upper - null)) < 1e-6
    assert (p == 1.0) or not 0 <= null <= width


def test_known_bounds_have_limits_and_p_values():
    bounds = bracket(0.0, 1.0, 0.0, 0.0)
    assert bounds.conf_int()[0].tolist() == [0.0, 1.0]
    assert bounds.pvalue([-0.1]).tolist() == [0.0]
    assert bounds.pvalue([0.5]).tolist() == [1.0]


def test_a_band_of_one_bound_is_two_sided_and_of_many_wider():
    rng = np.random.default_rng(0)
    psi = rng.normal(size=(400, 6)) / 400
    one = IntervalEstimate(*(Estimate([0.0], psi[:, :1], sample_id="rows") for _ in range(2)))
    many = IntervalEstimate(*(Estimate(np.zeros(6), psi, sample_id="rows") for _ in range(2)))
    narrow = one.confidence_band(n_draws=20000, random_state=1)[0, 1] / one.upper.standard_error[0]
    assert narrow == pytest.approx(special.ndtri(0.975), rel=0.03)
    wide = many.confidence_band(n_draws=20000, random_state=1)[:, 1] / many.upper.standard_error
    np.testing.assert_allclose(wide, special.ndtri(0.5 + 0.95 ** (1 / 6) / 2), rtol=0.04)  # independent: Sidak


def test_limits_for_the_parameter_cover_its_worst_place():
    """At either end of the bracket, the least covered value, and whatever the width."""
    rng = np.random.default_rng(1)
    for width in (0.0, 0.05, 1.0):
        found = []
        for _ in range(2000):
            low, high = rng.normal([0, width], 0.1)
            lower, upper = bracket(min(low, high), max(low, high), 0.1, 0.1).conf_int(0.9)[0]
            found.append((lower <= 0 <= upper, lower <= width <= upper))
        assert np.mean(found, axis=0).min() > 0.9 - 3 * np.sqrt(0.09 / 2000)


def test_bounds_of_other_parameters_are_refused():
    with pytest.raises(InputError, match="same parameters"):
        IntervalEstimate(Estimate([0.0], [[1.0]], names=["a"]), Estimate([0.0], [[1.0]], names=["b"]))
    with pytest.raises(InputError, match="target"):
        bracket(0, 1).conf_int(target="both")


def test_the_table_holds_what_the_methods_return():
    bounds = bracket(0.2, 0.7)
    frame = bounds.to_frame(0.9, "set")
    assert frame.loc["effect", ["limit_lower", "limit_upper"]].tolist() == bounds.conf_int(0.9, "set")[0].tolist()
    assert "90% for the set" in str(bounds.summary(0.9, "set"))
    assert "<table" in bounds._repr_html_()
    assert len(bounds) == 1


def test_a_band_of_cells_is_that_of_their_rows():
    psi, counts = np.array([[0.01], [-0.02]]), np.array([200.0, 100.0])
    cells = Estimate([0.0], psi, multiplicity=counts, sample_id="rows")
    rows = Estimate([0.0], np.repeat(psi, counts.astype(int), axis=0), sample_id="rows")
    found = [IntervalEstimate(e, e).confidence_band(n_draws=20000, random_state=0)[0, 1] for e in (cells, rows)]
    assert found[0] == pytest.approx(found[1], rel=0.02)


def test_a_null_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="NaN"):
        bracket(0, 1).pvalue(np.nan)


@pytest.mark.parametrize("other", ["rows", "others"])
def test_a_band_draws_both_ends_with_their_covariance(other):
    rng = np.random.default_rng(2)
    psi = rng.normal(size=(50, 6))
    bounds = IntervalEstimate(
        Estimate(np.zeros(3), psi[:, :3], sample_id="rows"), Estimate(np.ones(3), psi[:, 3:], sample_id=other)
    )
    units = bounds._units()
    np.testing.assert_allclose(units.T @ units, Estimate.concatenate([bounds.lower, bounds.upper]).covariance)


def test_a_look_at_many_parameters_shows_the_first_and_counts_the_rest():
    psi = np.random.default_rng(0).normal(size=(50, 100))
    names = [f"row {i}" for i in range(100)]
    bounds = IntervalEstimate(*(Estimate(np.full(100, v), psi, names=names, sample_id="s") for v in (1.0, 0.0)))
    told = str(bounds)
    assert "row 29" in told
    assert "row 30" not in told
    assert "And 70 more" in told
    assert (
        "cross (estimation error, or assumptions that contradict): row 0, row 1, row 2, row 3, row 4 and 95 more."
        in told
    )
    assert "And 70 more" in bounds._repr_html_()
    assert "row 99" in str(bounds.summary())
    assert len(bounds.to_frame()) == 100


@pytest.mark.parametrize("target", ["parameter", "set"])
def test_limits_and_bands_end_where_what_is_possible_does(target):
    free = bracket(0.05, 0.8)
    held = replace(free, possible=np.array([[0.0, 1.0]]))
    np.testing.assert_array_equal(held.conf_int(target=target), np.clip(free.conf_int(target=target), 0, 1))
    np.testing.assert_array_equal(
        held.confidence_band(random_state=0), np.clip(free.confidence_band(random_state=0), 0, 1)
    )
    assert held.pvalue(-1e-9) == held.pvalue(1.1) == 0
    assert held.pvalue(0.01) == free.pvalue(0.01) > 0


def test_limits_end_where_those_of_an_outer_bracket_do():
    inner, outer = bracket(0.0, 1.0, 0.1, 5.0), bracket(-1.0, 1.5, 0.1, 0.1)
    both = replace(inner, outer=outer)
    assert both.conf_int()[0].tolist() == [inner.conf_int()[0, 0], outer.conf_int()[0, 1]]
    assert both.pvalue(3.0) == outer.pvalue(3.0) < inner.pvalue(3.0)


def test_a_single_unit_has_no_limits():
    alone = replace(bracket(0.2, 0.4, 0.0, 0.0), single=np.array([True]))
    for limits in (alone.conf_int(), alone.conf_int(target="set"), alone.confidence_band(random_state=0)):
        assert limits.tolist() == [[-np.inf, np.inf]]
    assert alone.pvalue(5.0) == 1
    assert alone.to_frame()["lower_se"].item() == np.inf
    assert "One row or cluster, whose error is unknown: effect." in str(alone)


def test_limits_that_leave_no_value_are_told_of():
    with pytest.warns(KullbackWarning, match="Of 1 of 1 parameters the lower limit lies above the upper one"):
        limits = bracket(3.0, 1.0).conf_int()
    assert limits[0, 0] > limits[0, 1]
    assert "Limits cross too, so that no value is left: effect." in str(bracket(3.0, 1.0))


def test_ends_that_were_moved_are_named():
    assert "beyond what is possible are set to it: effect." in str(replace(bracket(0, 1), clipped=np.array([True])))


def test_a_level_is_shown_as_it_is():
    assert "Limits at 97.5% for the set." in str(bracket(0, 1).summary(0.975, "set"))


def test_zero_has_no_sign():
    assert "-0.0" not in str(bracket(-0.0, 1.0, 0.0).to_frame().to_numpy().tolist())
