"""The door of the estimator: rows and parameters in, a sample and a model out, or one clear error."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from kullback._checks import check_labels, check_lengths, check_weights, declared_order, ordered_labels
from kullback._frames import is_frame, iterate_columns
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._balls import BALLS, get_ball
from kullback.bounds._dual import LEARNABLE
from kullback.bounds._estimand import DISTRIBUTIONS, Contrast, contrast_of
from kullback.bounds._model import Model
from kullback.bounds._nuisance import Rows
from kullback.bounds._support import IMPOSSIBLE, Functional, of_covariates, outcome_functional, require_squarable
from kullback.exceptions import InputError, KullbackWarning

__all__ = [
    "check_confounding",
    "check_covariates",
    "check_model",
    "check_question",
    "check_rows",
    "directed",
    "require_support",
]

SELECTIONS = ("mts", "negative_mts")


def check_covariates(X: Any) -> None:
    """Raise where a column of a dataframe holds no numbers, or misses some."""
    if not is_frame(X):
        return
    texts, missing = [], []
    for column in iterate_columns(X):
        if column.kind == "categorical":
            texts.append(column.name)
        elif np.isnan(np.asarray(column.values)).any():
            missing.append(column.name)
    if texts:
        raise InputError(
            f"X must hold numbers; {', '.join(map(str, texts))} hold text or categories. Encode them first, by "
            "OneHotEncoder of scikit-learn in a pipeline, say, or pandas.get_dummies."
        )
    if missing:
        raise InputError(
            f"X must have no missing values; {', '.join(map(str, missing))} have some. Fill them in with an indicator "
            "beside, or leave these rows out and say so."
        )


def check_rows(X: FloatArray, y: FloatArray, treatment: Any, sample_weight: ArrayLike | None, clusters: Any) -> Rows:
    """Return the rows with a positive weight; weights of mean 1, as learners with a penalty see their scale."""
    if treatment is None:
        raise InputError("treatment must hold the label of each row's treatment; None came.")
    labels = check_labels(treatment, "treatment")
    groups = None if clusters is None else check_labels(clusters, "clusters")
    if groups is not None:
        ordered_labels(groups, None, "clusters")  # folds sort them
    check_lengths(y=y, treatment=labels, clusters=groups)
    require_squarable(y, "Outcomes")
    weights = check_weights(sample_weight, y.size)
    used = np.arange(y.size) if weights is None else np.flatnonzero(weights)
    levels = ordered_labels(labels[used], treatment, "treatment")
    if levels.size < 2:
        raise InputError(f"treatment must hold two labels or more; all rows have {levels.tolist()[0]!r}.")
    position = {label: code for code, label in enumerate(levels.tolist())}
    return Rows(
        X[used],
        y[used],
        np.array([position[label] for label in labels[used].tolist()], dtype=np.int64),
        levels,
        None if weights is None else weights[used] / weights[used].mean(),
        None if groups is None else groups[used],
        ordered=declared_order(treatment) is not None or not any(isinstance(label, str) for label in position),
    )


def check_model(estimator: Any, n_arms: int) -> Model:
    """Return what the estimator's parameters assume."""
    assumptions = estimator.assumptions
    if not all(isinstance(name, str) and name in ("mtr", *SELECTIONS) for name in assumptions):
        raise InputError(f'assumptions must be a tuple of "mtr", "mts" and "negative_mts"; {assumptions!r} came.')
    for name in SELECTIONS:
        if name in assumptions and n_arms > 2:
            raise InputError(
                f'The assumption "{name}" is for two treatments; there are {n_arms}. Leave rows out, or drop it.'
            )
    given = estimator.divergence
    model = Model(
        divergences=tuple(given) if isinstance(given, list | tuple) else (given,),
        odds_ratio_bound=estimator.odds_ratio_bound,
        divergence_bound=estimator.divergence_bound,
        kth=estimator.aggregation == "kth",
        response="mtr" in assumptions,
        selection="mts" in assumptions,
        n_arms=n_arms,
        radius_scale=estimator.radius_scale,
        negative_selection="negative_mts" in assumptions,
        dual=estimator.method == "dual",
    )
    check_confounding(model)
    return model


