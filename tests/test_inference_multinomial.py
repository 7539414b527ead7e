"""Influence values of divergences and weights of evidence against slopes, closed forms and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from kullback.inference import HALF, TwoSamples, misleading_half, smoothed
from kullback.information import DIVERGENCES, ContingencyTable, divergence
from strategies import contingency_tables

JEFFREYS = DIVERGENCES["jeffreys"]
SMOOTH = sorted(name for name, d in DIVERGENCES.items() if d.smooth)


def samples_of(counts, squares=None):
    return TwoSamples.from_table(ContingencyTable(counts, counts if squares is None else squares))


def variance(samples, influence):
    return samples.multiplicity @ influence**2


@given(contingency_tables())
def test_variance_is_the_formula_of_the_delta_method(counts):
    samples = samples_of(counts)
    expected = naive.information_variance(*counts.T)
    found = variance(samples, samples.divergence_influence(JEFFREYS))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-16)  # cancels where the shares are nearly equal


@given(contingency_tables())
def test_half_the_gradient_is_the_papers_equation_18(counts):
    samples = samples_of(counts)
    expected = naive.paper_variance(*counts.T)
    assert variance(samples, samples.half_gradient_influence()) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", SMOOTH)
@given(counts=contingency_tables(min_count=3), data=st.data())
def test_influence_is_the_slope_in_one_more_row(name, counts, data):
    """The derivative of the divergence by the weight of a cell is the influence of a row of that cell."""
    cell = data.draw(st.integers(0, len(counts) - 1)), data.draw(st.integers(0, 1))
    step = 1e-5
    up, down = counts.copy(), counts.copy()
    up[cell] += step
    down[cell] -= step
    slope = (divergence(*up.T, name) - divergence(*down.T, name)) / (2 * step)
    influence = samples_of(counts).divergence_influence(DIVERGENCES[name])[cell[0] + cell[1] * len(counts)]
    # Rounding 1e-16 over the step, of divergences up to some hundreds.
    scale = 1 + divergence(*counts.T, name)
    assert influence == pytest.approx(slope, rel=1e-5, abs=1e-9 * scale)


@pytest.mark.parametrize("name", SMOOTH)
@given(counts=contingency_tables())
def test_influence_is_centred_in_each_sample(name, counts):
    samples = samples_of(counts)
    influence = samples.divergence_influence(DIVERGENCES[name]).reshape(2, -1)
    scale = np.abs(influence).max() * counts.sum()
    np.testing.assert_allclose((influence * counts.T).sum(axis=1), 0, atol=1e-12 * (scale + 1))


@given(contingency_tables())
def test_weights_of_evidence_have_the_covariance_of_the_specification(counts):
    """Var = 1/g + 1/b - 1/G - 1/B, Cov = -(1/G + 1/B) (2.1)."""
    samples = samples_of(counts)
    influence = samples.log_ratio_influence(centred=True)
    found = (influence * samples.multiplicity[:, None]).T @ influence
    expected = np.diag((1 / counts).sum(axis=1)) - (1 / counts.sum(axis=0)).sum()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(contingency_tables())
def test_log_odds_of_bins_are_independent(counts):
    samples = samples_of(counts)
    influence = samples.log_ratio_influence(centred=False)
    found = (influence * samples.multiplicity[:, None]).T @ influence
    np.testing.assert_allclose(found, np.diag((1 / counts).sum(axis=1)), rtol=1e-12)


@given(contingency_tables())
def test_bias_is_the_formula_of_second_order(counts):
    assert samples_of(counts).jeffreys_bias() == pytest.approx(naive.information_bias(*counts.T), rel=1e-12)


def test_bias_at_zero_is_df_over_the_effective_size():
    counts = np.array([[200.0, 20], [300, 30], [500, 50]])
    assert samples_of(counts).jeffreys_bias() == pytest.approx(2 * (1 / 1000 + 1 / 100))


def test_bias_is_that_of_a_simulation():
    rng = np.random.default_rng(5)
    p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.2, 0.25, 0.25, 0.3])
    draws = np.stack([rng.multinomial(2000, p, 20000), rng.multinomial(500, q, 20000)], axis=2)
    values = divergence(draws[..., 0], draws[..., 1], "jeffreys", axis=1)
    truth, error = divergence(p, q, "jeffreys"), values.std() / np.sqrt(len(values))
    bias = samples_of(np.column_stack([2000 * p, 500 * q])).jeffreys_bias()
    # Four standard errors of the simulation, and the third order: J over the events, of the bias itself.
    assert values.mean() - truth == pytest.approx(bias, abs=4 * error + bias * 4 / 500)


def test_the_scale_at_zero_is_the_sum_of_both_samples():
    samples = samples_of(np.array([[200.0, 20], [800, 80]]))
    assert samples.null_scale == pytest.approx(1 / 1000 + 1 / 100)


@given(st.floats(0.5, 3))
def test_a_common_weight_does_not_change_the_effective_size(weight):
    counts = np.array([[20.0, 5], [30, 9]])
    weighted = samples_of(weight * counts, weight**2 * counts)
    assert weighted.null_scale == pytest.approx(samples_of(counts).null_scale)
    one, other = (variance(s, s.divergence_influence(JEFFREYS)) for s in (weighted, samples_of(counts)))
    assert one == pytest.approx(other)


def test_an_empty_cell_adds_a_half_to_each_cell_of_its_table():
    counts, was = smoothed(np.array([[3.0, 0.0], [5.0, 2.0]]))
    assert was
    np.testing.assert_array_equal(counts, [[3 + HALF, HALF], [5 + HALF, 2 + HALF]])
    same, was = smoothed(np.array([[3.0, 1.0]]))
    assert not was
    assert same.tolist() == [[3, 1]]


def test_bins_without_a_row_carry_nothing():
    counts = np.array([[3.0, 1], [0, 0], [5, 2]])
    samples = samples_of(counts)
    assert samples.counts.tolist() == [[3, 1], [5, 2]]
    assert not samples.was_smoothed


@pytest.mark.parametrize(
    ("mean", "told"), [(1e-3, True), (0.49, True), (0.5, False), (1.0, False), (10.0, False), (11.0, True)]
)
def test_a_half_misleads_where_rows_do_not_weigh_about_one(mean, told):
    said = misleading_half(mean)
    assert (said is not None) is told
    assert said is None or f"{mean:.3g}" in said
