"""What was fitted once, used again: other assumptions and other estimands on the same nuisances."""

from __future__ import annotations

from copy import copy
from dataclasses import fields
from typing import Any

from sklearn.utils.validation import check_is_fitted

from kullback.bounds._causal import CausalBounds
from kullback.bounds._fitted import frozen_parameters
from kullback.bounds._folds import CrossFitted, KeptLaws
from kullback.bounds._specification import check_question
from kullback.exceptions import InputError

__all__ = ["under_assumptions", "with_laws_kept"]

LEARNED = {"propensity_estimator", "outcome_estimator", "method", "cv", "random_state"}


def under_assumptions(fitted: CausalBounds, **parameters: Any) -> CausalBounds:
    """Return a fitted estimator under other assumptions, or for another estimand, without fitting again.

    Propensities and local laws are those of `fitted`, so that all that is compared rests on the same folds.

    Parameters
    ----------
    fitted : CausalBounds
        It stays as it is. With "mtr" among its assumptions, for which more is learned, all others can follow.
    **parameters
        Those of :class:`CausalBounds` that change; not estimators of nuisances, folds or the random state.

    Returns
    -------
    CausalBounds

    Raises
    ------
    InputError
        As :meth:`CausalBounds.fit`, and if a parameter asks for what was not learned.

    Examples
    --------
    >>> from kullback.bounds import CausalBounds, under_assumptions
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> first = CausalBounds(odds_ratio_bound=1.0, cv=2, random_state=0)
    >>> first = first.fit(data.X, data.outcome, treatment=data.treatment)
    >>> second = under_assumptions(first, odds_ratio_bound=None, outcome_bounds=(0, 1))
    >>> bool(first.average_bounds().width[0] < 1e-9), second.average_bounds().width.round(2)
    (True, array([1.]))
    """
    check_is_fitted(fitted, "levels_")
    refused = sorted(set(parameters) - (set(fitted.get_params(deep=False)) - LEARNED))
    if refused:
        raise InputError(f"{refused[0]!r} cannot change without fitting again, or is no parameter of CausalBounds.")
    other = copy(fitted).set_params(**fitted._frozen | parameters)
    other._validate_params()
    other._frozen = frozen_parameters(other)
    question = check_question(other, fitted._sample.rows)
    if not set(question[0].arm_sets()) <= set(fitted._nuisances.learned):
        raise InputError('"mtr" needs laws that were not learned: fit with it among the assumptions first.')
    other._answer(*question)
    return other


def with_laws_kept(fitted: CausalBounds) -> CausalBounds:
    """Return the fitted estimator with local laws kept in memory once they are made.

    Those of its rows are kept, and those of the rows that `predict_bounds` saw last. Frontiers, breakdown values,
    quantiles and :func:`under_assumptions` are several times faster then. Beyond fifty million rows times distinct
    outcomes the laws would fill the memory, and are made each time as before.

    Parameters
    ----------
    fitted : CausalBounds
        It stays as it is.

    Returns
    -------
    CausalBounds

    Examples
    --------
    >>> from kullback.bounds import CausalBounds, with_laws_kept
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> bounds = CausalBounds(odds_ratio_bound=1.0, cv=2, random_state=0)
    >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    >>> with_laws_kept(bounds).breakdown_value() == bounds.breakdown_value()
    True
    """
    check_is_fitted(fitted, "levels_")
    sample = fitted._sample
    if not sample.can_keep(len(sample.rows)):
        return fitted
    kept = copy(fitted)
    kept._sample = KeptLaws(**{field.name: getattr(sample, field.name) for field in fields(CrossFitted)})
    return kept
