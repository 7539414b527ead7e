"""Estimands as contrasts of arms: what is added to what, row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback._checks import ordered_labels
from kullback._typing import FloatArray, ObjectArray
from kullback.bounds._model import ArmBounds, Block
from kullback.bounds._support import Functional, require_rowwise
from kullback.exceptions import InputError

__all__ = ["DISTRIBUTIONS", "ESTIMANDS", "Contrast", "arm_pair", "arm_position", "contrast_of", "group_levels"]

DISTRIBUTIONS = ("cdf", "quantile")
ESTIMANDS = ("ate", "att", "mean", "policy", *DISTRIBUTIONS)


@dataclass(frozen=True, eq=False)
class _Policy:
    """A user's policy: X to treatments or their probabilities."""

    function: Callable[[Any], Any]
    levels: ObjectArray

    def shares(self, X: FloatArray) -> FloatArray:
        """Return the (rows, treatments) probabilities."""
        levels, chosen = self.levels, np.asarray(self.function(X))
        if chosen.shape == (len(X), levels.size):
            shares = chosen.astype(np.float64)
            if (shares < 0).any() or not np.allclose(shares.sum(axis=1), 1):
                raise InputError("The policy's probabilities must not be negative and sum to 1 in each row.")
            return shares
        if chosen.shape != (len(X),) or not np.isin(chosen, levels).all():
            told = f"shape {chosen.shape}" if chosen.shape != (len(X),) else f"{chosen.tolist()[:3]!r}, ..."
            raise InputError(
                f"The policy must return one of the treatments {', '.join(map(repr, levels.tolist()))} for each of "
                f"{len(X)} rows, or ({len(X)}, {levels.size}) probabilities; it returned {told}."
            )
        return (chosen[:, None] == levels).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Contrast:
    """A sum of arms' means with coefficients.

    Attributes
    ----------
    name : str
        Of the estimand.
    arms : list of int
    signs : tuple of float
        Coefficients of the arms; none where a policy gives them.
    target : str
        In words.
    on_treated : bool
        Whether it is the effect on those in the first arm.
    """

    name: str
    arms: list[int]
    signs: tuple[float, ...]
    target: str
    on_treated: bool = False
    policy: _Policy | None = None

    @property
    def bounded(self) -> list[int]:
        """Arms whose bounds are needed: of the effect on the treated, their own outcomes are seen."""
        return self.arms[1:] if self.on_treated else self.arms

    def ends_used(self, *, upper: bool) -> list[tuple[int, bool]]:
        """Return the arms whose bounds an end needs, each with whether it is their lower one."""
        if self.on_treated:
            return [(self.arms[1], upper)]
        signs = self.signs or (1.0,) * len(self.arms)
        return [(arm, (sign > 0) != upper) for arm, sign in zip(self.arms, signs, strict=True)]

    @property
    def is_effect(self) -> bool:
        """Whether it is a difference of arms, of which zero is asked."""
        return len(self.signs) == 2

    def scores(self, found: dict[int, ArmBounds], X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the (rows,) scores of the lower and the upper end."""
        return self._combined(found, X, "lower_score", "upper_score")

    def at(self, found: dict[int, ArmBounds], block: Block, functional: Functional) -> FloatArray:
        """Return (rows, 2) bounds at the rows of a block."""
        if self.on_treated:
            return self._at_treated(found, block, functional)
        return np.column_stack(self._combined(found, block.X, "lower", "upper"))

    def _coefficients(self, X: FloatArray) -> FloatArray:
        return np.tile(self.signs, (len(X), 1)) if self.policy is None else self.policy.shares(X)

    def _combined(
        self, found: dict[int, ArmBounds], X: FloatArray, low: str, high: str
    ) -> tuple[FloatArray, FloatArray]:
        lower, upper = np.zeros(len(X)), np.zeros(len(X))
        for arm, coefficient in zip(self.arms, self._coefficients(X).T, strict=True):
            below, above = getattr(found[arm], low), getattr(found[arm], high)
            rises = coefficient >= 0
            lower += coefficient * np.where(rises, below, above)
            upper += coefficient * np.where(rises, above, below)
        return lower, upper

    def _at_treated(self, found: dict[int, ArmBounds], block: Block, functional: Functional) -> FloatArray:
        """Return bounds of E[Y(1) - Y(0) | A = 1, X] = mu_1 - (E[Y(0) | X] - e_0 mu_0) / e_1.

        Where e_1 is zero nothing is known of the last term but its support.
        """
        treated, control = self.arms
        one, zero = (block.rows_of(frozenset([arm]), functional) for arm in (treated, control))
        seen = [rows.laws.mean(rows.laws.values) for rows in (one, zero)]
        ends = []
        others = 1 - zero.share
        for end, unknown in ((found[control].upper, np.inf), (found[control].lower, -np.inf)):
            unseen = np.full(len(block.X), unknown)
            np.divide(end - zero.share * seen[1], others, out=unseen, where=others > 0)
            ends.append(seen[0] - np.clip(unseen, zero.bottom, zero.top))
        return np.column_stack(ends)


def contrast_of(estimand: str, arm: Any, levels: ObjectArray, X: FloatArray) -> Contrast:
    """Return the contrast of an estimand; a policy is tried at the rows.

    Raises
    ------
    InputError
        If `arm` does not go with the estimand or with the treatments.
    """
    if estimand == "policy":
        return _policy(arm, levels, X)
    if estimand in ("ate", "att"):
        treated, control = arm_pair(estimand, arm, levels)
        of = f"E[Y({levels[treated]}) - Y({levels[control]})]"
        if estimand == "att" and levels.size > 2:
            raise InputError(
                f'estimand="att" needs two treatments; there are {levels.size}. Leave the rows of the others out.'
            )
        target = of if estimand == "ate" else f"{of[:-1]} | treatment = {levels[treated]}]"
        return Contrast(estimand, [treated, control], (1.0, -1.0), target, on_treated=estimand == "att")
    position = levels.size - 1 if arm is None and levels.size == 2 else arm_position(arm, levels)
    label = levels[position]
    targets = {"mean": f"E[Y({label})]", "cdf": f"P(Y({label}) <= t)", "quantile": f"quantiles of Y({label})"}
    return Contrast(estimand, [position], (1.0,), targets[estimand])


def arm_pair(estimand: str, arm: Any, levels: ObjectArray) -> tuple[int, int]:
    """Return which of the treatments are compared, the treated one first."""
    if arm is None:
        labels = levels.tolist()
        if levels.size != 2:
            raise InputError(
                f'estimand="{estimand}" compares two treatments, and there are {levels.size}: name them, '
                f"arm=({labels[-1]!r}, {labels[0]!r}), treated first."
            )
        return 1, 0
    if not isinstance(arm, tuple | list) or len(arm) != 2:
        raise InputError(f'estimand="{estimand}" needs arm=(treated, control); {arm!r} came.')
    treated, control = (arm_position(label, levels) for label in arm)
    if treated == control:
        raise InputError(f"arm must name two treatments; both are {arm[0]!r}.")
    return treated, control


def arm_position(arm: Any, levels: ObjectArray) -> int:
    """Return which of the treatments an arm is."""
    if np.ndim(arm) or arm not in levels.tolist():
        raise InputError(f"arm must be one of the treatments {', '.join(map(repr, levels.tolist()))}; {arm!r} came.")
    return levels.tolist().index(arm)


def _policy(policy: Any, levels: ObjectArray, X: FloatArray) -> Contrast:
    if not callable(policy):
        raise InputError(
            'estimand="policy" needs arm= a callable of X that returns a treatment for each row, or (rows, treatments) '
            f"probabilities; {policy!r} came."
        )
    checked = _Policy(policy, levels)
    require_rowwise(checked.shares, X, "The policy")
    return Contrast("policy", list(range(levels.size)), (), "mean outcome under the policy", policy=checked)


def group_levels(labels: ObjectArray, by: Any) -> ObjectArray:
    """Return the groups of rows in the order of their categories (pandas, a polars Enum), else sorted."""
    levels = ordered_labels(labels, None, "by")
    declared: Any = getattr(getattr(by, "dtype", None), "categories", None)
    if not hasattr(declared, "__len__"):  # a polars Categorical has no list of its own
        return levels
    found = set(levels.tolist())
    return np.array([category for category in list(declared) if category in found], dtype=object)
