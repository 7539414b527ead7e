"""Which bounds an arm's mean has under the assumptions made, and which of them is taken at each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from kullback._typing import FloatArray, IntArray
from kullback.bounds._balls import BALLS, Ball, get_ball
from kullback.bounds._dual_folds import LearnedPoints, learned_rule
from kullback.bounds._laws import LocalLaws
from kullback.bounds._nuisance import Arms, Nuisances
from kullback.bounds._rules import (
    ArmRows,
    Rule,
    ball_rule,
    divergence_rule,
    odds_ratio_rule,
    response_rows,
    selection_rule,
)
from kullback.bounds._support import OUTCOME, Functional
from kullback.information import FDivergence, get_divergence

__all__ = ["ArmBounds", "Block", "CdfBlock", "Model", "blocks"]

BLOCK = 2000
"""Rows whose local laws are in memory at a time."""


MOMENTS = {"chi2": "second moments", "kl": "exponential moments"}
"""What f-sensitivity asks of an outcome without bounds."""

End = tuple[FloatArray, FloatArray]
"""Bound and score of rows."""


@dataclass(frozen=True, eq=False)
class ArmBounds:
    """Bounds on E[phi(Y(arm)) | X] at rows, and scores whose means bound its average.

    Attributes
    ----------
    lower, upper : (rows,) arrays
        Lower is not above upper where neither has been estimated badly.
    lower_score, upper_score : (rows,) arrays
    """

    lower: FloatArray
    upper: FloatArray
    lower_score: FloatArray
    upper_score: FloatArray

    def stacked(self) -> FloatArray:
        """Return all four, (4, rows)."""
        return np.stack([self.lower, self.upper, self.lower_score, self.upper_score])


class Block:
    """Some rows with what other rows have taught of them; local laws are made once, whatever is asked of them.

    Parameters
    ----------
    nuisances : Nuisances
        Fitted on other rows.
    X : (rows, features) array
    y : (rows,) array, optional
        Without outcomes there are no scores.
    arms : (rows,) int64, optional
    """

    def __init__(
        self, nuisances: Nuisances, X: FloatArray, y: FloatArray | None = None, arms: IntArray | None = None
    ) -> None:
        self._nuisances, self.X, self._y = nuisances, X, y
        self._arms = np.full(len(X), -1) if arms is None else arms
        self._laws: dict[Arms, LocalLaws] = {}
        self._dual_shares: list[FloatArray] | None = None
        self.shares = nuisances.shares(X)

    def rows_of(self, used: Arms, functional: Functional) -> ArmRows:
        """Return the rows as a set of arms sees them."""
        if used not in self._laws:
            self._laws[used] = self._nuisances.learned[used].laws(self.X)
        n_rows = len(self.X)
        inside = np.isin(self._arms, list(used))
        whole = len(used) == self.shares.shape[1]
        share = np.ones(n_rows) if whole else np.minimum(self.shares[:, sorted(used)].sum(axis=1), 1.0)
        phi = np.zeros(n_rows) if self._y is None else np.where(inside, functional.function(self._y), 0.0)
        bottom, top = functional.support(self.X)
        laws = functional.of_laws(self._laws[used])
        return ArmRows(phi, inside, share, top, bottom, laws, observed=self._y is not None)

    def learned(self, ball: Ball, functional: Functional, arm: int, *, mirrored: bool) -> LearnedPoints:
        """Return what dual functions say of an end of an arm's bounds."""
        duals = self._nuisances.duals
        if duals is None:
            raise RuntimeError('Dual functions are learned with method="dual" only.')
        if self._dual_shares is None:
            self._dual_shares = duals.shares(self.X)
        return duals.points(ball, functional, arm, self.X, self._dual_shares, mirrored=mirrored)


class CdfBlock:
    """A block with whether outcomes are at most each of some thresholds: its rows for the first one, then the next.

    Parameters
    ----------
    block : Block
    thresholds : (k,) array
    """

    def __init__(self, block: Block, thresholds: FloatArray) -> None:
        self._block, self._thresholds = block, thresholds

    def rows_of(self, used: Arms, _: Functional) -> ArmRows:
        """Return the rows as a set of arms sees them."""
        rows, k = self._block.rows_of(used, OUTCOME), self._thresholds.size
        below = rows.inside & (rows.phi <= self._thresholds[:, None])
        size = below.size
        return ArmRows(
            below.ravel().astype(np.float64),
            np.tile(rows.inside, k),
            np.tile(rows.share, k),
            np.ones(size),
            np.zeros(size),
            rows.laws.at_most(self._thresholds),
        )


