"""The studies of a paper's figures draw what they say they draw."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from validation.reproduction import _causal_paper, causal_audit, causal_figures  # noqa: E402

N = 20000


@pytest.mark.parametrize("design", _causal_paper.DESIGNS)
def test_the_propensity_of_a_design_is_the_share_of_the_treated(design):
    drawn = _causal_paper.DESIGNS[design](N, 5, np.random.default_rng(0))
    order = np.argsort(drawn.propensity)
    for part in np.array_split(order, 5):
        share = drawn.treatment[part].mean()
        assert abs(share - drawn.propensity[part].mean()) < 4 * np.sqrt(share * (1 - share) / part.size)


def test_the_exact_propensity_of_a_figure_is_that_of_its_design():
    drawn = _causal_paper.probit_sine(100, 5, np.random.default_rng(0))
    np.testing.assert_allclose(causal_figures.exact_propensity(drawn.X), drawn.propensity)


def test_confounding_moves_the_mean_of_the_treated_off_the_truth():
    drawn = _causal_paper.probit_sine(N, 5, np.random.default_rng(0))
    treated = drawn.treatment == 1
    gap = (drawn.outcome - drawn.truth)[treated].mean()
    assert gap > 0.2  # those with more of the unseen are treated, and do better


@pytest.mark.parametrize("design", _causal_paper.DESIGNS)
def test_bounds_of_the_papers_estimator_hold_its_truth(design):
    drawn, at = _causal_paper.DESIGNS[design](1500, 5, np.random.default_rng(1)).split(1000)
    found, share = _causal_paper.paper_bounds(drawn, at.X, None, 0)
    ends = _causal_paper.intersected(found)
    assert ((ends[:, 0] <= at.truth) & (at.truth <= ends[:, 1])).mean() > 0.9
    assert np.abs(share - at.propensity).mean() < 0.1
    tightest = np.min([found[name][:, 1] for name in _causal_paper.DIVERGENCES], axis=0)
    assert (ends[:, 1] >= tightest).all()


def test_noise_on_the_propensity_is_as_said_and_differs_between_folds():
    X = np.zeros((5000, 1))
    known = _causal_paper.Known(lambda rows: np.full(len(rows), 0.5))
    y = np.arange(5000) % 2
    one, other = (_causal_paper.Noisy(known, 10_000, 0).fit(X + shift, y).predict_proba(X)[:, 1] for shift in (0, 1))
    assert abs(one.mean() - 0.6) < 0.01
    assert abs(one.std() - 0.1) < 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_widths_are_penalised_below_a_coverage_of_95():
    truth = np.zeros(100)
    ends = np.tile([-1.0, 1.0], (100, 1))
    assert causal_figures._penalised(ends, truth) == (2.0, 1.0)
    ends[:15] += 5
    assert causal_figures._penalised(ends, truth) == pytest.approx((4.0, 0.85))


def test_a_radius_is_too_small_where_the_estimate_is_above_the_propensity():
    audited = causal_audit._audited(np.array([0.05, 0.2, 0.5]), np.array([0.1, 0.1, 0.5]))
    assert audited["radius_too_small_where_rare"] == 0.5
    assert audited["radius_too_small"] == pytest.approx(1 / 3)
