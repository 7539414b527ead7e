"""The binner's parameters as they apply to each feature."""

from __future__ import annotations

from collections.abc import Hashable
from numbers import Real
from typing import Any

import numpy as np

from kullback.binning._constraints import BinConstraints
from kullback.binning._criterion import CRITERIA, Criterion
from kullback.binning._settings import SHAPES, FeatureSettings
from kullback.binning._specials import special_codes
from kullback.exceptions import InputError

__all__ = ["CRITERION_NAMES", "TRENDS", "encoding_of", "feature_settings", "seed_sequence"]

TRENDS = ("auto", "best", *SHAPES)
CRITERION_NAMES = ("auto", *dict.fromkeys(name for criteria in CRITERIA.values() for name in criteria))


def feature_settings(binner: Any, names: list[Hashable], target_type: str) -> dict[Hashable, FeatureSettings]:
    """Return the settings of each feature, for a kind of target.

    Raises
    ------
    InputError
        If a parameter names a feature that does not exist, or has no meaning for one.
    """
    monotonic = _per_feature(binner.monotonic, names, "monotonic", "auto")
    cuts = _per_feature(_cuts_by_feature(binner.prebinning, names), names, "prebinning", None)
    given = _per_feature(binner.special_values, names, "special_values", ())
    special = {name: special_codes(codes, name) for name, codes in given.items()}
    for name, trend in monotonic.items():
        if trend not in TRENDS:
            raise InputError(f"monotonic must be one of {', '.join(TRENDS)}; {trend!r} came for {name!r}.")
    criterion = _criterion(binner.criterion, target_type)
    _check_shapes(binner, monotonic, target_type)
    most = _numbers(binner.max_bins, names, "max_bins", 8, 1, np.inf)
    fraction = _numbers(binner.min_bin_fraction, names, "min_bin_fraction", 0.05, 0, 0.5)
    events = _numbers(binner.min_bin_events, names, "min_bin_events", 5, 0, np.inf)
    constraints = _per_feature(binner.constraints, names, "constraints", BinConstraints())
    _check_constraints(constraints, most)
    return {
        name: FeatureSettings(
            criterion=criterion,
            max_bins=int(most[name]),
            min_bin_fraction=fraction[name],
            min_bin_events=events[name],
            constraints=constraints[name],
            trend=monotonic[name],
            prebinning=binner.prebinning if isinstance(binner.prebinning, str) else "quantile",
            max_prebins=int(binner.max_prebins),
            cuts=cuts[name],
            specials=special[name],
            missing_allowed=binner.handle_missing == "separate",
        )
        for name in names
    }


def encoding_of(encode: str, target_type: str) -> str:
    """Return the encoding that "auto" stands for, or raise where one does not go with the target."""
    own = "woe" if target_type in ("binary", "multiclass") else "mean"
    allowed = (own, *(["event_rate"] if own == "woe" else []), "piecewise", "ordinal", "onehot")
    if encode == "auto":
        return own
    if encode not in allowed:
        raise InputError(f'encode="{encode}" is not for a {target_type} target; take one of {", ".join(allowed)}.')
    return encode


def _criterion(name: str, target_type: str) -> Criterion:
    criteria = CRITERIA[target_type]
    if name == "auto":
        return next(iter(criteria.values()))
    if name not in criteria:
        raise InputError(f'criterion="{name}" is not for a {target_type} target; take one of {", ".join(criteria)}.')
    return criteria[name]


def _check_shapes(binner: Any, monotonic: dict[Hashable, str], target_type: str) -> None:
    """Raise where several classes are asked for what only ordered targets have."""
    if target_type != "multiclass":
        return
    trends = set(monotonic.values()) - {"auto", "best", "none"}
    if trends:
        raise InputError(f'Several classes have no common trend: monotonic must be "none"; {min(trends)!r} came.')
    if isinstance(binner.prebinning, str) and binner.prebinning not in ("quantile", "uniform"):
        raise InputError(f'prebinning="{binner.prebinning}" is not for several classes; take "quantile" or "uniform".')


def _numbers(
    value: Any, names: list[Hashable], parameter: str, default: float, low: float, high: float
) -> dict[Hashable, float]:
    """Return the number of each feature, from one for all or a dict by name."""
    entries = _per_feature(value, names, parameter, default)
    for name, entry in entries.items():
        if not isinstance(entry, Real) or not low <= float(entry) <= high:
            raise InputError(f"{parameter} must be a number from {low:g} to {high:g}; {entry!r} came for {name!r}.")
    return {name: float(entry) for name, entry in entries.items()}


def _check_constraints(constraints: dict[Hashable, Any], most: dict[Hashable, float]) -> None:
    for name, entry in constraints.items():
        if not isinstance(entry, BinConstraints):
            raise InputError(f"constraints must be BinConstraints; {entry!r} came for {name!r}.")
        fewest = max(entry.min_bins, len(entry.fixed_cuts) + 1)
        if fewest > most[name]:
            raise InputError(
                f"max_bins={most[name]:g} for {name!r} must allow the {fewest} bins that min_bins and fixed_cuts ask "
                "for. Raise it, or ask for fewer."
            )


def _cuts_by_feature(prebinning: Any, names: list[Hashable]) -> Any:
    if isinstance(prebinning, str):
        return None
    if isinstance(prebinning, dict):
        return prebinning
    if len(prebinning) != len(names):
        raise InputError(
            f"prebinning as a sequence must have an entry a feature ({len(names)}), None for quantiles; it has "
            f"{len(prebinning)}. Use a dict {{feature: cuts}} for some of them."
        )
    return dict(zip(names, prebinning, strict=True))


def _per_feature(value: Any, names: list[Hashable], parameter: str, default: Any) -> dict[Hashable, Any]:
    """Return the entry of each feature, from one for all or a dict by name (by position for arrays too)."""
    if value is None:
        return dict.fromkeys(names, default)
    if not isinstance(value, dict):
        return dict.fromkeys(names, value)
    entries = dict.fromkeys(names, default)
    for key, entry in value.items():
        position = isinstance(key, int | np.integer) and key not in entries and 0 <= key < len(names)
        name = names[int(key)] if position else key
        if name not in entries:
            raise InputError(
                f"{parameter} names {key!r}, which is not a feature; there are: {', '.join(map(str, names[:10]))}"
                f"{', ...' if len(names) > 10 else ''}."
            )
        if entry is not None:
            entries[name] = entry
    return entries


def seed_sequence(random_state: Any) -> np.random.SeedSequence:
    """Return the seed that a random state stands for; None is a fixed one."""
    if random_state is None:
        return np.random.SeedSequence(0)
    if isinstance(random_state, np.random.Generator):
        return np.random.SeedSequence(int(random_state.integers(2**32)))
    if isinstance(random_state, np.random.RandomState):
        return np.random.SeedSequence(int(random_state.randint(2**31)))
    return np.random.SeedSequence(int(random_state))
