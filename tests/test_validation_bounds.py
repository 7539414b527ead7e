"""The studies of bounds draw what they say they draw."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kullback.bounds import CausalBounds
from kullback.datasets import make_confounded
from kullback.inference import Estimate, IntervalEstimate

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from validation.calibration import (  # noqa: E402
    bounds_coverage,
    bounds_distance,
    bounds_duals,
    bounds_pointwise,
    bounds_quantiles,
)
from validation.performance import _bounds_worker, dual  # noqa: E402
from validation.performance import bounds as speed  # noqa: E402


def test_laws_have_two_points_or_a_top_above_and_a_third_have_an_atom_on_it():
    laws = list(bounds_duals._laws(1, 600))
    for phi, weights, share, top in laws:
        assert top > phi.min()
        assert weights.sum() == pytest.approx(1.0)
        assert 0.03 <= share <= 0.97
    assert np.mean([top == phi.max() for phi, _, _, top in laws]) == pytest.approx(1 / 3, abs=0.08)


def test_a_model_has_a_truth_that_holds_its_share_of_the_seen_law():
    rng = np.random.default_rng(2)
    for _ in range(50):
        points, share, seen, truth = bounds_duals._structural_model(rng)
        assert (np.diff(points) > 0).all()
        assert seen.sum() == pytest.approx(1.0)
        assert (truth - share * seen >= -1e-12).all()


def test_a_truth_outside_would_be_counted(monkeypatch):
    monkeypatch.setattr(bounds_duals, "_upper", lambda ball, phi, weights, share, top: float(weights @ phi))
    figures = bounds_duals.structural_models(seed=1, replications=20)["figures"]
    assert min(figures["outside"].values()) > 0.5


def test_the_timed_laws_are_many_points_with_and_without_an_atom():
    laws, _, top = dual._draw(np.random.default_rng(0), 40)
    assert len(laws) == 40
    assert laws.values.size == 4000
    assert np.mean(top == laws.greatest) == 0.5
    assert set(dual.speed(seed=0, replications=50)["figures"]["cpu_seconds"]) == set(bounds_duals.BALLS)


def found(lower, upper, error, plug_in):
    """One sample's averages, with standard errors, and its plug-in."""
    influence = np.array([[error], [-error]]) / np.sqrt(2)
    interval = IntervalEstimate(Estimate([lower], influence), Estimate([upper], influence))
    return bounds_coverage.Found(interval, np.array(plug_in), np.full(2, 0.01))


def test_coverage_counts_each_end_the_effect_and_the_plug_in():
    samples = [
        found(-0.5, 0.5, 0.1, [-0.5, 0.5]),  # all hold
        found(-0.75, 0.51, 0.1, [-0.5, 0.53]),  # the lower end is 2.5 errors off
        found(0.25, 0.5, 0.1, [-0.4, 0.4]),  # and the effect is outside
        found(-0.5, 0.5, 0.1, [-0.49, 0.51]),
    ]
    cell = bounds_coverage._cell(samples, np.array([-0.5, 0.5]), 0.0)
    assert cell["ends"] == [0.5, 1.0]
    assert cell["effect"] == 0.75
    assert cell["plug_in"] == [0.75, 0.5]
    np.testing.assert_allclose(cell["mean_se"], 0.1)


def test_a_sample_of_the_study_is_the_estimator_of_each_divergence():
    data = make_confounded(120, random_state=4)
    models = {name: (lambda model, name=name: replace(model, divergences=(name,))) for name in ("kl", "tv")}
    samples = bounds_coverage._sample(data, {"outcome_bounds": (0, 1)}, models, 5)
    for name, sample in samples.items():
        alone = CausalBounds(divergence=name, outcome_bounds=(0, 1), random_state=5)
        expected = alone.fit(data.X, data.outcome, treatment=data.treatment).average_bounds()
        np.testing.assert_array_equal(sample.interval.lower.value, expected.lower.value)
        np.testing.assert_array_equal(sample.interval.upper.standard_error, expected.upper.standard_error)
        assert sample.plug_in[0] < sample.plug_in[1]