def blocks(
    nuisances: Nuisances, X: FloatArray, y: FloatArray | None = None, arms: IntArray | None = None
) -> Iterator[Block]:
    """Yield the rows in blocks, in their order."""
    for start in range(0, len(X), BLOCK):
        rows = slice(start, start + BLOCK)
        yield Block(nuisances, X[rows], None if y is None else y[rows], None if arms is None else arms[rows])


@dataclass(frozen=True, eq=False)
class Model:
    """What is assumed.

    Attributes
    ----------
    divergences : tuple of str or FDivergence
        Of the balls.
    odds_ratio_bound : float or None
        Of the marginal sensitivity model, which takes the balls' place and needs no support.
    divergence_bound : float or None
        Of f-sensitivity, likewise, by the first of the divergences.
    kth : bool
        Take the k-th tightest end of the balls, with the least k at which the ends do not cross, in place of the first.
    response, selection : bool
        Monotone treatment response and selection.
    n_arms : int
    radius_scale : float
        Part of the balls' radius that confounding is allowed to use.
    negative_selection : bool
        Monotone treatment selection in the other direction.
    dual : bool
        The bounds of balls are those of learned dual functions, not those of local laws.
    """

    divergences: tuple[str | FDivergence, ...]
    odds_ratio_bound: float | None
    divergence_bound: float | None
    kth: bool
    response: bool
    selection: bool
    n_arms: int
    radius_scale: float = 1.0
    negative_selection: bool = False
    dual: bool = False

    def words(self) -> str:
        """Return what is assumed, in words."""
        names = [d if isinstance(d, str) else d.name for d in self.divergences]
        if self.odds_ratio_bound is not None:
            parts = [f"odds ratios of confounding within {self.odds_ratio_bound:g}"]
        elif self.divergence_bound is not None:
            moments = f", {MOMENTS[names[0]]} of the outcome" if names[0] in MOMENTS else ""
            parts = [f"a {names[0]} divergence of the unseen within {self.divergence_bound:g}{moments}"]
        elif self.radius_scale < 1:
            parts = [f"divergences ({', '.join(names)}) within {self.radius_scale:g} of their radius"]
        elif names == ["worst_case"]:
            parts = ["no assumption on confounding"]
        else:
            parts = [f"divergence balls ({', '.join(names)}), which assume nothing of confounding"]
        parts += ["monotone treatment response"] if self.response else []
        parts += ["monotone treatment selection"] if self.selection else []
        parts += ["negative monotone treatment selection"] if self.negative_selection else []
        return ", ".join(parts)

    def is_worst_case(self) -> bool:
        """Return whether nothing is assumed and no ball taken: scores then need neither laws nor propensities."""
        assumes = self.response or self.selection or self.negative_selection or self.limits_confounding()
        return self.divergences == ("worst_case",) and not assumes

    def sign_of_effect(self, treated: int, control: int, *, falling: bool) -> int:
        """Return 1 or -1 where no one's effect is negative, or positive, by monotone response; else 0."""
        if not self.response:
            return 0
        return 1 if (treated > control) != falling else -1

    def arm_sets(self) -> list[Arms]:
        """Return the sets of arms whose laws the bounds need."""
        sets = {frozenset([arm]) for arm in range(self.n_arms)}
        for arm in range(self.n_arms):
            sets |= {used for mirrored in (False, True) for used, _ in self._further(arm, mirrored=mirrored)}
        return sorted(sets, key=sorted)

    def needs_support(self, arm: int, *, mirrored: bool) -> bool:
        """Return whether the upper (or lower, if mirrored) end of an arm is infinite where the support is."""
        if self.sensitivity() is not None:
            return False
        whole = frozenset(range(self.n_arms))
        return not any(rule is _SELECTION or used == whole for used, rule in self._further(arm, mirrored=mirrored))

    def _further(self, arm: int, *, mirrored: bool) -> Iterator[tuple[Arms, Rule]]:
        """Yield the rules that monotone response and selection add, with the arms that count as inside."""
        if self.response:
            at = response_rows(np.arange(self.n_arms), arm, mirrored=mirrored)
            if at.sum() > 1:  # else the arm alone, which has its ball
                yield frozenset(np.flatnonzero(at).tolist()), _WORST_CASE
        higher = arm == self.n_arms - 1
        if (self.selection and higher != mirrored) or (self.negative_selection and higher == mirrored):
            yield frozenset([arm]), _SELECTION

    def cdf(self, block: Block, thresholds: FloatArray, arm: int) -> FloatArray:
        """Return the (4, thresholds, rows) bounds and scores of the CDF of an arm."""
        if self.dual:  # functions of their own for each threshold
            each = [self.bounds(block, Functional.at_most(t), arm).stacked() for t in thresholds.tolist()]
            return np.stack(each, axis=1)
        found = self.bounds(CdfBlock(block, thresholds), Functional.at_most(np.nan), arm)
        return found.stacked().reshape(4, thresholds.size, -1)

    def bounds(self, block: Block | CdfBlock, functional: Functional, arm: int) -> ArmBounds:
        """Return an arm's bounds at the rows of a block."""
        own = block.rows_of(frozenset([arm]), functional)
        sides = [
            self._ends(rows, self._ball_rules(block, functional, arm, mirrored=mirrored))
            for rows, mirrored in ((own, False), (own.mirrored(), True))
        ]
        chosen = _aggregate(sides, kth=self.kth)
        for position, mirrored in enumerate((False, True)):
            for used, rule in self._further(arm, mirrored=mirrored != functional.falling):
                rows = block.rows_of(used, functional)
                end = rule(rows.mirrored() if mirrored else rows)
                surely = rule is _WORST_CASE and not self.limits_confounding()  # more rows: tighter than any ball
                chosen[position] = end if surely else _tighter(chosen[position], end)
        (upper, upper_score), (lower, lower_score) = chosen
        return ArmBounds(-lower, upper, -lower_score, upper_score)

    def _ball_rules(self, block: Block | CdfBlock, functional: Functional, arm: int, *, mirrored: bool) -> list[Rule]:
        balls = [get_ball(divergence) for divergence in self.divergences]
        if not self.dual or isinstance(block, CdfBlock):
            return [ball_rule(ball, self.radius_scale) for ball in balls]
        return [learned_rule(ball, partial(block.learned, ball, functional, arm, mirrored=mirrored)) for ball in balls]

    def _ends(self, rows: ArmRows, rules: list[Rule]) -> list[End]:
        """Return what each ball, or the sensitivity model, says of the upper end."""
        sensitivity = self.sensitivity()
        if sensitivity is not None:
            return [sensitivity(rows)]
        if np.isinf(rows.top).any():
            nothing = np.full(rows.top.size, np.inf)
            return [(nothing, nothing)]
        ends = [rule(rows) for rule in rules]
        if self.radius_scale == 1:
            return ends
        worst = _WORST_CASE(rows)  # inside each ball of the whole radius, but not of a part of it
        return [_tighter(end, worst) for end in ends]

    def limits_confounding(self) -> bool:
        """Return whether a sensitivity parameter says how strong confounding may be."""
        return self.radius_scale < 1 or self.sensitivity() is not None

    def sensitivity(self) -> Rule | None:
        """Return the rule of the sensitivity model that takes the balls' place, if there is one."""
        if self.odds_ratio_bound is not None:
            return odds_ratio_rule(self.odds_ratio_bound)
        if self.divergence_bound is not None:
            return divergence_rule(get_divergence(self.divergences[0]), self.divergence_bound)
        return _UNCONFOUNDED if self.radius_scale == 0 else None


