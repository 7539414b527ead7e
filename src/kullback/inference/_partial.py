"""Two estimates that bracket a parameter, and intervals for the parameter or for the whole bracket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import optimize, special

from kullback._checks import check_confidence_level
from kullback._table import SummaryTable
from kullback._typing import ArrayLike, FloatArray
from kullback.exceptions import InputError
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
        return self.width < -ROUNDING * (np.abs(self.lower.value) + np.abs(self.upper.value))

    def conf_int(self, confidence_level: float = 0.95, target: Target = "parameter") -> FloatArray:
        """Return (k, 2) limits.

        Parameters
        ----------
        confidence_level : float
        target : {"parameter", "set"}
            "parameter": cover each value between the bounds with the given probability, the true one among them.
            "set": cover both bounds at once; wider.

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
        level = check_confidence_level(confidence_level)
        if target not in ("parameter", "set"):
            raise InputError(f'target must be "parameter" or "set"; {target!r} came.')
        below, above = self.lower.standard_error, self.upper.standard_error
        factor = np.full(len(self), special.ndtri(0.5 + level / 2))
        if target == "parameter":
            factor = _parameter_factor(np.maximum(self.width, 0.0), np.maximum(below, above), level)
        return np.column_stack([self.lower.value - factor * below, self.upper.value + factor * above])

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
        error = np.concatenate([self.lower.standard_error, self.upper.standard_error])
        known = error > 0
        rng = np.random.default_rng(random_state)
        units = self._units()[:, known]
        draws = rng.standard_normal((n_draws, units.shape[0])) @ units
        greatest = np.abs(draws / error[known]).max(axis=1, initial=0.0)
        half = np.quantile(greatest, level) * error
        k = len(self)
        return np.column_stack([self.lower.value - half[:k], self.upper.value + half[k:]])

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
        between the bounds.
        """
        expected = np.broadcast_to(np.asarray(null, dtype=np.float64), self.width.shape)
        if np.isnan(expected).any():
            raise InputError("null must be a number; NaN came.")
        below, above = self.lower.standard_error, self.upper.standard_error
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

        limits = self.conf_int(confidence_level, target)
        return pd.DataFrame(
            {
                "lower": self.lower.value,
                "upper": self.upper.value,
                "lower_se": self.lower.standard_error,
                "upper_se": self.upper.standard_error,
                "limit_lower": limits[:, 0],
                "limit_upper": limits[:, 1],
            },
            index=pd.Index(self.names, name="name"),
        )

    def summary(self, confidence_level: float = 0.95, target: Target = "parameter") -> SummaryTable:
        """Return the table of bounds, standard errors and limits."""
        notes = [f"Limits at {confidence_level:.0%} for the {target}."]
        if self.crossed.any():
            crossed = _listed([name for name, over in zip(self.names, self.crossed, strict=True) if over])
            notes.append(f"Estimated bounds cross (estimation error, or assumptions that contradict): {crossed}.")
        if self.lower.target:
            notes.append(f"Target: {self.lower.target}.")
        return SummaryTable(self.to_frame(confidence_level, target), title="Bounds", notes=tuple(notes))

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


def _listed(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _parameter_factor(width: FloatArray, error: FloatArray, level: float) -> FloatArray:
    """Return the factor of the standard errors that covers the parameter, between the one- and the two-sided one."""
    one, two = special.ndtri(level), special.ndtri(0.5 + level / 2)
    factor = np.full(width.size, one)
    for i in np.flatnonzero(error > 0):
        ratio = width[i] / error[i]

        def excess(c: float, ratio: float = ratio) -> float:
            return float(special.ndtr(c + ratio) - special.ndtr(-c)) - level

        factor[i] = optimize.brentq(excess, one - 1e-9, two + 1e-9)
    return factor