def test_limits_at_x_are_counted_by_points_and_bands_by_samples():
    truth = np.tile([-0.5, 0.5], (4, 1))
    error = np.diag(np.full(4, 0.1))
    lower = Estimate([-0.5, -0.27, -0.75, -0.5], error, sample_id="rows")
    upper = Estimate([0.5, 0.5, 0.75, 0.35], error, sample_id="rows")
    points = np.array([[-0.6, 0.4], [-0.5, 0.5], [-0.4, 0.6], [-0.6, 0.6]])
    cell = bounds_pointwise._compared(IntervalEstimate(lower, upper), points, truth, 0)
    assert cell["contains"] == 0.75  # all but the second, whose lower end is 2.3 errors inside
    assert cell["ends"].tolist() == [0.5, 0.75]
    assert cell["band"] == 1.0  # of four points at once: 2.5 errors
    assert cell["alone"] == 0.5
    assert cell["ends_alone"].tolist() == [0.75, 0.75]
    assert cell["rmse"] == pytest.approx(np.sqrt((0.23**2 + 2 * 0.25**2 + 0.15**2) / 8))
    assert cell["width"] < cell["band_width"]


def test_every_set_of_the_pointwise_study_has_its_own_truth():
    rng = np.random.default_rng(3)
    cells = {}
    for design in bounds_pointwise.DESIGNS:
        cells |= bounds_pointwise._sample(design, 120, rng)
    assert list(cells) == [*bounds_coverage.DIVERGENCES, "sensitivity"]
    for key in ("width_of_bounds", "width"):
        widths = [cells[name][key] for name in ("worst_case", "chi2", "kl", "hellinger")]
        assert widths == sorted(widths)
        assert len(set(widths)) == 4


def test_the_study_of_quantiles_knows_the_worst_case_and_its_nested_odds_ratios():
    free, none, some = (bounds_quantiles.population(ratio) for ratio in (None, 1.0, 2.0))
    np.testing.assert_allclose(none[:, 0], none[:, 1], atol=1e-6)
    assert (free[:, 0] <= some[:, 0]).all()
    assert (some[:, 1] <= free[:, 1]).all()
    assert (free[:2, 0, :2] == 0).all()  # half are in each arm: a quantile below a half may be the least outcome
    data = make_confounded(40_000, random_state=0)
    for position, arm in ((0, 1), (1, 0)):
        inside = (data.treatment == arm)[:, None]
        at = free[position, 1, :2]
        np.testing.assert_allclose(((data.outcome[:, None] <= at) & inside).mean(axis=0), [0.25, 0.4], atol=0.01)


def test_coverage_of_quantiles_counts_ends_inside_the_support_only():
    limits = np.array([[[0.0, 0.2], [0.5, 0.9]], [[0.1, 0.4], [0.5, 1.0]]])
    cell = bounds_quantiles._cell(limits, np.array([[0.0, 0.3], [0.4, 1.0]]))
    assert cell["ends"] == [0.5, 1.0]


def test_distances_are_those_of_what_the_estimator_predicts_for_each_divergence():
    data, new = make_confounded(200, random_state=0), make_confounded(20, random_state=1).X
    found = bounds_distance._distances(data, new, "forest", "effect", {"estimand": "ate"})
    bounds = CausalBounds(divergence="tv", outcome_bounds=(0, 1), cv=2, random_state=0)
    at_new = bounds.fit(data.X, data.outcome, treatment=data.treatment).predict_bounds(new)
    expected = np.sqrt(np.mean((at_new - data.law.effect_bounds(new, "tv")) ** 2))
    assert found[bounds_distance.DIVERGENCES.index("tv")] == pytest.approx(expected)


def test_one_timed_fit_has_the_bounds_of_a_fit_for_each_divergence(tmp_path, monkeypatch):
    law, new = speed._draw(100, (0, 100, 0), tmp_path)
    data = dict(np.load(tmp_path / "data.npz"))
    monkeypatch.setattr(_bounds_worker, "DIVERGENCES", ("worst_case", "kl"))
    together, apart = _bounds_worker.kullback(data, "forest"), _bounds_worker.kullback_apart(data, "forest")
    for name in ("worst_case", "kl"):
        np.testing.assert_array_equal(together[name], apart[name])
        assert np.sqrt(np.mean((together[name] - law.mean_bounds(new, 1, name)) ** 2)) < 0.2


def test_coverage_of_hellinger_balls_with_boosted_laws_is_judged_by_itself(monkeypatch):
    ends = [[position, position + 0.5] for position in range(len(bounds_coverage.DIVERGENCES))]
    asked = []

    def study(seed, replications, parameters):
        asked.append(parameters)
        return {"figures": {"n_500": {"ends": list(ends)}}, "table": []}

    monkeypatch.setattr(bounds_coverage, "_bounded", study)
    figures = bounds_coverage.boosted(seed=0, replications=1)["figures"]["n_500"]
    assert asked == [{"method": "boosting"}]
    assert figures == {"ends": [*ends[:3], *ends[4:]], "hellinger": ends[3]}