def check_confounding(model: Model) -> None:
    """Raise unless what is said of confounding is one model, with parameters in range."""
    if not model.divergences:
        raise InputError("divergence must name one at least; an empty list came.")
    _check_radius_scale(model)
    given = {
        "odds_ratio_bound": model.odds_ratio_bound is not None,
        "divergence_bound": model.divergence_bound is not None,
        "radius_scale": model.radius_scale < 1,
    }
    if sum(given.values()) > 1:
        names = " and ".join(name for name, is_given in given.items() if is_given)
        raise InputError(f"{names} are different models of confounding; give one of them.")
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
    if model.limits_confounding():
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


def _check_radius_scale(model: Model) -> None:
    if not 0 <= model.radius_scale <= 1:
        raise InputError(
            "radius_scale must lie between 0 (no confounding) and 1 (all that confounding could do); "
            f"{model.radius_scale!r} came."
        )
    if model.radius_scale < 1 and "worst_case" in model.divergences:
        raise InputError(
            'radius_scale shrinks the radius of a divergence, and "worst_case" has the radius 0: name another, such as '
            'divergence="kl".'
        )


def directed(model: Model, functional: Functional, y: FloatArray) -> Functional:
    """Return the functional with its direction in the outcome, which monotone assumptions need."""
    if not _is_monotone(model):
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


def check_question(estimator: Any, rows: Rows) -> tuple[Model, Functional, Contrast]:
    """Return what the estimator's parameters assume of rows, of which function they ask, and for which contrast."""
    model = check_model(estimator, rows.levels.size)
    _warn_alphabet(model, rows)
    names = getattr(estimator, "feature_names_in_", None)
    support = of_covariates(estimator.outcome_bounds, names)
    functional = outcome_functional(rows.y, support, estimator.outcome_function)
    functional.check(rows.y, rows.X)
    functional = directed(model, functional, rows.y)
    arm = of_covariates(estimator.arm, names) if estimator.estimand == "policy" else estimator.arm
    contrast = contrast_of(estimator.estimand, arm, rows.levels, rows.X)
    _check_at(estimator)
    if estimator.estimand not in DISTRIBUTIONS:
        require_support(model, functional, contrast, rows.X)
    return model, functional, contrast


def _check_at(estimator: Any) -> None:
    if estimator.estimand not in DISTRIBUTIONS:
        return
    try:
        at = np.atleast_1d(np.asarray(np.nan if estimator.at is None else estimator.at, dtype=np.float64))
    except (TypeError, ValueError):
        at = np.array([np.nan])
    what, right = "thresholds", ~np.isnan(at)
    if estimator.estimand == "quantile":
        what, right = "probabilities between 0 and 1", (at > 0) & (at < 1)
    if at.size == 0 or not right.all():
        raise InputError(f'estimand="{estimator.estimand}" needs at=, {what}; {estimator.at!r} came.')


def _is_monotone(model: Model) -> bool:
    return model.response or model.selection or model.negative_selection


def _warn_alphabet(model: Model, rows: Rows) -> None:
    if rows.ordered or not _is_monotone(model):
        return
    warnings.warn(
        "Monotone assumptions go by the order of treatments, and that of texts is the alphabet's: "
        f"{' < '.join(map(repr, rows.levels.tolist()))} is used. Declare the order that is meant, by an ordered pandas "
        "categorical or a polars Enum, or give numbers.",
        KullbackWarning,
        stacklevel=5,
    )


def require_support(model: Model, functional: Functional, contrast: Contrast, X: FloatArray) -> None:
    """Raise where an end of the estimand's bounds would be infinite for want of a support."""
    bottom, top = functional.support(X)

    def is_infinite(arm: int, mirrored: bool) -> bool:
        end = bottom if mirrored else top
        return bool(np.isinf(end).any()) and model.needs_support(arm, mirrored=mirrored != functional.falling)

    lower, upper = (any(is_infinite(*used) for used in contrast.ends_used(upper=upper)) for upper in (False, True))
    if lower and upper:
        raise InputError(IMPOSSIBLE)
    if lower or upper:
        finite, other = ("upper", "lower") if lower else ("lower", "upper")
        raise InputError(
            f"{IMPOSSIBLE} Here the {finite} end needs no more than was said: any finite outcome_bounds that hold the "
            f"outcomes, with an end that is known kept, have it, and only the {other} end rests on them."
        )
