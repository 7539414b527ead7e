"""The studies of bounds draw what they say they draw."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from validation.calibration import bounds_duals  # noqa: E402
from validation.performance import dual  # noqa: E402


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