_WORST_CASE = ball_rule(BALLS["worst_case"])
_SELECTION = selection_rule()
_UNCONFOUNDED = odds_ratio_rule(1.0)


def _tighter(first: End, second: End) -> End:
    better = second[0] < first[0]
    return np.where(better, second[0], first[0]), np.where(better, second[1], first[1])


def _aggregate(sides: list[list[End]], *, kth: bool) -> list[End]:
    """Return the upper and the mirrored lower end from those of several balls, row by row by the bounds themselves.

    Each ball's score is valid whatever the local laws are, so that they may choose among balls.
    """
    orders = [np.argsort([bound for bound, _ in ends], axis=0, kind="stable") for ends in sides]
    bounds = [np.take_along_axis(np.array([b for b, _ in ends]), o, 0) for ends, o in zip(sides, orders, strict=True)]
    scores = [np.take_along_axis(np.array([s for _, s in ends]), o, 0) for ends, o in zip(sides, orders, strict=True)]
    rank = np.zeros(bounds[0].shape[1], dtype=np.int64)
    if kth and bounds[0].shape == bounds[1].shape:
        crossed = bounds[0] + bounds[1] < 0  # for each k up to the last at which the ends cross
        rank = np.minimum(crossed.sum(axis=0), bounds[0].shape[0] - 1)
    rows = np.arange(rank.size)
    return [(b[rank, rows], s[rank, rows]) for b, s in zip(bounds, scores, strict=True)]
