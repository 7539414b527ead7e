"""The door of the estimator: rows and parameters in, a sample and a model out, or one clear error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kullback._checks import check_labels, check_lengths, check_weights
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._balls import BALLS, get_ball
from kullback.bounds._dual import LEARNABLE
from kullback.bounds._model import Model
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import IMPOSSIBLE, Functional
from kullback.exceptions import InputError

__all__ = ["check_model", "check_rows", "directed", "require_support"]


def check_rows(X: FloatArray, y: FloatArray, treatment: Any, sample_weight: ArrayLike | None, clusters: Any) -> Rows:
    """Return the rows with a positive weight."""
    if treatment is None:
        raise InputError("treatment must hold the label of each row's treatment; None came.")
    labels = check_labels(treatment, "treatment")
    groups = None if clusters is None else check_labels(clusters, "clusters")
    check_lengths(y=y, treatment=labels, clusters=groups)
    weights = check_weights(sample_weight, y.size)
    used = np.arange(y.size) if weights is None else np.flatnonzero(weights)
    try:
        levels, arm = np.unique(labels[used], return_inverse=True)
    except TypeError:
        raise InputError("treatment mixes labels of different types; make them one type.") from None
    if levels.size < 2:
        raise InputError(f"treatment must hold two labels or more; all rows have {levels.tolist()[0]!r}.")
    return Rows(
        X[used],
        y[used],
        arm.reshape(-1),
        levels,
        None if weights is None else weights[used],
        None if groups is None else groups[used],
    )


def check_model(estimator: Any, n_arms: int) -> Model:
    """Return what the estimator's parameters assume."""
    assumptions = estimator.assumptions
    if not set(assumptions) <= {"mtr", "mts"}:
        raise InputError(f'assumptions must be a tuple of "mtr" and "mts"; {assumptions!r} came.')
    if "mts" in assumptions and n_arms > 2:
        raise InputError(f'The assumption "mts" is for two treatments; there are {n_arms}. Leave rows out, or drop it.')
    given = estimator.divergence
    model = Model(
        divergences=tuple(given) if isinstance(given, list | tuple) else (given,),
        odds_ratio_bound=estimator.odds_ratio_bound,
        divergence_bound=estimator.divergence_bound,
        kth=estimator.aggregation == "kth",
        response="mtr" in assumptions,
        selection="mts" in assumptions,
        n_arms=n_arms,
        dual=estimator.method == "dual",
    )
    _check_divergences(model)
    return model


def _check_divergences(model: Model) -> None:
    if not model.divergences:
        raise InputError("divergence must name one at least; an empty list came.")
    if model.odds_ratio_bound is not None and model.divergence_bound is not None:
        raise InputError("odds_ratio_bound and divergence_bound are two models of confounding; give one of them.")
    if model.divergence_bound is None:
        for divergence in model.divergences:
            get_ball(divergence)
    elif len(model.divergences) > 1 or model.divergences[0] == "worst_case":
        raise InputError(
            'divergence_bound bounds one divergence, such as divergence="kl" or "chi2"; '
            f"{', '.join(map(str, model.divergences))} came."
        )
    model.sensitivity()
    if model.dual:
        _check_learnable(model)


def _check_learnable(model: Model) -> None:
    if model.sensitivity() is not None:
        raise InputError(
            'method="dual" learns the dual functions of divergence balls, whose place a limit on confounding takes. '
            'Leave the limit out, or take method="forest".'
        )
    learnable = [BALLS[name] for name in LEARNABLE]
    others = [given for given in model.divergences if get_ball(given) not in learnable]
    if others:
        raise InputError(
            f'method="dual" learns the dual functions of the balls {", ".join(LEARNABLE)}; {others[0]!r} is none of '
            'them ("worst_case" has a closed form, in which nothing is left to learn but a mean). Name a divergence, '
            'or take method="forest".'
        )


def directed(model: Model, functional: Functional, y: FloatArray) -> Functional:
    """Return the functional with its direction in the outcome, which monotone assumptions need."""
    if not (model.response or model.selection):
        return functional
    steps = np.diff(functional.function(np.unique(y)))
    if (steps >= 0).all():
        return functional
    if (steps <= 0).all():
        return replace(functional, falling=True)
    raise InputError(
        "With monotone treatment response or selection outcome_function must rise, or fall, with the outcome; it does "
        "both. Drop the assumptions or take another function."
    )


def require_support(model: Model, functional: Functional, arms: list[int], X: FloatArray) -> None:
    """Raise where an end of an arm's bounds would be infinite for want of a support."""
    bottom, top = functional.support(X)
    for arm in arms:
        for end, mirrored in ((top, False), (bottom, True)):
            if np.isinf(end).any() and model.needs_support(arm, mirrored=mirrored != functional.falling):
                raise InputError(IMPOSSIBLE)
