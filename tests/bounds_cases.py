"""Samples, small estimators and exact populations for the tests of bounds."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

from kullback.bounds import CausalBounds
from kullback.bounds._laws import LocalLaws
from kullback.bounds._rules import ArmRows
from kullback.datasets import make_confounded


def small(**parameters):
    """An estimator that fits in a tenth of a second; the outcome lies in [0, 1] unless something else is said."""
    given = {
        "outcome_bounds": (0, 1),
        "cv": 2,
        "outcome_estimator": ExtraTreesRegressor(10, min_samples_leaf=10, random_state=0),
        "random_state": 0,
    }
    return CausalBounds(**(given | parameters))


def sample(n=200, seed=1, **design):
    """Covariates, outcome and treatment."""
    data = make_confounded(n, random_state=seed, **design)
    return data.X, data.outcome, data.treatment


def fitted(n=200, seed=1, fit=None, **parameters):
    X, y, treatment = sample(n, seed)
    return small(**parameters).fit(X, y, treatment=treatment, **(fit or {}))


class Population:
    """Rows that stand for the whole law of arms and outcomes at one X, with all that a block has.

    The mean of a score over it is exact, and so are its local laws.
    """

    def __init__(self, points, joint):
        self.points, self.joint = np.asarray(points, dtype=float), np.asarray(joint, dtype=float)
        n_arms, n_points = self.joint.shape
        self._arm, self._y = np.repeat(np.arange(n_arms), n_points), np.tile(self.points, n_arms)
        self.X = np.zeros((self._y.size, 1))

    def rows_of(self, used, functional):
        n, law = self._y.size, self.joint[sorted(used)].sum(axis=0)
        share = float(law.sum()) if len(used) < len(self.joint) else 1.0
        one = LocalLaws.of_sample(self.points, law)
        k = one.values.size
        laws = LocalLaws(np.tile(one.values, n), np.tile(one.weights, n), np.arange(n + 1) * k)
        inside = np.isin(self._arm, sorted(used))
        bottom, top = functional.support(self.X)
        phi = np.where(inside, functional.function(self._y), 0.0)
        return ArmRows(phi, inside, np.full(n, share), top, bottom, functional.of_laws(laws))

    def ends(self, model, functional, arm):
        """Bounds, and the exact means of their scores."""
        found = model.bounds(self, functional, arm)
        mass = self.joint.ravel()
        return found.lower[0], found.upper[0], mass @ found.lower_score, mass @ found.upper_score


class Types:
    """People of finitely many types: their outcome under each arm, and how many are in each arm."""

    def __init__(self, outcomes, mass):
        self.outcomes, self.mass = outcomes, mass

    def mean(self, arm, function):
        return float(self.mass.sum(axis=1) @ function(self.outcomes[:, arm]))

    def population(self):
        points = np.unique(self.outcomes)
        joint = np.zeros((self.mass.shape[1], points.size))
        for kind, arm in np.ndindex(*self.mass.shape):
            joint[arm, np.searchsorted(points, self.outcomes[kind, arm])] += self.mass[kind, arm]
        return Population(points, joint)

    @classmethod
    def draw(cls, rng, n_arms=2, *, response=False, selection=False, n_types=6):
        """Random types; under selection the better types are more often in the higher arm, under either."""
        outcomes = rng.choice(np.linspace(0, 1, 7), (n_types, n_arms))
        if response:
            outcomes.sort(axis=1)
        shares = rng.dirichlet(np.ones(n_arms), n_types)
        if selection:
            outcomes.sort(axis=0)
            shares[:, 1].sort()
            shares[:, 0] = 1 - shares[:, 1]
        return cls(outcomes, rng.dirichlet(np.ones(n_types))[:, None] * shares)
