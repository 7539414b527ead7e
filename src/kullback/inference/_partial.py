"""Two estimates that bracket a parameter, and intervals for the parameter or for the whole bracket."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import optimize, special

from kullback._checks import check_confidence_level
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, BoolArray, FloatArray
from kullback.exceptions import InputError, KullbackWarning
from kullback.inference._estimate import Estimate

__all__ = ["IntervalEstimate", "Target"]

ROUNDING = 1e-12
LOOK, LISTED = 30, 5
"""Parameters that a look at many shows, and names that a note lists."""
Target = Literal["parameter", "set"]


@dataclass(frozen=True, eq=False, repr=False)
class IntervalEstimate:
    """Lower and upper bounds of k parameters, each an estimate with the influence of the same rows.

    Parameters
    ----------
    lower, upper : Estimate
        Of one length, with the same names.
    possible : (k, 2) array, optional
        What the parameters can be, known without error and infinite where nothing is: limits end there.
    outer : IntervalEstimate, optional
        Another bracket of the same parameters: limits end where its do.
    clipped : (k,) array of bool, optional
        Whether an end is not as estimated, but where what is possible or the outer bracket ends.
    single : (k,) array of bool, optional
        Whether one independent unit is all there is: its error is unknown, and limits are as wide as can be.

    Raises
    ------
    InputError
        If lengths or names differ.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([1.0, 2.0, 4.0, 5.0])
    >>> centred = (rows - rows.mean())[:, None] / rows.size
    >>> bounds = IntervalEstimate(Estimate([3.0], centred), Estimate([4.0], centred))
    >>> bounds.conf_int().round(2)
    array([[1.69, 5.31]])
    >>> bounds.conf_int(target="set").round(2)
    array([[1.45, 5.55]])
    """

    lower: Estimate
    upper: Estimate
    possible: FloatArray | None = None
    outer: IntervalEstimate | None = None
    clipped: BoolArray | None = None
    single: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.lower.names != self.upper.names:
            raise InputError(
                f"lower and upper must bound the same parameters; they are named {self.lower.names} and "
                f"{self.upper.names}."
            )

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k parameters."""
        return self.lower.names

    @property
    def width(self) -> FloatArray:
        """(k,) upper less lower; negative where estimation error has made them cross."""
        return self.upper.value - self.lower.value

    @property
    def crossed(self) -> Any:
        """(k,) whether the lower bound's estimate lies above the upper's, by more than rounding."""
        return _cross(np.column_stack([self.lower.value, self.upper.value]))

    def conf_int(self, confidence_level: float = 0.95, target: Target = "parameter") -> FloatArray:
        """Return (k, 2) limits.

        Parameters
        ----------
        confidence_level : float
        target : {"parameter", "set"}
            "parameter": cover each value between the bounds with the given probability, the true one among them.
            "set": cover both bounds at once; wider.

        Warns
        -----
        KullbackWarning
            If a lower limit lies above its upper one: at this level no value is left.

        Notes
        -----
        "parameter" solves Phi(c + D / s) - Phi(-c) = level for c, with D the width and s the greater standard error,
        and returns [lower - c SE, upper + c SE]: one-sided where the width is large, two-sided where it is nothing.
        Crossed bounds count as width 0.

        References
        ----------
        Imbens and Manski (2004), Econometrica 72, 1845-1857, Eq. 6 and 7; Stoye (2009), Econometrica 77, 1299-1315, for
        its validity where lower <= upper holds for the estimates.
        """
        limits = self._limits(confidence_level, target)
        empty = _cross(limits)
        if empty.any():
            warnings.warn(
                f"Of {int(empty.sum())} of {len(self)} parameters the lower limit lies above the upper one: bounds "
                "cross by more than their errors, so that no value is left. The assumptions contradict the data, or a "
                "nuisance is badly estimated.",
                KullbackWarning,
                stacklevel=2,
            )
        return limits

    def _limits(self, confidence_level: float, target: Target) -> FloatArray:
        level = check_confidence_level(confidence_level)
        if target not in ("parameter", "set"):
            raise InputError(f'target must be "parameter" or "set"; {target!r} came.')
        below, above = self._errors()
        factor = np.full(len(self), special.ndtri(0.5 + level / 2))
        if target == "parameter":
            factor = _parameter_factor(np.maximum(self.width, 0.0), np.maximum(below, above), level)
        limits = np.column_stack([self.lower.value - factor * below, self.upper.value + factor * above]) + 0.0
        return self._within(limits, None if self.outer is None else self.outer._limits(confidence_level, target))

    def _errors(self) -> tuple[FloatArray, FloatArray]:
        """Return the standard errors of both ends, infinite where they are unknown."""
        errors = self.lower.standard_error, self.upper.standard_error
        if self.single is None:
            return errors
        return np.where(self.single, np.inf, errors[0]), np.where(self.single, np.inf, errors[1])

    def _within(self, limits: FloatArray, *others: FloatArray | None) -> FloatArray:
        """Return limits that end where the possible values and other limits do."""
        for other in (self.possible, *others):
            if other is not None:
                limits = np.column_stack([np.maximum(limits[:, 0], other[:, 0]), np.minimum(limits[:, 1], other[:, 1])])
        return limits

    def confidence_band(
        self, confidence_level: float = 0.95, *, n_draws: int = 2000, random_state: Any = None
    ) -> FloatArray:
        """Return (k, 2) limits that hold all k brackets at once with the given probability (multiplier bootstrap).

        The greatest studentised deviation of all lower and upper bounds has the quantile of its draws under normal
        multipliers of the influence values.

        References
        ----------
        Chernozhukov, Chetverikov and Kato (2013), Annals of Statistics 41, 2786-2819.
        """
        level = check_confidence_level(confidence_level)
        error = np.concatenate(self._errors())
        known = (error > 0) & np.isfinite(error)
        rng = np.random.default_rng(random_state)
        units = self._units()[:, known]
        draws = rng.standard_normal((n_draws, units.shape[0])) @ units
        greatest = np.abs(draws / error[known]).max(axis=1, initial=0.0)
        half = np.where(np.isinf(error), np.inf, np.quantile(greatest, level) * np.where(known, error, 0.0))
        k = len(self)
        return self._within(np.column_stack([self.lower.value - half[:k], self.upper.value + half[k:]]))

    def _units(self) -> FloatArray:
        """Return the (units, 2 k) influence on lower and upper bounds, each unit counted once."""
        if self.lower.sample_id == self.upper.sample_id:  # concatenate takes (2 k, 2 k) matrices
            influence, counts = np.hstack([self.lower.influence, self.upper.influence]), self.lower.multiplicity
        else:
            both = Estimate.concatenate([self.lower, self.upper])
            influence, counts = both.influence, both.multiplicity
        return influence if counts is None else influence * np.sqrt(counts)[:, None]

    def pvalue(self, null: ArrayLike = 0.0) -> FloatArray:
        """Return the (k,) p-values of the hypothesis that the parameter is `null`.

        One less the greatest confidence level at which the limits for the parameter leave `null` out: 1 where it lies
        between the bounds, 0 where it is impossible.
        """
        expected = np.broadcast_to(np.asarray(null, dtype=np.float64), self.width.shape)
        if np.isnan(expected).any():
            raise InputError("null must be a number; NaN came.")
        own = self._own_pvalue(expected)
        if self.possible is not None:
            own = np.where((self.possible[:, 0] <= expected) & (expected <= self.possible[:, 1]), own, 0.0)
        return own if self.outer is None else np.minimum(own, self.outer.pvalue(expected))

    def _own_pvalue(self, expected: FloatArray) -> FloatArray:
        below, above = self._errors()
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.where(
                expected < self.lower.value,
                (self.lower.value - expected) / below,
                np.where(expected > self.upper.value, (expected - self.upper.value) / above, 0.0),
            )
            spread = np.maximum(self.width, 0.0) / np.maximum(below, above)
        spread = np.where(np.isnan(spread), 0.0, spread)
        level = special.ndtr(gap + spread) - special.ndtr(-gap)
        return np.where(gap > 0, np.clip(1 - level, 0.0, 1.0), 1.0)

    def to_frame(self, confidence_level: float = 0.95, target: Target = "parameter") -> Any:
        """Return a pandas dataframe: a row a parameter with bounds, their standard errors, and limits."""
        import pandas as pd

        limits = self._limits(confidence_level, target)
        below, above = self._errors()
        return pd.DataFrame(
            {
                "lower": self.lower.value + 0.0,  # -0.0 becomes 0.0
                "upper": self.upper.value + 0.0,
                "lower_se": below,
                "upper_se": above,
                "limit_lower": limits[:, 0],
                "limit_upper": limits[:, 1],
            },
            index=pd.Index(self.names, name="name"),
        )

    def summary(self, confidence_level: float = 0.95, target: Target = "parameter") -> SummaryTable:
        """Return the table of bounds, standard errors and limits."""
        notes = [f"Limits at {100 * confidence_level:g}% for the {target}."]
        if self.crossed.any():
            crossed = self._named(self.crossed)
            notes.append(f"Estimated bounds cross (estimation error, or assumptions that contradict): {crossed}.")
        empty = _cross(self._limits(confidence_level, target))
        if empty.any():
            notes.append(f"Limits cross too, so that no value is left: {self._named(empty)}.")
        if self.clipped is not None and self.clipped.any():
            notes.append(f"Estimated ends beyond what is possible are set to it: {self._named(self.clipped)}.")
        if self.single is not None and self.single.any():
            notes.append(f"One row or cluster, whose error is unknown: {self._named(self.single)}.")
        if self.lower.target:
            notes.append(f"Target: {self.lower.target}.")
        return SummaryTable(self.to_frame(confidence_level, target), title="Bounds", notes=tuple(notes))

    def _named(self, which: BoolArray) -> str:
        return _listed([name for name, chosen in zip(self.names, which, strict=True) if chosen])

    def __repr__(self) -> str:
        return str(self._look())

    def _repr_html_(self) -> str:
        return self._look()._repr_html_()

    def _look(self) -> SummaryTable:
        """Return the summary, of many parameters the first only."""
        table, left = self.summary(), len(self) - LOOK
        if left <= 0:
            return table
        note = f"And {left} more; summary() and to_frame() have all {len(self)}."
        return SummaryTable(table.frame.head(LOOK), table.title, (note, *table.notes))


def _cross(ends: FloatArray) -> Any:
    """Return the (k,) rows whose first end lies above the second by more than rounding; infinite ends never do."""
    with np.errstate(invalid="ignore"):
        return ends[:, 0] - ends[:, 1] > ROUNDING * np.abs(ends).sum(axis=1)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _parameter_factor(width: FloatArray, error: FloatArray, level: float) -> FloatArray:
    """Return the factor of the standard errors that covers the parameter, between the one- and the two-sided one."""
    one, two = special.ndtri(level), special.ndtri(0.5 + level / 2)
    factor = np.full(width.size, one)
    for i in np.flatnonzero((error > 0) & np.isfinite(error)):
        ratio = width[i] / error[i]

        def excess(c: float, ratio: float = ratio) -> float:
            return float(special.ndtr(c + ratio) - special.ndtr(-c)) - level

        factor[i] = optimize.brentq(excess, one - 1e-9, two + 1e-9)
    return factor
